import io
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT, OwnLimits
from ser_core.testing import encode, silence, speechlike
from ui.predict import batch_work
from ui.predict.batch_work import Work

SR = 16_000


def voice(seed: int) -> bytes:
    return encode(speechlike(0.8, sr=SR, f0=110.0 + 30 * seed, seed=seed), sr=SR)


def packed(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


class File(io.BytesIO):
    """A file as an uploader gives it."""

    def __init__(self, name, content):
        super().__init__(content)
        self.name = name


@pytest.fixture
def models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    make_model(folder / "best", probabilities={"angry": 0.85, "sad": 0.1}, uar=0.6)
    make_model(folder / "second", probabilities={"sad": 0.85}, uar=0.5)
    monkeypatch.setenv("SER_MODELS_DIR", str(folder))
    return folder


@pytest.fixture
def card(models):
    from ser_core.serving import available_models

    return available_models()[0]


@pytest.fixture
def app(models):
    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Predict.py")
    app.query_params["view"] = "batch"
    app.run()
    assert not app.exception
    return app


def judged(app, *files) -> AppTest:
    app.file_uploader[0].set_value(list(files)).run()
    finish(app)
    return app


def finish(app) -> None:
    end = time.monotonic() + 60
    while app.session_state["batch-work"].is_running and time.monotonic() < end:
        time.sleep(0.05)
    app.run()
    assert not app.exception


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.info, app.error, app.warning, app.subheader)
    html = " ".join(element.proto.body for element in app.get("html"))
    return (html + " ".join(element.value for kind in kinds for element in kind)).replace("\\", "")


def test_files_become_a_table_with_its_errors(app):
    judged(
        app,
        ("a.wav", voice(0), "audio/wav"),
        ("b.wav", voice(1), "audio/wav"),
        ("text.wav", b"Dear Sir", "audio/wav"),
        ("notes.txt", b"Dear Sir", "text/plain"),
    )
    # These sounds are no speech to the detector, so that the answers are not sure.
    table = app.dataframe[0].value
    assert list(table["File"]) == ["a.wav", "b.wav", "text.wav"]
    assert "text file" in table["Why"].iloc[2] and table["Answer"].iloc[2] == "Not judged"
    assert "notes.txt' does not end like a recording" in words(app) and "of 3 files" in words(app)
    assert "judged by Test model best" in words(app)
    assert {"CSV", "Parquet", "JSON lines", "Report (HTML)"} <= {
        button.proto.label for button in app.get("download_button")
    }


def test_a_pdf_is_printed_or_the_reason_told(app, tmp_path, monkeypatch):
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho no display >&2; exit 3\n")
    browser.chmod(0o755)
    monkeypatch.setenv("SER_BROWSER", str(browser))
    judged(app, ("a.wav", voice(0), "audio/wav"))
    app.button(key="report-pdf-batch").click().run()
    assert "exit status 3: no display" in words(app)
    # Prints whatever it is given.
    browser.write_text('#!/bin/sh\nfor x; do case "$x" in --print-to-pdf=*) echo %PDF > "${x#*=}";; esac; done\n')
    app.button(key="report-pdf-batch").click().run()
    assert "Save the PDF" in {button.proto.label for button in app.get("download_button")}
    monkeypatch.setenv("SER_BROWSER", str(tmp_path / "none"))
    app.run()
    button = app.button(key="report-pdf-batch")
    assert button.disabled and "SER_BROWSER must name" in button.help.replace("\\", "")


def test_every_answer_is_recorded_once(app):
    judged(app, ("a.wav", voice(0), "audio/wav"), ("text.wav", b"Dear Sir", "audio/wav"))
    app.run()
    (entry,) = app.session_state["history-held"].find()
    assert (entry.view, entry.name, entry.model) == ("batch", "a.wav", "best")
    assert app.session_state["history-held"].audio(entry.sha256) == voice(0)


