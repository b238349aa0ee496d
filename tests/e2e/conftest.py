"""A freshly started app and a real browser. Skips, with the reason, where no browser can be had."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from ser_core import corpora
from ser_core.audio import SAMPLING_RATE, decode
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import write_wav
from tests.e2e.settling import opened_tab

START_S = 240
STARTS = 3
INSTALL_S = 240
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """Keyword arguments that start a browser: the system's, or one that Playwright brings."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return {"executable_path": path}
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_S)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"no browser: none is installed, and `playwright install chromium` failed ({error})")
    return {}


@pytest.fixture(scope="session")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def spoken_wav(tmp_path_factory) -> Path:
    """Two seconds of synthetic speech, then silence: what the fake microphone hears, again and again."""
    import numpy as np

    demo = corpora.get("demo")
    path = tmp_path_factory.mktemp("microphone") / "voice.wav"
    # What a speech detector takes for a voice: no model answers to anything else.
    clips = demo.manifest().query("emotion == 'angry' and intensity == 'strong'")
    voice = decode(demo.clip_path(clips["path"].iloc[0]), sr=SAMPLING_RATE).signal
    write_wav(path, np.concatenate([voice, np.zeros(6 * SAMPLING_RATE, np.float32)]), sr=SAMPLING_RATE)
    return path


@pytest.fixture(scope="session")
def browser(playwright, chromium, spoken_wav):
    """A headless browser whose microphone plays `spoken_wav`."""
    microphone = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken_wav}",
    )
    with contextlib.closing(playwright.chromium.launch(args=[*FLAGS, *microphone], **chromium)) as started:
        yield started


@contextlib.contextmanager
def served(**environment: str):
    """The address of an app started for the occasion."""
    with tempfile.TemporaryDirectory() as folder:
        process, address = _started(Path(folder) / "said.txt", {**os.environ, **environment})
        try:
            yield address
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _started(said: Path, environment: dict[str, str]) -> tuple[subprocess.Popen, str]:
    """A server and its address; on another port where somebody was faster to take the free one."""
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true"]
    for _ in range(STARTS):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with said.open("wb") as out:
            process = subprocess.Popen(
                [*command, f"--server.port={port}", "--server.address=127.0.0.1"],
                cwd=PROJECT_ROOT,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        if _is_healthy(process, port, said):
            return process, f"http://127.0.0.1:{port}"
        process.kill()
        process.wait()
    words = said.read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"The app did not start in {STARTS} tries. The last one said: {words[-2000:]}")


def _is_healthy(process: subprocess.Popen, port: int, said: Path) -> bool:
    """Whether this process serves at the port, and no other that took it meanwhile."""
    address, end = f"http://127.0.0.1:{port}/_stcore/health", time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            # It tells its address once it listens there.
            if answer.read() == b"ok" and f":{port}" in said.read_text(encoding="utf-8", errors="replace"):
                return True
        time.sleep(0.2)
    return False


@pytest.fixture
def fresh_app(tmp_path):
    """A server that no page was asked of yet, on a machine without corpora."""
    with served(SER_DATA_ROOT=str(tmp_path / "no-corpora"), SER_CACHE_DIR=str(tmp_path / "cache")) as address:
        yield address


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A server shared by the tests of a module, on a machine without corpora."""
    folder = tmp_path_factory.mktemp("app")
    with served(SER_DATA_ROOT=str(folder / "no-corpora"), SER_CACHE_DIR=str(folder / "cache")) as address:
        yield address


@pytest.fixture
def page(browser):
    """A new tab that remembers the requests and errors of the pages it shows."""
    with opened_tab(browser, permissions=["microphone"], viewport={"width": 1280, "height": 1000}) as tab:
        yield tab
