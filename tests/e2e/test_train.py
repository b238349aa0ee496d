"""A run in a real browser: started, cancelled, gone on with, finished, opened in Compare, deleted."""

import pytest

from tests.e2e.conftest import served, settled

FIRST_MS = 90_000
WIDTH = 390
NAME = "demo-random-logistic"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="module")
def training_app(places):
    folders = {"SER_RUNS_DIR": "runs", "SER_DATA_ROOT": "none", "SER_OWN_DIR": "own", "SER_CACHE_DIR": "cache"}
    with served(**{name: str(places / folder) for name, folder in folders.items()}) as address:
        # Training is offered to who opens the app at this machine, which is called so.
        yield address.replace("127.0.0.1", "localhost")


def test_a_run_is_started_cancelled_finished_compared_and_deleted(training_app, places, browser):
    context = browser.new_context(viewport={"width": WIDTH, "height": 1000})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(FIRST_MS)
    page.goto(f"{training_app}/Train?protocol=random&seeds=1")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Go on", exact=True).wait_for()
    assert not (places / "runs" / NAME / "predictions.parquet").exists()

    # A visitor who comes later finds it stopped, and goes on.
    page.goto(f"{training_app}/Train?protocol=random&seeds=1")
    page.locator(f".st-key-go-on-{NAME} button").click()
    page.get_by_text("Every visitor of this page sees this run").wait_for()
    page.get_by_role("link", name="Leaderboard").first.wait_for()
    settled(page)
    assert "chance .125" in page.locator(f".st-key-made-{NAME}").inner_text()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= WIDTH

    page.get_by_role("link", name="Side by side").first.click()
    page.get_by_role("heading", name="Which model should I trust?").wait_for()
    page.get_by_text("Logistic regression").first.wait_for()
    assert "view=side-by-side" in page.url

    page.goto(f"{training_app}/Train?protocol=random&seeds=1")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete the run").click()
    page.get_by_text("None yet.").wait_for()
    assert not (places / "runs" / NAME).exists()
    assert errors == []
    context.close()