def test_a_zip_file_with_ways_out_of_its_folder(app):
    content = packed(calls__a=b"x", **{"calls__ä.wav": voice(0), "..__out.wav": voice(1), "other__b.wav": voice(2)})
    judged(app, ("Sent.zip", content, "application/zip"))
    assert list(app.dataframe[0].value["File"]) == ["Sent/calls/ä.wav", "Sent/other/b.wav"]
    assert "leads out of the archive's folder" in words(app)
    folder = app.session_state["batch-work"].folder
    assert not (folder.parent / "out.wav").exists() and not (folder.parent.parent / "out.wav").exists()


def test_another_model_judges_the_same_files(app):
    judged(app, ("a.wav", voice(0), "audio/wav"))
    app.selectbox(key="choice-model").set_value("second").run()
    app.button(key="batch-again").click().run()
    finish(app)
    assert "judged by Test model second" in words(app)


def test_removed_files_are_gone(app):
    judged(app, ("a.wav", voice(0), "audio/wav"))
    folder = app.session_state["batch-work"].folder
    assert folder.is_dir()
    app.button(key="batch-remove").click().run()
    assert "batch-work" not in app.session_state and "will stand here" in words(app)
    end = time.monotonic() + 10
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"Dear Sir", "None of this is a recording"),
        ("empty.zip", packed(notes=b"x"), "holds no recording"),
        ("bad.zip", b"PK\x03\x04 and nothing", "no zip file or it is damaged"),
        ("bomb.zip", None, "would unpack from"),
    ],
)
def test_what_holds_no_recording_is_told(app, name, content, said):
    if content is None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.wav", bytes(64 << 20))
        content = target.getvalue()
    judged(app, (name, content, "application/zip"))
    assert said in words(app) and not app.dataframe


def test_a_file_that_cannot_be_heard_is_still_in_the_table(app):
    judged(app, ("silent.wav", encode(silence(1.0, sr=SR), sr=SR), "audio/wav"))
    assert app.dataframe[0].value["Answer"].iloc[0] == "Not judged"
    assert "None of 1 file has an answer." in words(app)


def run(work: Work, card) -> Work:
    work.judge(card)
    end = time.monotonic() + 60
    while work.is_running and time.monotonic() < end:
        time.sleep(0.02)
    return work


def test_too_many_files_are_refused_with_advice(card):
    limits = OwnLimits(max_clips=2, max_unpacked_files=2)
    work = run(Work([File(f"{i}.wav", voice(0)) for i in range(3)], limits=limits), card)
    assert work.job.state == "failed" and "at most 2 at once" in work.job.message and "--out" in work.job.message
    content = packed(**{f"{i}.wav": voice(0) for i in range(3)})
    work = run(Work([File("a.zip", content)], limits=limits), card)
    assert work.job.state == "failed" and "more than 2 files" in work.job.message


def test_names_of_every_kind_are_held(card):
    names = ["a.wav", "a.wav", "../../etc/passwd.wav", "CON:?.wav", "\u202egnp.wav", "ü" * 300 + ".wav", "...wav"]
    work = run(Work([File(name, voice(0)) for name in names]), card)
    assert work.job.state == "done", work.job.message
    found = sorted(path.name for path in work.folder.iterdir())
    assert {"a.wav", "a (2).wav", "passwd.wav", "CON__.wav"} <= set(found)
    assert all(len(name.encode()) <= 220 for name in found)
    assert all(path.parent == work.folder for path in work.folder.rglob("*.wav"))


def test_many_files_are_judged_by_a_process_of_their_own_and_stopped(card, monkeypatch):
    monkeypatch.setattr(batch_work, "_APART", 2)
    work = run(Work([File(f"{i}.wav", voice(i)) for i in range(3)]), card)
    assert work.job.state == "done", work.job.message
    assert isinstance(work.done.table, pd.DataFrame) and len(work.done.table) == 3
    work.judge(card)
    work.stop()
    end = time.monotonic() + 30
    while work.is_running and time.monotonic() < end:
        time.sleep(0.02)
    assert work.job.state in ("cancelled", "done")


def test_a_session_that_ends_leaves_no_file(card):
    work = run(Work([File("a.wav", voice(0))]), card)
    folder = Path(work.folder).parent
    del work
    end = time.monotonic() + 10
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()
