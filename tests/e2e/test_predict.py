"""A voice's way to an answer in a real browser: a sample, a file, and both recorders with a fake microphone."""

import re

import pytest

from ser_core.figures.prediction import percent
from ser_core.labels import EMOTIONS
from ser_core.serving import Predictor
from tests.e2e.settling import press, settled

WORDS = ".st-key-predict-answer .sel-answer"
ANSWER = re.compile("|".join(rf"\b{EMOTIONS[name].adjective}\b" for name in EMOTIONS))


@pytest.fixture
def open_page(app, page):
    """Opens *Predict* at one way in."""

    def open_at(query: str):
        page.goto(f"{app}/Predict?{query}")
        settled(page)
        return page

    return open_at


def answer(page) -> str:
    """The words of the answer, once they stand."""
    words = page.locator(WORDS).first
    words.wait_for()
    settled(page)
    return words.inner_text()


def test_upload_a_clip_and_read_the_same_label_as_python_gives(open_page, spoken_wav):
    page = open_page("voice=Upload")
    page.set_input_files("[data-testid=stFileUploader] input", spoken_wav)
    expected = Predictor.load().predict(spoken_wav)
    words = answer(page)
    assert ANSWER.search(words).group() == EMOTIONS[expected.label].adjective
    assert percent(expected.confidence) in words
    assert spoken_wav.name in page.locator(".st-key-predict-answer").inner_text()
    assert page.errors == []


def test_a_file_that_is_no_audio_gets_advice(open_page, tmp_path):
    letter = tmp_path / "letter.wav"
    letter.write_text("Dear Sir")
    page = open_page("voice=Upload")
    page.set_input_files("[data-testid=stFileUploader] input", letter)
    page.locator(".st-key-predict-answer [data-testid=stAlert]").wait_for()
    settled(page)
    assert page.get_by_test_id("stException").count() == 0


def test_record_with_the_recorder_and_read_the_label(open_page):
    page = open_page("voice=Record")
    button = page.locator("[data-testid=stAudioInput] button").first
    button.click()
    # By the recorder's own clock, which begins when a slow browser does at last; the voice lasts two seconds.
    page.get_by_test_id("stAudioInputWaveformTimeCode").get_by_text(re.compile("00:0[2-9]")).wait_for()
    button.click()
    assert ANSWER.search(answer(page))


def test_record_hands_free_until_silence_and_read_the_label(open_page):
    page = open_page("voice=Hands-free")
    icon = page.frame_locator("iframe[title*=audio_recorder]").locator("svg").first
    icon.click()
    again = page.get_by_text("Press it again")
    page.locator(WORDS).or_(again).first.wait_for()
    # The component's first click may only open the microphone and send a header without sound.
    if again.is_visible():
        icon.click()
    assert ANSWER.search(answer(page))


def test_the_front_page_s_demo_is_one_click_away(app, page):
    page.goto(app)
    press(page.get_by_text("Hear a sample").first)
    page.get_by_role("heading", name="What does this voice sound like?").wait_for()
    assert ANSWER.search(answer(page))
    page.locator(".st-key-predict-answer audio").wait_for(state="attached")
