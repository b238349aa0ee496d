"""A miniature RAVDESS as a published archive, and a server that serves it as badly as real ones do."""

import hashlib
import io
import threading
import time
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import soundfile

from ser_core.corpora.base import Source
from ser_core.corpora.connection import Patience
from ser_core.corpora.ravdess import Ravdess

MINI_NAMES = [
    f"03-01-{emotion}-01-{statement}-01-{actor}"
    for actor in ("01", "02")
    for emotion in ("01", "03", "05")
    for statement in ("01", "02")
]


@dataclass
class Fault:
    """What one request meets: bytes after which the connection is cut, another status, further headers, a pause."""

    cut: int | None = None
    status: int | None = None
    headers: dict = field(default_factory=dict)
    pause_s: float = 0.0


class Server:
    """Serves `files` by name and keeps the ``Range`` of each request; faults are met in order, one per request."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.ranges: list[str | None] = []
        self.agents: set[str] = set()
        self.sent = 0
        self.etag = '"one"'
        self.offers_ranges = True
        self.states_length = True
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @staticmethod
    def fault(**what) -> Fault:
        return Fault(**what)

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    def _handler(server):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_GET(self):
                server.ranges.append(self.headers.get("Range"))
                server.agents.add(self.headers.get("User-Agent"))
                fault = server.faults.pop(0) if server.faults else server.always or Fault()
                content = server.files.get(self.path.lstrip("/").partition("?")[0])
                status = fault.status or (200 if content is not None else 404)
                body = content if status == 200 else b""
                headers = {"ETag": server.etag, **fault.headers}
                if status == 200 and server.offers_ranges and self.headers.get("Range"):
                    first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
                    first, last = int(first), min(int(last or len(content) - 1), len(content) - 1)
                    if first >= len(content):
                        status, body = 416, b""
                    else:
                        status, body = 206, content[first : last + 1]
                        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if server.states_length:
                    self.send_header("Content-Length", str(len(body)))
                else:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                self.end_headers()
                self._send(body, fault)

            def _send(self, body, fault):
                stop = len(body) if fault.cut is None else fault.cut
                try:
                    for start in range(0, min(stop, len(body)), 4096):
                        part = body[start : min(start + 4096, stop)]
                        self.wfile.write(part)
                        server.sent += len(part)
                        time.sleep(fault.pause_s)
                    self.wfile.flush()
                except OSError:
                    self.close_connection = True
                if fault.cut is not None:
                    self.close_connection = True

        return Handler


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def hasty():
    """Patience for a server next door."""
    return Patience(attempts=3, wait_s=0.01, longest_wait_s=0.02, longest_asked_s=0.05, timeout_s=5.0)


def _clip(seed: int) -> bytes:
    noise = np.random.default_rng(seed).uniform(-0.1, 0.1, 2000).astype(np.float32)
    stream = io.BytesIO()
    soundfile.write(stream, noise, 16_000, format="WAV", subtype="PCM_16")
    return stream.getvalue()


@pytest.fixture(scope="session")
def clips() -> dict[str, bytes]:
    """Path in the archive -> WAV file."""
    return {f"Actor_{name[-2:]}/{name}.wav": _clip(seed) for seed, name in enumerate(MINI_NAMES)}


def _make_zip(files: dict[str, bytes], *, filler: int = 0) -> bytes:
    """A zip file of `files` before `filler` bytes of an entry that nobody wants."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if filler:
            archive.writestr("README.txt", np.random.default_rng(0).bytes(filler))
    return stream.getvalue()


@pytest.fixture(scope="session")
def archive(clips) -> bytes:
    return _make_zip(clips)


def _publish(content: bytes, *, checksum: bool = True, size: bool = True, clips: int = len(MINI_NAMES)) -> Ravdess:
    """A RAVDESS that is published as this archive, with or without its checksum and size."""
    corpus = Ravdess()
    corpus.expected = {"clips": clips, "speakers": 2}
    corpus.sources = (
        Source(
            url="http://127.0.0.1:9/never-asked.zip",
            file="mini.zip",
            size_bytes=len(content) if size else None,
            md5=hashlib.md5(content).hexdigest() if checksum else None,
            unpacked_bytes=4 * len(content),
            about_bytes=len(content) + 1000,
        ),
    )
    corpus.sample_keys = tuple(name for name in MINI_NAMES if name.endswith("-01-01-01"))
    return corpus


@pytest.fixture
def make_zip():
    return _make_zip


@pytest.fixture
def publish():
    return _publish


@pytest.fixture
def mini(server, archive) -> Ravdess:
    """The miniature RAVDESS, published on the server as mini.zip."""
    server.files["mini.zip"] = archive
    return _publish(archive)


@pytest.fixture
def get(server, hasty, tmp_path):
    """Download from the server into ``tmp_path / "data"``."""
    from ser_core.corpora.download import download

    def get(corpus, **options):
        return download(corpus, root=tmp_path / "data", base_url=server.url, patience=hasty, **options)

    return get


@pytest.fixture
def left(tmp_path):
    """Everything but locks that lies in the data root, as relative paths."""

    def left() -> list[str]:
        root = tmp_path / "data"
        files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
        return sorted(path.relative_to(root).as_posix() for path in files)

    return left
