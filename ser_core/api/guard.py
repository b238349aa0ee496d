"""Who may call, how often, and how many at once."""

import secrets
from collections.abc import AsyncIterator

from fastapi import Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ser_core.api.options import Options
from ser_core.api.problems import Busy, Unauthorized

# What a caller is told who comes when everybody is busy: most answers take milliseconds.
_RETRY_S = 1


class Guard:
    """The door of a server; its methods are dependencies of the endpoints and run before a body is read.

    They are asynchronous so that they run on the event loop, one at a time: the counters need no lock.
    """

    def __init__(self, options: Options):
        self._options = options
        self._rate = parse(options.rate) if options.rate else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self.inside = 0
        self.held = 0

    async def known(self, request: Request) -> None:
        """Let in who shows the key, as ``Authorization: Bearer KEY`` or ``X-API-Key: KEY``.

        Raises
        ------
        Unauthorized
            If the key is missing or another one.
        """
        if self._options.key is None:
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        # Headers are bytes, which the framework reads as Latin-1; the key may hold any letters.
        if not secrets.compare_digest(shown.encode("latin-1"), self._options.key.encode()):
            raise Unauthorized("This server asks for a key: send it as 'Authorization: Bearer KEY' or 'X-API-Key'.")

    async def rated(self, request: Request) -> None:
        """Let in who has not called too often.

        Raises
        ------
        Busy
            If the caller's rate is used up.
        """
        caller = request.client.host if request.client else "unknown"
        if self._rate and not self._limiter.hit(self._rate, caller):
            raise Busy(f"At most {self._options.rate} calls are allowed.", retry_s=max(1, self._rate.get_expiry()))

    async def admitted(self, request: Request) -> AsyncIterator[None]:
        """Let in as many at once as the server has room for; `hold` tells how much of it a caller takes.

        Raises
        ------
        Busy
            If it is full.
        """
        if self.inside >= self._options.waiting:
            raise Busy(f"{self.inside} calls are being answered, more would only wait.", retry_s=_RETRY_S)
        self.inside += 1
        request.state.held = 0
        try:
            yield
        finally:
            self.inside -= 1
            self.held -= request.state.held

    def hold(self, request: Request, count: int) -> None:
        """Keep `count` more bytes of an admitted request in memory, until it is answered.

        Raises
        ------
        Busy
            If all bodies together would take more than they may.
        """
        if self.held + count > self._options.held_bytes:
            raise Busy("The clips being answered fill the memory that is set aside for them.", retry_s=_RETRY_S)
        self.held += count
        request.state.held += count
