import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest

from ser_core import corpora, settings
from ser_core.cli import main
from ser_core.errors import CancelledError
from ser_core.testing import LFS_POINTER, make_ravdess


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))


@pytest.fixture
def mini(tmp_path):
    return make_ravdess(tmp_path / "data", actors=2, clips=8)


def test_list_as_json(mini, capsys):
    assert main(["corpora", "--json"]) == 0
    rows = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert list(rows) == list(corpora.names())
    row = rows["ravdess"]
    fields = "name title language licence expected found speakers emotions hours path"
    assert " ".join(row) == fields
    assert (row["expected"], row["found"], row["speakers"]) == (1440, 16, 2)
    assert row["emotions"]["angry"] == 2
    assert row["path"] == str(mini)


def test_list_without_any_corpus(capsys):
    assert main(["corpora", "--json"]) == 0
    rows = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert all((row["found"], row["emotions"]) == (0, {}) for name, row in rows.items() if name != "demo")
    assert {name: row["expected"] for name, row in rows.items() if name != "demo"} == {
        "cremad": 7442,
        "emodb": 535,
        "iemocap": 10039,
        "ravdess": 1440,
        "ravdess-song": 1012,
        "savee": 480,
        "tess": 2800,
    }


def test_list_for_people(mini, capsys):
    assert main(["corpora"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["name", "title"]
    row = next(line for line in lines if "RAVDESS speech" in line)
    assert "English" in row
    assert "CC BY-NC-SA 4.0" in row


def test_list_says_what_is_no_audio(mini, capsys):
    next(mini.rglob("*.wav")).write_bytes(LFS_POINTER)
    assert main(["corpora"]) == 0
    error = capsys.readouterr().err
    assert "RAVDESS speech: 1 files are no audio, ravdess/03-01-" in error
    assert "Git-LFS pointer" in error


@pytest.mark.parametrize("name", ["savee", "iemocap"])
def test_what_is_given_on_request_is_explained_step_by_step(name, capsys):
    assert main(["corpora", "download", name]) != 0
    error = capsys.readouterr().err
    assert all(f"{step}. " in error for step in (1, 2, 3, 4))
    assert f"`{name}`" in error


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_manifest(mini, tmp_path, capsys, ending):
    out = tmp_path / f"manifest.{ending}"
    assert main(["corpora", "manifest", "ravdess", "--out", str(out)]) == 0
    assert f"16 clips from the files in {mini}" in capsys.readouterr().out
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "jsonl": lambda file: pd.read_json(file, lines=True)}
    assert len(read[ending](out)) == 16


@pytest.mark.parametrize("before", [True, False])
def test_another_root(mini, tmp_path, capsys, before):
    root = ["--root", str(tmp_path / "empty")]
    rest = ["manifest", "ravdess", "--out", str(tmp_path / "m.csv")]
    assert main(["corpora", *root, *rest] if before else ["corpora", *rest, *root]) == 0
    assert "1440 clips from the manifest that ships" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["manifest", "nonsense", "--out", "m.csv"], "Unknown corpus 'nonsense'"),
        (["manifest", "ravdess", "--out", "m.xls"], ".parquet, .csv, .jsonl"),
        (["download", "nonsense"], "Unknown corpus 'nonsense'"),
        (["download", "demo"], "not offered for download"),
    ],
)
def test_errors(arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["corpora", *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.fixture
def slow_server():
    """Serves 4 MB of anything in 100 s, so that there is time to stop it on the busiest machine."""
    content = bytes(range(250)) * 16_000

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                for start in range(0, len(content), 4000):
                    self.wfile.write(content[start : start + 4000])
                    time.sleep(0.1)
            except OSError:
                pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}", content
    http.shutdown()
    http.server_close()


def test_ctrl_c_keeps_what_came(slow_server, tmp_path):
    url, content = slow_server
    program = (
        # Tests that were started in the background inherit a Ctrl-C that is ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import sys; from ser_core import corpora; from ser_core.cli import main;"
        f"corpora.get('ravdess').sources = (corpora.Source('', 'mini.zip', {len(content)}, None, 0),);"
        "sys.exit(main(['corpora', 'download', 'ravdess']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=settings.PROJECT_ROOT,
        env={**os.environ, "SER_DOWNLOAD_MIRROR": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    partial = tmp_path / "data" / ".downloads" / "ravdess" / "mini.zip.partial"
    end = time.monotonic() + 15
    while not (partial.exists() and partial.stat().st_size) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "what was done is kept" in err
    assert "Traceback" not in err
    assert "CC BY-NC-SA 4.0" in err
    assert content.startswith(partial.read_bytes())
    assert 0 < partial.stat().st_size < len(content)


def test_download_says_what_it_does(monkeypatch, capsys, tmp_path):
    calls = []
    monkeypatch.setattr(
        "ser_core.corpora.download.download", lambda corpus, **options: calls.append(options) or "place"
    )
    assert main(["corpora", "download", "ravdess", "--sample", "--root", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "48 clips, about 7 MB from zenodo.org" in err
    assert "Livingstone" in err
    assert "0 clips of RAVDESS speech in place" in out
    assert calls[0]["sample"] is True
    assert calls[0]["root"] == tmp_path


def test_a_stopped_download_has_its_own_status(monkeypatch, capsys):
    def stopped(*arguments, **options):
        raise CancelledError("Stopped as asked.")

    monkeypatch.setattr("ser_core.corpora.download.download", stopped)
    assert main(["corpora", "download", "ravdess"]) == 130
