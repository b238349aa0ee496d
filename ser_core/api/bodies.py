"""What callers send: read no further than is allowed."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
from fastapi import Request
from starlette.datastructures import UploadFile

from ser_core.api import archives
from ser_core.api.options import Options
from ser_core.api.problems import BadRequest, Slow
from ser_core.errors import LargeAudioError

ENVELOPE_BYTES = 64 * 1024
"""What a multipart envelope (boundaries, headers) may add to the files themselves, bytes."""

PATIENCE_S = 20.0
"""How long a body may pause, seconds."""

SLOWEST = 16 * 1024
"""What has to come on average once `PATIENCE_S` is over, bytes per second: who sends a byte now and then would take
the place of others for as long as he likes."""

Hold = Callable[[int], None]
"""Is told how many more bytes are kept in memory, and may refuse."""

_CLIP = {"type": "string", "format": "binary"}


def described(words: str, *, several: bool = False) -> dict[str, Any]:
    """The body of an endpoint for its OpenAPI description."""
    field, schema = ("files", {"type": "array", "items": _CLIP}) if several else ("file", _CLIP)
    form = {"schema": {"type": "object", "required": [field], "properties": {field: schema}}}
    kinds = archives.TYPES[:1] if several else ("application/octet-stream", "audio/*")
    bare = {kind: {"schema": _CLIP} for kind in kinds}
    return {"requestBody": {"required": True, "description": words, "content": {"multipart/form-data": form, **bare}}}


async def one_file(request: Request, *, limit: int, hold: Hold) -> tuple[bytes, str]:
    """The file in a request and its name: the form field ``file``, or the bare body.

    Raises
    ------
    LargeAudioError
        As soon as more than `limit` bytes have come or were announced.
    BadRequest
        If a form holds no file.
    """
    if not is_form(request):
        return await _body(request, limit=limit, hold=hold), ""
    (upload, *_) = await _uploads(request, field="file", limit=limit, most=1, hold=hold) or (None,)
    if upload is None:
        raise BadRequest("The form holds no file. Send the clip as the field 'file', or as the bare body.")
    return upload


async def several_files(request: Request, *, options: Options, hold: Hold) -> list[tuple[bytes, str]]:
    """The files of the form field ``files``, or of a zip file that is the bare body, with their names.

    Raises
    ------
    LargeAudioError
        As `one_file` does, for all of them together.
    BadRequest
        If there are none, too many, or the body is neither.
    """
    limit, most = options.batch_bytes, options.batch_files
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in archives.TYPES:
        content = await _body(request, limit=limit, hold=hold)
        uploads = await anyio.to_thread.run_sync(archives.clips_of, content, options)
        hold(sum(len(clip) for clip, _ in uploads))
    else:
        form = is_form(request)
        uploads = await _uploads(request, field="files", limit=limit, most=most, hold=hold) if form else []
    if not uploads:
        raise BadRequest("Send the clips as the field 'files' of a form, again for each, or as a zip file.")
    return uploads


async def to_file(request: Request, file: Path, *, limit: int, hold: Hold) -> str:
    """Write the bare body or the form's ``file`` to disk while it comes; its name.

    A form is read into memory, for its envelope has to be taken off: what is longer than `FORM_BYTES` must come bare.
    """
    if is_form(request):
        content, name = await one_file(request, limit=min(limit, FORM_BYTES), hold=hold)
        file.write_bytes(content)
        return name
    with file.open("wb") as target:
        await _read(request, target.write, limit=limit)
    return ""


FORM_BYTES = 64 * 2**20
"""Longest recording that may come in a form, bytes."""


def is_form(request: Request) -> bool:
    """Whether the body is a multipart form."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def _uploads(request: Request, *, field: str, limit: int, most: int, hold: Hold) -> list[tuple[bytes, str]]:
    body = await _body(request, limit=limit + ENVELOPE_BYTES * most, hold=hold)
    hold(len(body))  # The parts are copies.

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, receive).form(max_files=most, max_fields=8) as form:
        found = [upload for upload in form.getlist(field) if isinstance(upload, UploadFile)]
        return [(await upload.read(), upload.filename or "") for upload in found]


async def _body(request: Request, *, limit: int, hold: Hold) -> bytes:
    received: list[bytes] = []

    def take(chunk: bytes) -> None:
        hold(len(chunk))
        received.append(chunk)

    await _read(request, take, limit=limit)
    return b"".join(received)


async def _read(request: Request, take: Callable[[bytes], Any], *, limit: int) -> None:
    announced = request.headers.get("content-length", "")
    count = int(announced) if announced.isdecimal() else 0
    if count <= limit:
        count = 0
        async for chunk in _in_time(request):
            count += len(chunk)
            if count > limit:
                break
            take(chunk)
    if count > limit:
        raise LargeAudioError(
            f"More than {limit / 2**20:.0f} MB were sent.", advice="Cut out what matters, or convert it to FLAC or MP3."
        )


async def _in_time(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes, unless it comes too slowly."""
    start, count, stream = time.monotonic(), 0, request.stream()
    while True:
        chunk = None
        with anyio.move_on_after(PATIENCE_S):
            chunk = await anext(stream, b"")
        late = time.monotonic() - start - PATIENCE_S
        if chunk is None or count < late * SLOWEST:
            raise Slow(f"The body came too slowly: {count} bytes in {late + PATIENCE_S:.0f} s. Send it at once.")
        if not chunk:
            return
        count += len(chunk)
        yield chunk
