"""A run in a real browser: started, cancelled, gone on with, finished, opened in Compare, deleted."""

import re

import pytest

from tests.e2e.conftest import served
from tests.e2e.settling import fits, opened_tab, press

# Ten seconds of a processor, but at a priority that lets everything else on a busy machine go first.
TRAINED_MS = 900_000
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
    with opened_tab(browser, viewport={"width": WIDTH, "height": 1000}) as page:
        page.goto(f"{training_app}/Train?protocol=random&seeds=1")
        press(page.get_by_role("button", name="Train", exact=True))
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Go on", exact=True).wait_for()
        assert not (places / "runs" / NAME / "predictions.parquet").exists()

        # A visitor who comes later finds it stopped, and goes on.
        page.goto(f"{training_app}/Train?protocol=random&seeds=1")
        press(page.locator(f".st-key-go-on-{NAME} button"))
        page.get_by_text("Every visitor of this page sees this run").wait_for()
        page.get_by_role("link", name="Leaderboard").first.wait_for(timeout=TRAINED_MS)
        page.locator(f".st-key-made-{NAME}").get_by_text("chance .125").first.wait_for()
        assert fits(page)

        press(page.get_by_role("link", name="Side by side").first)
        page.get_by_role("heading", name="Which model should I trust?").wait_for()
        page.get_by_text("Logistic regression").first.wait_for()
        page.wait_for_url(re.compile("view=side-by-side"))

        page.goto(f"{training_app}/Train?protocol=random&seeds=1")
        press(page.get_by_role("button", name="Delete"))
        page.get_by_role("button", name="Delete the run").click()
        page.get_by_text("None yet.").wait_for()
        assert not (places / "runs" / NAME).exists()
        assert page.errors == []
