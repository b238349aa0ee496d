"""Reading files over HTTP: whole ones that resume where they were cut, and single ranges of bytes.

Servers are taken as they come: they cut connections, ignore ranges, answer 429 and 5xx for a while, redirect, or hold
another file than the one that was published. What is kept is checked by its caller against the published checksum.
"""

import contextlib
import hashlib
import json
import random
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path

import httpx

from ser_core import __version__
from ser_core.errors import DownloadError
from ser_core.files import write_json
from ser_core.progress import CancelCallback, Meter, ProgressCallback, check_cancel

# Zenodo asks its programmatic visitors to say who they are (https://github.com/fatiando/pooch/issues/502).
USER_AGENT = f"speech-emotion-lab/{__version__}"


@dataclass(frozen=True)
class Patience:
    """How long to go on with a server that fails.

    Attributes
    ----------
    attempts : int
        Attempts in a row that bring nothing new before giving up.
    wait_s, longest_wait_s : float
        Wait after the first failure, doubled after each further one up to the longest, seconds.
    longest_asked_s : float
        Longest wait that is granted when the server asks for one (Retry-After), seconds.
    timeout_s : float
        Silence after which a connection counts as cut, seconds.
    """

    attempts: int = 6
    wait_s: float = 1.0
    longest_wait_s: float = 30.0
    longest_asked_s: float = 120.0
    timeout_s: float = 30.0

    def wait_after(self, failures: int, *, asked_s: float | None = None) -> float:
        """Seconds to wait after so many failures in a row; spread a little, so that clients do not return at once."""
        if asked_s is not None:
            return min(asked_s, self.longest_asked_s)
        return min(self.wait_s * 2 ** max(0, failures - 1), self.longest_wait_s) * random.uniform(0.75, 1.25)


PATIENCE = Patience()


class _Retry(Exception):
    """The server failed in a way that may pass."""

    def __init__(self, reason: str, *, asked_s: float | None = None):
        super().__init__(reason)
        self.asked_s = asked_s


@contextlib.contextmanager
def connect(patience: Patience = PATIENCE) -> Iterator[httpx.Client]:
    """A client that follows redirects and asks for the bytes as they are stored."""
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    with httpx.Client(follow_redirects=True, timeout=patience.timeout_s, headers=headers, verify=_tls()) as client:
        yield client


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes 0.1 s, once per process.
    return httpx.create_ssl_context()


