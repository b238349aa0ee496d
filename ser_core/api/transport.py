"""What lies between the endpoints and the connection: headers that every answer has, and answers that arrive."""

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DRAINED_BYTES = 64 * 2**20
_DRAINED_UNANNOUNCED_BYTES = 2**20
_DRAINED_S = 10.0

# What is said about a voice is for who asked: neither a proxy nor a browser keeps it, or takes it for anything else.
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class Sealed:
    """Middleware that adds the headers of safety to every answer."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def seal(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, seal if scope["type"] == "http" else send)


class Drained:
    """Middleware that reads what is left of a request's body before it is refused.

    A connection that is closed while its caller still sends is reset, and the caller may never read why. What is left
    is read and thrown away within bounds: as much as was announced, or a little where nothing was.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = ended = False

        async def watch() -> Message:
            nonlocal begun, ended
            begun = True
            message = await receive()
            ended = ended or not message.get("more_body", False)
            return message

        async def drain(message: Message) -> None:
            nonlocal ended
            headers = Headers(scope=scope)
            if message["type"] == "http.response.start" and not ended:
                # Who asks first whether to send has not sent, and need not; who was too slow is waited for no more.
                if message["status"] != 408 and (begun or "expect" not in headers):
                    await _throw_away(headers, watch, lambda: ended)
                ended = True
            await send(message)

        await self.app(scope, watch, drain)


async def _throw_away(headers: Headers, receive: Receive, ended) -> None:
    announced = headers.get("content-length", "")
    chunked = "transfer-encoding" in headers
    if not chunked and announced in ("", "0"):
        return
    left = _DRAINED_UNANNOUNCED_BYTES
    if announced.isdecimal():
        left = int(announced) if int(announced) <= _DRAINED_BYTES else 0
    with anyio.move_on_after(_DRAINED_S):
        while left > 0 and not ended():
            left -= len((await receive()).get("body", b""))
