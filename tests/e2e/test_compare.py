"""Compare in a real browser: choose rows, click a cell and hear a clip, take the report away."""

import re

import pytest

from ser_core.testing import make_ravdess
from tests.e2e.conftest import served
from tests.e2e.settling import TRY_MS, downloaded, fits, insist, settled
from tests.miniature_runs import make_runs

CHART = "[data-testid=stPlotlyChart] .js-plotly-plot"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A server with made-up runs whose clips are those of a miniature of RAVDESS."""
    folder = tmp_path_factory.mktemp("compare")
    make_ravdess(folder / "corpora", actors=6, clips=24, duration_s=0.5)
    names = sorted((folder / "corpora").rglob("*.wav"))
    make_runs(folder / "runs", clip_names=[file.stem for file in names])
    with served(
        SER_DATA_ROOT=str(folder / "corpora"),
        SER_CACHE_DIR=str(folder / "cache"),
        SER_RUNS_DIR=str(folder / "runs"),
    ) as address:
        yield address


def opened(page, address: str):
    page.goto(address)
    page.get_by_role("heading", name="Which model should I trust?").wait_for()
    page.get_by_text("Leaderboard", exact=True).first.wait_for()
    settled(page)
    return page


def test_a_cell_that_is_clicked_lists_clips_to_hear(app, page):
    opened(page, f"{app}/Compare?view=side-by-side&show=mix-ups")
    plot = page.locator(f"{CHART} .draglayer .nsewdrag").first
    plot.wait_for()
    caption = page.get_by_text(re.compile(r"clips? of angry that the SVM finds"))

    def click():
        box = plot.bounding_box()
        # Angry is the fifth of eight rows and columns.
        at = {"x": box["width"] * 4.5 / 8, "y": box["height"] * 4.5 / 8}
        plot.hover(position=at)  # Plotly tells of a click on what it has seen the pointer over.
        page.locator(f"{CHART} .hoverlayer .hovertext").first.wait_for(timeout=TRY_MS)
        plot.click(position=at)

    insist(page, click, lambda ms: caption.wait_for(timeout=ms))
    page.wait_for_url(lambda url: "cell-emotion=angry" in url and "cell-answer=angry" in url)
    player = page.locator("audio").first
    player.wait_for(state="attached")
    settled(page)
    assert player.evaluate("audio => fetch(audio.src).then(answer => answer.status)") == 200
    assert page.errors == []


def test_the_report_is_downloaded_and_works_alone(app, page, tmp_path):
    opened(page, f"{app}/Compare?view=report")
    saved = downloaded(page.get_by_role("button", name=re.compile("Report of 2 runs")))
    file = tmp_path / saved.suggested_filename
    saved.save_as(file)
    assert file.name.startswith("report-ravdess-speaker-independent")
    page.requested.clear()
    page.goto(file.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn >= 8")
    assert page.locator(".js-plotly-plot").count() >= 8
    assert [url for url in page.requested if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_views_fit_a_phone(scheme, app, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for query in ("", "view=side-by-side&show=mix-ups", "view=leak-meter"):
        opened(page, f"{app}/Compare?{query}")
        assert fits(page), query
    assert page.errors == []
