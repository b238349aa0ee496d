"""The panel for a missing corpus: what it says, and a download that is watched, stopped and finished."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.corpora import download as downloads
from ser_core.errors import DownloadError
from ser_core.progress import Progress, check_cancel
from ser_core.testing import LFS_POINTER, make_cremad
from ui.jobs import jobs

WAIT_S = 10


def script():
    from ui import empty

    empty.missing_corpus("ravdess")


@pytest.fixture(autouse=True)
def empty_root(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))


@pytest.fixture
def server(monkeypatch):
    """A download that reports once and ends when it is told to."""

    class Server:
        def __init__(self):
            self.asked, self.reported, self.answer = [], threading.Event(), threading.Event()
            self.error = None

        def download(self, corpus, *, sample=False, progress=None, cancel=None, **rest):
            self.asked.append((corpus.name, sample))
            progress(Progress(52_000_000, 208_000_000, "bytes", "Downloading RAVDESS speech", 75.0))
            self.reported.set()
            while not self.answer.wait(0.005):
                check_cancel(cancel)
            if self.error:
                raise self.error

        def end(self):
            self.answer.set()
            for thread in threading.enumerate():
                if thread.name == "job":
                    thread.join(WAIT_S)

    server = Server()
    monkeypatch.setattr(downloads, "download", server.download)
    yield server
    server.end()


def text(app) -> str:
    return " ".join(element.value for kind in (app.markdown, app.caption, app.info, app.error) for element in kind)


def button(app, key):
    return next(each for each in app.button if each.key == key)


def test_licence_size_citation_and_source_are_stated_before_anything_is_asked(server):
    app = AppTest.from_function(script, default_timeout=60).run()
    said = text(app)
    assert "CC BY-NC-SA 4.0" in said and "Livingstone" in said and "zenodo.org" in said
    labels = [each.label for each in app.button]
    assert any("48 clips" in label for label in labels)
    assert any("1,440 clips, 208 MB" in label for label in labels)
    assert server.asked == []


@pytest.mark.parametrize(("key", "sample"), [("download-ravdess-sample", True), ("download-ravdess-all", False)])
def test_a_button_starts_the_download_that_it_names(server, key, sample):
    app = AppTest.from_function(script, default_timeout=60).run()
    button(app, key).click().run()
    assert server.reported.wait(WAIT_S)
    assert server.asked == [("ravdess", sample)]


def test_progress_shows_size_and_time_left(server):
    app = AppTest.from_function(script, default_timeout=60).run()
    button(app, "download-ravdess-all").click().run()
    assert server.reported.wait(WAIT_S)
    app.run()
    bar = app.get("progress")[0].proto
    assert bar.value == 25
    assert "52.0 MB of 208 MB" in bar.text and "1 min 15 s left" in bar.text


def test_cancel_stops_it_and_offers_to_go_on(server):
    app = AppTest.from_function(script, default_timeout=60).run()
    button(app, "download-ravdess-all").click().run()
    assert server.reported.wait(WAIT_S)
    app.run()
    button(app, "cancel-ravdess").click().run()
    server_thread = next((each for each in threading.enumerate() if each.name == "job"), None)
    if server_thread:
        server_thread.join(WAIT_S)
    app.run()
    assert "kept" in text(app)
    assert button(app, "download-ravdess-all")


def test_a_failure_says_what_to_do_and_offers_another_try(server):
    server.error = DownloadError("The server does not answer. Check the connection and try again.")
    app = AppTest.from_function(script, default_timeout=60).run()
    button(app, "download-ravdess-sample").click().run()
    server.end()
    app.run()
    assert "Check the connection" in text(app) and button(app, "download-ravdess-sample")


def test_a_finished_download_is_forgotten_and_the_page_drawn_again(server):
    app = AppTest.from_function(script, default_timeout=60).run()
    button(app, "download-ravdess-sample").click().run()
    server.end()
    app.run()
    assert not app.exception
    assert button(app, "download-ravdess-sample")
    assert not jobs()._jobs


@pytest.mark.parametrize("name", ["savee", "iemocap"])
def test_what_is_given_on_request_is_explained_step_by_step(name, tmp_path):
    def ask(name):
        from ui import empty

        empty.missing_corpus(name)

    app = AppTest.from_function(ask, default_timeout=60, args=(name,)).run()
    assert not app.exception and not app.button
    said = text(app)
    assert all(f"{step}. " in said for step in (1, 2, 3, 4))
    assert str(tmp_path) in said
    assert "By downloading" not in said


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("tess", "2,800 clips, about 281 MB"),
        ("cremad", "7,442 clips, about 606 MB"),
        ("emodb", "535 clips, about 40.6 MB"),
        ("ravdess-song", "1,012 clips, 226 MB"),
    ],
)
def test_every_corpus_that_is_offered_has_its_button(name, label):
    def ask(name):
        from ui import empty

        empty.missing_corpus(name)

    app = AppTest.from_function(ask, default_timeout=60, args=(name,)).run()
    assert not app.exception
    assert label in button(app, f"download-{name}-all").label


def test_git_lfs_pointers_are_named_and_counted_as_missing(tmp_path):
    folder = make_cremad(tmp_path, actors=1)
    for file in sorted((folder / "AudioWAV").iterdir())[:3]:
        file.write_bytes(LFS_POINTER)

    def ask():
        from ui import empty

        empty.missing_corpus("cremad")

    app = AppTest.from_function(ask, default_timeout=60).run()
    assert "13 of 7,442 clips" in text(app)
    assert "3 files are Git-LFS pointers" in app.warning[0].value


def test_progress_of_files_and_of_an_unknown_size(server):
    app = AppTest.from_function(script, default_timeout=60).run()
    button(app, "download-ravdess-all").click().run()
    assert server.reported.wait(WAIT_S)
    job = next(iter(jobs()._jobs.values()))
    for progress, said in (
        (Progress(120, 7442, "files", "Downloading CREMA-D", 605.0), "120 of 7,442 files, about 10 min 5 s left"),
        (Progress(3_000_000, None, "bytes", "Downloading EMO-DB"), "3.0 MB, of unknown size"),
        (Progress(0, None, "files", "Asking what there is of TESS"), "Asking what there is of TESS"),
    ):
        job.progress = progress
        assert said in app.run().get("progress")[0].proto.text


def test_no_runs_says_how_to_make_them():
    def no_runs():
        from ui import empty

        empty.no_runs()

    app = AppTest.from_function(no_runs, default_timeout=60).run()
    assert "python -m ser_core train" in app.code[0].value
