"""A corpus of one's own in a real browser: looked at, added, heard, removed; from a folder and from a zip file."""

import io
import re
import zipfile

import pytest

from ser_core.testing import encode, speechlike, write_wav
from tests.e2e.conftest import served
from tests.e2e.settling import choose, press, settled


def voice(seed: int):
    return speechlike(0.6, sr=16_000, f0=110.0 + 40 * seed, seed=seed)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A home with a folder per emotion."""
    home = tmp_path_factory.mktemp("home")
    for i, name in enumerate(("anna/angry/a1.wav", "anna/sad/a2.wav", "bert/angry/b1.wav", "bert/grumpf/b2.wav")):
        write_wav(home / "clips" / name, voice(i), sr=16_000)
    return home


@pytest.fixture(scope="module")
def own_app(place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own-app")
    with served(
        HOME=str(place),
        SER_OWN_DIR=str(folder / "own"),
        SER_DATA_ROOT=str(folder / "no-corpora"),
        SER_CACHE_DIR=str(folder / "cache"),
    ) as address:
        yield address


def test_a_folder_is_added_seen_and_removed(own_app, page, place):
    page.goto(f"{own_app}/Explore?view=get+and+add")
    page.get_by_role("heading", name="Add your own").wait_for()
    folder = page.get_by_label("Folder", exact=True)
    settled(page)
    folder.fill("/etc")
    folder.press("Enter")
    page.get_by_text("Only folders below").wait_for()
    settled(page)
    folder.fill("~/clips")
    folder.press("Enter")
    page.get_by_text("4 clips can be used").wait_for()
    page.get_by_text("1 word not known").wait_for()
    choose(page, "grumpf (1 clip)", "No counterpart")
    choose(page, "Speaker", "folder 1")
    page.get_by_text("2 speakers").first.wait_for()
    name = page.get_by_label("Name", exact=True)
    settled(page)
    name.fill("home-made")
    name.press("Enter")
    press(page.get_by_role("button", name="Add this corpus"))
    page.get_by_text("home-made was added, 4 clips").wait_for()
    page.wait_for_url(re.compile("corpus=home-made"))

    press(page.get_by_role("radio", name="clips", exact=True))
    page.get_by_test_id("stAudio").first.wait_for()
    page.get_by_text("home-made/anna/angry/a1").first.wait_for()

    press(page.get_by_role("radio", name="get and add"))
    page.get_by_role("heading", name="Your own corpora").wait_for()
    press(page.locator(".st-key-own-home-made").get_by_role("button", name="Remove"))
    page.get_by_role("button", name="Remove home-made").click()
    page.get_by_text("home-made was removed; its recordings were left alone").wait_for()
    page.wait_for_url(lambda url: "home-made" not in url)
    assert (place / "clips/anna/angry/a1.wav").is_file()
    assert page.errors == []


def test_a_zip_file_is_uploaded_and_deleted_again(own_app, page):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for i, name in enumerate(("Ärger/größe.wav", "Freude/b.wav", "../out.wav")):
            archive.writestr(name, encode(voice(i), sr=16_000))
    page.goto(f"{own_app}/Explore?view=get+and+add")
    press(page.get_by_role("radio", name="Upload a zip file"))
    upload = page.get_by_test_id("stFileUploader").first.locator("input[type=file]")
    upload.wait_for(state="attached")
    settled(page)
    upload.set_input_files({"name": "Sent.zip", "mimeType": "application/zip", "buffer": packed.getvalue()})
    page.get_by_text("2 clips can be used").wait_for()
    page.get_by_text("1 finding.").wait_for()
    press(page.get_by_role("button", name="Add this corpus"))
    page.get_by_text("sent was added, 2 clips").wait_for()
    press(page.locator(".st-key-own-sent").get_by_role("button", name="Remove"))
    page.get_by_text("they are deleted too").wait_for()
    page.get_by_role("button", name="Remove sent", exact=True).click()
    page.get_by_text("its uploaded recordings were deleted").wait_for()
    assert page.errors == []
