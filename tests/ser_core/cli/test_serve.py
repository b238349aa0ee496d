"""The service as a process of its own: it answers, and leaves nothing behind however it ends."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from ser_core.cli import main
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import encode, speechlike

DEADLINE_S = 120


def until(condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.1)


def is_ready(address: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{address}/ready", timeout=DEADLINE_S).status_code == 200
    return False


@pytest.fixture
def served(tmp_path):
    """Address, process and temporary folder of a server with one worker."""
    make_model(tmp_path / "models" / "best", probabilities={"angry": 0.7})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ser_core", "serve", "--port", str(port), "--workers", "1", "--log-level", "error"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "SER_MODELS_DIR": str(tmp_path / "models"), "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: is_ready(address) or process.poll() is not None)
        yield address, process, temporary
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Unix signals")
def test_it_answers_and_its_workers_end_with_it(served, how):
    address, process, temporary = served
    clip = encode(speechlike(1.0, f0=150.0, seed=0))
    assert httpx.post(f"{address}/predict", content=clip, timeout=DEADLINE_S).status_code == 200
    assert httpx.post(f"{address}/recordings", content=clip, timeout=DEADLINE_S).status_code == 202
    workers = psutil.Process(process.pid).children(recursive=True)
    assert workers
    process.send_signal(getattr(signal, how))
    said = process.communicate(timeout=DEADLINE_S)[1]
    until(lambda: not any(worker.is_running() and worker.status() != "zombie" for worker in workers))
    if how == "SIGTERM":
        assert "Traceback" not in said and "leaked" not in said
        assert [path for path in temporary.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("arguments", [["--workers", "-1"], ["--workers", "many"], ["--port", "70000"]])
def test_options_that_make_no_sense_are_named(capsys, arguments):
    with pytest.raises(SystemExit):
        main(["serve", *arguments])
    assert arguments[0] in capsys.readouterr().err
