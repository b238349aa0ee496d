"""A download in a real browser: watched, cancelled, gone on with. The publisher is a server of this test."""

import io
import re
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ser_core import corpora
from ser_core.testing import encode, speechlike
from tests.e2e.conftest import served
from tests.e2e.settling import press, settled

# Requests that are answered at once, and the most seconds that a further one is held until the download is cancelled:
# within the patience of who asks.
SOON, HELD_S = 6, 20


class Publisher:
    """Serves parts of an archive of the published size, the first soon, the rest when told; counts the requests."""

    def __init__(self, archive: bytes, *, size: int):
        # What stands before a zip file's first entry does not matter to its readers.
        self.archive, self.size, self.first = archive, size, size - len(archive)
        self.requests, self.goes_on = 0, threading.Event()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def do_GET(self):
                publisher.requests += 1
                if publisher.requests > SOON:
                    publisher.goes_on.wait(HELD_S)
                start, _, end = self.headers["Range"].removeprefix("bytes=").partition("-")
                start, stop = int(start), min(int(end) + 1, publisher.size)
                part = publisher.part(start, stop)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{publisher.size}")
                self.send_header("Content-Length", str(len(part)))
                self.end_headers()
                self.wfile.write(part)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def part(self, start: int, stop: int) -> bytes:
        empty = bytes(max(0, min(stop, self.first) - start))
        return empty + self.archive[max(0, start - self.first) : max(0, stop - self.first)]

    def close(self):
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture(scope="module")
def publisher():
    ravdess = corpora.get("ravdess")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for i, key in enumerate(ravdess.sample_keys):
            archive.writestr(f"Actor_{key[-2:]}/{key}.wav", encode(speechlike(0.5, f0=100.0 + i, seed=i)))
    server = Publisher(content.getvalue(), size=ravdess.sources[0].size_bytes)
    yield server
    server.close()


def test_a_cancelled_download_goes_on_where_it_was(publisher, tmp_path, page):
    def files():
        return {file.name for file in tmp_path.glob("data/ravdess/*/*.wav")}

    with served(
        SER_DATA_ROOT=str(tmp_path / "data"),
        SER_CACHE_DIR=str(tmp_path / "cache"),
        SER_OWN_DIR=str(tmp_path / "own"),
        SER_DOWNLOAD_MIRROR=publisher.url,
    ) as address:
        page.goto(f"{address}/Explore?corpus=ravdess&view=clips")
        start = page.get_by_role("button", name="Get a sample: 48 clips")
        press(start)
        page.get_by_text(re.compile(r"Reading clip ([2-9]|\d\d)")).wait_for()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Stopping").wait_for()
        publisher.goes_on.set()
        start.wait_for()
        kept = files()
        assert 0 < len(kept) < 48
        before = publisher.requests
        press(start)
        page.get_by_test_id("stDataFrame").wait_for()
        page.get_by_text("48 recordings of them are on this machine").wait_for()
        assert len(files()) == 48
        assert publisher.requests - before <= 48 - len(kept) + 2, "clips that were here came again"
        settled(page)
        assert page.get_by_test_id("stException").count() == 0
