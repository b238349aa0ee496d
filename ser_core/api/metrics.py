"""What a server does, as Prometheus reads it."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24)


class Metrics:
    """The counters of one server."""

    def __init__(self):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        names = ("endpoint", "status")
        self.requests = Counter("ser_requests", "Requests answered", names, registry=self.registry)
        self.seconds = Histogram(
            "ser_request_seconds",
            "Time to the answer, seconds",
            ("endpoint",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.inside = Gauge("ser_requests_in_progress", "Requests being answered", registry=self.registry)
        self.clips = Counter("ser_clips", "Clips judged", ("model", "label"), registry=self.registry)
        self.heard = Counter("ser_recording_seconds", "Recordings judged, seconds of sound", registry=self.registry)

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self.registry)


class Counted:
    """Middleware that counts and times requests by endpoint, not by address: an address can be anything."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics):
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.metrics.inside.inc()
        try:
            await self.app(scope, receive, watch)
        finally:
            self.metrics.inside.dec()
            route = scope.get("route")
            endpoint = route.path if route is not None else "none"
            self.metrics.requests.labels(endpoint, str(status)).inc()
            self.metrics.seconds.labels(endpoint).observe(time.perf_counter() - start)
