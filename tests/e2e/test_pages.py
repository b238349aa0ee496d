"""Every page in a real browser: by its deep link on a server that has just started, offline, and on a phone."""

import re

import pytest

from tests.e2e.settling import fits, press, settled

PAGES = {
    "": "How well can a machine hear emotion in a voice?",
    "Explore": "What is in the corpora?",
    "Train": "How is a model made?",
    "Compare": "Which model should I trust?",
    "Predict": "What does this voice sound like?",
}
#: Schemes that stay in the browser.
INNER = ("data:", "blob:")
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("path", PAGES)
def test_deep_link_on_a_fresh_server_asks_nobody_else(path, fresh_app, page):
    page.goto(f"{fresh_app}/{path}")
    page.get_by_role("heading", name=PAGES[path]).wait_for()
    settled(page)
    assert page.get_by_test_id("stException").count() == 0
    for entry in ("Home", "Explore", "Train", "Compare", "Predict"):
        # The page may be drawn once more as soon as it stands.
        page.locator(".st-key-app-menu").get_by_role("link", name=entry).first.wait_for()
    outside = [url for url in page.requested if not url.startswith((fresh_app, *INNER))]
    assert outside == []
    assert page.errors == []


def test_the_menu_leads_to_every_page(app, page):
    page.goto(app)
    for path, question in PAGES.items():
        press(page.locator(".st-key-app-menu").get_by_role("link", name=path or "Home").first)
        page.get_by_role("heading", name=question).wait_for()
        # The heading may stand before the browser has put the new address into its bar.
        page.wait_for_url(re.compile(rf"{re.escape(app)}/{path}/?(\?.*)?$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(scheme, app, page):
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    for path, question in PAGES.items():
        page.goto(f"{app}/{path}")
        page.get_by_role("heading", name=question).wait_for()
        assert fits(page), path or "Home"
