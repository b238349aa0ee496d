"""The map in a real browser: click a point, hear the clip; draw a box, see what is inside."""

import re

import pytest

from tests.e2e.conftest import served
from tests.e2e.settling import TRY_MS, insist, settled

CHART = ".st-key-figure-clip-map"


@pytest.fixture(scope="module")
def demo_app(tmp_path_factory):
    """A server on a machine with nothing but the demo voices."""
    folder = tmp_path_factory.mktemp("map")
    with served(SER_DATA_ROOT=str(folder / "none"), SER_CACHE_DIR=str(folder / "cache")) as address:
        yield address


def open_map(page, address: str) -> None:
    page.goto(f"{address}/Explore?corpus=demo&view=map&map-method=pca")
    page.wait_for_selector(f"{CHART} .scatterlayer, {CHART} canvas", state="attached")
    settled(page)
    page.locator(CHART).scroll_into_view_if_needed()


def point(page) -> tuple[float, float]:
    """Where on the page a clip lies that no other covers: the one farthest to the right."""
    return page.evaluate(
        """([chart]) => {
            const plot = document.querySelector(chart + " .js-plotly-plot");
            const {xaxis, yaxis} = plot._fullLayout;
            let best = null;
            for (const trace of plot._fullData)
                for (let i = 0; i < trace.x.length; i++)
                    if (best === null || trace.x[i] > best[0]) best = [trace.x[i], trace.y[i]];
            const box = plot.getBoundingClientRect();
            return [box.left + xaxis._offset + xaxis.d2p(best[0]), box.top + yaxis._offset + yaxis.d2p(best[1])];
        }""",
        [CHART],
    )


def click_point(page) -> None:
    """Click until the address names the clip."""

    def click():
        x, y = point(page)
        page.mouse.move(x - 3, y)
        page.mouse.move(x, y, steps=3)
        page.locator(f"{CHART} .hoverlayer .hovertext").first.wait_for(state="attached", timeout=TRY_MS)
        page.mouse.click(x, y)

    insist(page, click, lambda ms: page.wait_for_url(re.compile("a=demo(%2F|/)"), timeout=ms))


def draw_box(page, *, until) -> None:
    """Draw a box around all clips until the page says so."""

    def draw():
        box = page.locator(f"{CHART} .nsewdrag").first.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=8)
        page.mouse.up()

    insist(page, draw, lambda ms: until.wait_for(timeout=ms))


def test_a_point_that_is_clicked_is_heard(page, demo_app):
    open_map(page, demo_app)
    click_point(page)
    page.locator("[data-testid=stAudio]").first.wait_for()
    settled(page)
    played = page.evaluate(
        """async () => {
            const audio = document.querySelector("[data-testid=stAudio]");
            audio.muted = true;
            await audio.play();
            for (let i = 0; i < 600 && audio.currentTime === 0; i++) await new Promise(r => setTimeout(r, 100));
            return [audio.currentTime, audio.duration];
        }"""
    )
    assert 0 < played[0] <= played[1]
    assert not page.errors


def test_a_box_lists_the_clips_inside(page, demo_app):
    open_map(page, demo_app)
    page.locator(f"{CHART} .modebar-btn[data-title='Box Select']").click()
    draw_box(page, until=page.get_by_text("chosen on the map, by"))
    settled(page)
    assert page.locator(".st-key-figure-clip-map").count() == 1
    assert not page.errors