def fetch(
    url: str,
    target: Path,
    *,
    size_bytes: int,
    md5: str | None = None,
    message: str = "Downloading",
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
    patience: Patience = PATIENCE,
) -> Path:
    """Download a file, going on from what an earlier attempt left in ``<target>.partial``.

    Parameters
    ----------
    url : str
        Where it is.
    target : Path
        Where it goes; it appears there complete and checked, or not at all.
    size_bytes : int
        Its published size.
    md5 : str or None
        Its published checksum.
    message : str
        For the progress reports, which count bytes.
    progress, cancel : callable, optional
        See `ser_core.progress`.
    patience : Patience
        How long to go on with a server that fails.

    Raises
    ------
    DownloadError
        If the server gives up the file for good, another file stands there, or the checksum is wrong; only in the
        last two cases what was received is deleted.
    CancelledError
        If the user asked to stop; the partial file stays.
    """
    partial = target.with_name(target.name + ".partial")
    notes = target.with_name(target.name + ".partial.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    done = partial.stat().st_size if partial.exists() else 0
    if done > size_bytes:
        partial.unlink()
        done = 0
    meter = Meter(progress, total=size_bytes, unit="bytes", message=message, cancel=cancel, done=done)
    check_cancel(cancel)
    if done < size_bytes:
        with connect(patience) as client:
            _persist(
                lambda: _receive(client, url, partial, notes, size_bytes=size_bytes, meter=meter),
                done=lambda: partial.stat().st_size if partial.exists() else 0,
                patience=patience,
                meter=meter,
            )
    _check(partial, notes, url=url, md5=md5, cancel=cancel, progress=progress)
    partial.replace(target)
    notes.unlink(missing_ok=True)
    return target


def fetch_range(
    client: httpx.Client,
    url: str,
    start: int,
    stop: int,
    *,
    size_bytes: int,
    meter: Meter,
    patience: Patience = PATIENCE,
) -> bytes:
    """Bytes `start` up to but without `stop` of a file of `size_bytes`; `meter` says why it waits, but counts nothing.

    Raises
    ------
    DownloadError
        If the server does not give parts of files, gives up, or holds a file of another size.
    CancelledError
        If the user asked to stop.
    """
    received = bytearray()

    def receive() -> None:
        received.clear()
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        with client.stream("GET", url, headers=headers) as response:
            _accept(response, url)
            if response.status_code != 206:
                raise DownloadError(
                    f"{response.url.host} does not offer parts of this file, so no sample can be read out of it. "
                    "Download the whole corpus instead."
                )
            _same_file(response, first=start, size_bytes=size_bytes)
            for chunk in response.iter_raw():
                received.extend(chunk)
                meter.add(0)
                if len(received) > stop - start:
                    raise DownloadError(f"{response.url.host} sends more than was asked for; stopped there.")
        if len(received) < stop - start:
            raise _Retry("the connection was cut")

    _persist(receive, done=lambda: 0, patience=patience, meter=meter)
    return bytes(received)


def _receive(client: httpx.Client, url: str, partial: Path, notes: Path, *, size_bytes: int, meter: Meter) -> None:
    """One attempt: the rest of the file, or all of it where the server does not give the rest."""
    done = partial.stat().st_size if partial.exists() else 0
    headers = {"Range": f"bytes={done}-"} if done else {}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:
            partial.unlink(missing_ok=True)
            raise _Retry("the server does not know the rest of the file")
        _accept(response, url)
        resumes = response.status_code == 206 and done > 0
        validator = response.headers.get("etag") or response.headers.get("last-modified")
        if resumes:
            _same_file(response, first=done, size_bytes=size_bytes)
            # Compared here rather than sent as If-Range: servers that hand the file on from a store often answer
            # If-Range with the whole file, and a download would never get past its first cut.
            if _read_notes(notes) != validator:
                partial.unlink(missing_ok=True)
                raise _Retry("the file on the server has changed since")
        else:
            length = response.headers.get("content-length")
            if length is not None and int(length) != size_bytes:
                partial.unlink(missing_ok=True)
                raise _other_file(response, int(length), size_bytes)
            write_json(notes, {"url": url, "validator": validator})
            meter.set(0)
        with partial.open("ab" if resumes else "wb") as stream:
            # In pieces as they come: pieces of a set size would be lost when the connection is cut within one.
            for chunk in response.iter_raw():
                stream.write(chunk)
                meter.add(len(chunk))
                if meter.done > size_bytes:
                    break
    if meter.done > size_bytes:
        partial.unlink(missing_ok=True)
        raise _other_file(response, meter.done, size_bytes)
    if meter.done < size_bytes:
        raise _Retry("the connection was cut")


def _persist(attempt: Callable[[], None], *, done: Callable[[], int], patience: Patience, meter: Meter) -> None:
    """Try until it works; give up after some attempts in a row that got no further than any before."""
    failures, furthest, message = 0, done(), meter.message
    while True:
        try:
            return attempt()
        except httpx.UnsupportedProtocol as error:
            raise DownloadError(f"The download address is not one of the web: {error}.") from error
        except (httpx.TransportError, _Retry) as error:
            failures = 0 if done() > furthest else failures + 1
            furthest = max(furthest, done())
            reason = f"no connection ({error})" if isinstance(error, httpx.ConnectError) else str(error)
            if failures >= patience.attempts:
                raise DownloadError(
                    f"The download did not finish: {reason}. What was received is kept. Check the connection and start "
                    "again: it goes on from there."
                ) from error
            meter.message = f"{message}: {reason}, trying again"
            _wait(patience.wait_after(failures, asked_s=getattr(error, "asked_s", None)), meter)
            meter.message = message
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadError(f"The download failed: {error}. Check the address and the network.") from error


def _accept(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in (200, 206):
        return
    if status in (408, 425, 429) or status >= 500:
        raise _Retry(f"the server answered {status}", asked_s=_asked_wait(response))
    raise DownloadError(
        f"The server answered {status} {response.reason_phrase} for {url}. The file may have moved: look at the "
        "corpus' home page, and update this package."
    )


def _asked_wait(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _same_file(response: httpx.Response, *, first: int, size_bytes: int) -> None:
    """Check that a part is the part that was asked for, of a file of the published size."""
    unit, _, rest = response.headers.get("content-range", "").partition(" ")
    span, _, total = rest.partition("/")
    if unit != "bytes" or span.partition("-")[0] != str(first):
        raise DownloadError(
            f"{response.url.host} sent another part of the file than was asked for ({unit} {rest}). Try again later."
        )
    if total not in ("*", str(size_bytes)):
        raise _other_file(response, total, size_bytes)


def _other_file(response: httpx.Response, got: int | str, expected: int) -> DownloadError:
    return DownloadError(
        f"{response.url.host} offers a file of {got} bytes where {expected} were published, so it is another file. "
        "Nothing of it was kept. Look at the corpus' home page, and update this package."
    )


def _read_notes(notes: Path) -> str | None:
    try:
        return json.loads(notes.read_text(encoding="utf-8"))["validator"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check(
    partial: Path,
    notes: Path,
    *,
    url: str,
    md5: str | None,
    cancel: CancelCallback | None,
    progress: ProgressCallback | None,
) -> None:
    if md5 is None:
        return
    meter = Meter(progress, total=partial.stat().st_size, unit="bytes", message="Checking", cancel=cancel)
    digest = hashlib.md5(usedforsecurity=False)
    with partial.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            meter.add(len(chunk))
    if digest.hexdigest() != md5:
        partial.unlink()
        notes.unlink(missing_ok=True)
        raise DownloadError(
            f"The file from {httpx.URL(url).host} has the checksum {digest.hexdigest()} where {md5} was published, so "
            "it is damaged or another file. It was deleted; start the download again."
        )


def _wait(seconds: float, meter: Meter) -> None:
    """Wait, while the meter still says why and still hears the wish to stop."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        meter.add(0)
        time.sleep(min(left, 0.25))
