"""Bytes from a server: a large file that goes on where it stopped, a part of one, or a small one whole.

A file appears under its name only when it is complete and checked. What came so far lies beside it as ``.partial``,
and ``.partial.json`` says of which file that is a part: servers ignore ranges, or hold another file than before.
"""

import hashlib
import json
from pathlib import Path

import httpx

from ser_core.corpora.connection import PATIENCE, Patience, Retry, accept, connect, persist
from ser_core.errors import DownloadError
from ser_core.files import write_json
from ser_core.progress import CancelCallback, Meter, ProgressCallback, check_cancel


def fetch(
    url: str,
    target: Path,
    *,
    size_bytes: int | None,
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
    size_bytes : int or None
        Its published size; None where none is published, then the size that the server states must be reached.
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
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _Partial(target, published=size_bytes)
    if partial.size_bytes is not None and partial.done > partial.size_bytes:
        partial.discard()
    total, done = partial.size_bytes, partial.done
    meter = Meter(progress, total=total, unit="bytes", message=message, cancel=cancel, done=done)
    check_cancel(cancel)
    if total is None or done < total:
        with connect(patience) as client:
            persist(
                lambda: _receive(client, url, partial, meter=meter),
                done=lambda: partial.done,
                patience=patience,
                meter=meter,
            )
        meter.finish()
    _check(partial, url=url, md5=md5, cancel=cancel, progress=progress)
    partial.file.replace(target)
    partial.notes.unlink(missing_ok=True)
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
            accept(response, url)
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
            raise Retry("the connection was cut")

    persist(receive, done=lambda: 0, patience=patience, meter=meter)
    return bytes(received)


def fetch_whole(
    client: httpx.Client, url: str, *, max_bytes: int, meter: Meter, patience: Patience = PATIENCE
) -> bytes:
    """A small file; `meter` says why it waits, but counts nothing.

    Raises
    ------
    DownloadError
        If the server gives up, or sends more than `max_bytes`.
    CancelledError
        If the user asked to stop.
    """
    received = bytearray()

    def receive() -> None:
        received.clear()
        with client.stream("GET", url) as response:
            accept(response, url)
            length = response.headers.get("content-length", "")
            for chunk in response.iter_raw():
                received.extend(chunk)
                meter.add(0)
                if len(received) > max_bytes:
                    raise DownloadError(
                        f"{response.url.host} sends more than {max_bytes} bytes for {url}; stopped there."
                    )
        if length.isdigit() and len(received) < int(length):
            raise Retry("the connection was cut")

    persist(receive, done=lambda: 0, patience=patience, meter=meter)
    return bytes(received)


class _Partial:
    """What came of a file so far, and what is known of the whole.

    Attributes
    ----------
    file, notes : Path
        The bytes, and the address, version and size of the file they are a part of.
    published : int or None
        Published size of the whole.
    size_bytes : int or None
        Published size, else what the server stated.
    """

    def __init__(self, target: Path, *, published: int | None):
        self.file = target.with_name(target.name + ".partial")
        self.notes = target.with_name(target.name + ".partial.json")
        self.published = published
        self.size_bytes = published if published is not None else self._noted("size_bytes")

    @property
    def done(self) -> int:
        """Bytes that are here."""
        return self.file.stat().st_size if self.file.exists() else 0

    @property
    def validator(self) -> str | None:
        """The version of the file that the server stated when the download began."""
        return self._noted("validator")

    def note(self, url: str, validator: str | None) -> None:
        write_json(self.notes, {"url": url, "validator": validator, "size_bytes": self.size_bytes})

    def discard(self) -> None:
        self.file.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)
        self.size_bytes = self.published

    def _noted(self, what: str):
        try:
            return json.loads(self.notes.read_text(encoding="utf-8")).get(what)
        except (OSError, ValueError, AttributeError):
            return None


def _receive(client: httpx.Client, url: str, partial: _Partial, *, meter: Meter) -> None:
    """One attempt: the rest of the file, or all of it where the server does not give the rest."""
    done = partial.done
    headers = {"Range": f"bytes={done}-"} if done else {}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:
            partial.discard()
            raise Retry("the server does not know the rest of the file")
        accept(response, url)
        resumes = response.status_code == 206 and done > 0
        validator = response.headers.get("etag") or response.headers.get("last-modified")
        if resumes:
            _same_file(response, first=done, size_bytes=partial.size_bytes)
            # Compared here rather than sent as If-Range: servers that hand the file on from a store often answer
            # If-Range with the whole file, and a download would never get past its first cut.
            if partial.validator != validator:
                partial.discard()
                raise Retry("the file on the server has changed since")
        else:
            length = response.headers.get("content-length")
            if partial.published is None:
                partial.size_bytes = int(length) if length is not None else None
                meter.total = partial.size_bytes
            elif length is not None and int(length) != partial.published:
                partial.discard()
                raise _other_file(response, int(length), partial.published)
            partial.note(url, validator)
            meter.set(0)
        _write(response, partial, append=resumes, meter=meter)


def _write(response: httpx.Response, partial: _Partial, *, append: bool, meter: Meter) -> None:
    """Take the bytes as they come, and judge at the end whether they are all."""
    size = partial.size_bytes
    with partial.file.open("ab" if append else "wb") as stream:
        # In pieces as they come: pieces of a set size would be lost when the connection is cut within one.
        for chunk in response.iter_raw():
            stream.write(chunk)
            meter.add(len(chunk))
            if size is not None and meter.done > size:
                break
    if size is not None and meter.done > size:
        partial.discard()
        raise _other_file(response, meter.done, size)
    if size is not None and meter.done < size:
        raise Retry("the connection was cut")


def _same_file(response: httpx.Response, *, first: int, size_bytes: int | None) -> None:
    """Check that a part is the part that was asked for, of a file of the known size."""
    unit, _, rest = response.headers.get("content-range", "").partition(" ")
    span, _, total = rest.partition("/")
    if unit != "bytes" or span.partition("-")[0] != str(first):
        raise DownloadError(
            f"{response.url.host} sent another part of the file than was asked for ({unit} {rest}). Try again later."
        )
    if size_bytes is not None and total not in ("*", str(size_bytes)):
        raise _other_file(response, total, size_bytes)


def _other_file(response: httpx.Response, got: int | str, expected: int) -> DownloadError:
    return DownloadError(
        f"{response.url.host} offers a file of {got} bytes where {expected} were stated, so it is another file. "
        "Nothing of it was kept. Look at the corpus' home page, and update this package."
    )


def _check(
    partial: _Partial,
    *,
    url: str,
    md5: str | None,
    cancel: CancelCallback | None,
    progress: ProgressCallback | None,
) -> None:
    if md5 is None:
        return
    meter = Meter(progress, total=partial.done, unit="bytes", message="Checking", cancel=cancel)
    digest = hashlib.md5(usedforsecurity=False)
    with partial.file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            meter.add(len(chunk))
    if digest.hexdigest() != md5:
        partial.discard()
        raise DownloadError(
            f"The file from {httpx.URL(url).host} has the checksum {digest.hexdigest()} where {md5} was published, so "
            "it is damaged or another file. It was deleted; start the download again."
        )
