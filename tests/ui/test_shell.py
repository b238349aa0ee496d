"""The frame of the pages and the settings of the server."""

import tomllib

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.labels import EMOTIONS
from ser_core.settings import LIMITS, OWN_LIMITS, PROJECT_ROOT, RECORDING_UPLOAD_BYTES
from ui import shell, theme

CONFIG = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text())


def test_the_server_takes_what_the_largest_upload_of_a_page_may_have():
    largest = max(LIMITS.max_bytes, OWN_LIMITS.max_upload_bytes, RECORDING_UPLOAD_BYTES)
    assert CONFIG["server"]["maxUploadSize"] * 2**20 == largest


def test_nothing_is_told_to_or_asked_of_outside_hosts():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    # Unless it is set, a headless start asks an outside host for the machine's address.
    assert CONFIG["browser"]["serverAddress"]
    assert "fontFaces" not in CONFIG["theme"]
    assert "http" not in str(CONFIG["theme"])


def test_the_favicon_is_drawn_not_fetched():
    assert theme.FAVICON.startswith("<svg")


@pytest.mark.parametrize("entry", shell.MENU, ids=lambda entry: entry.label)
def test_every_page_of_the_menu_exists(entry):
    assert (PROJECT_ROOT / entry.path).is_file()


def test_a_page_begins_with_its_question(monkeypatch):
    def script():
        from ui import shell

        shell.page(title="Home", question="What is this?", icon=":material/home:")

    monkeypatch.setattr(shell, "MENU", ())  # Links need the app's folder; tests/pages sees them.
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    assert app.title[0].value == ":material/home: What is this?"


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_badge_names_its_emotion_and_has_its_colour(emotion):
    html = theme.badge(emotion)
    assert EMOTIONS[emotion].title in html and EMOTIONS[emotion].colour in html


def test_badges_keep_the_order_of_the_label_set():
    html = theme.badges(["sad", "neutral"])
    assert html.index("Neutral") < html.index("Sad")
