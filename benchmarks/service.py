"""The service under load: fifty callers at once, no wrong answer, no dropped call, flat memory, clean refusals.

The server runs as ``python -m ser_core serve`` starts it, on two cores; the callers run on the others.
"""

import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import psutil

from benchmarks.clips import make_clips
from ser_core.serving import Predictor
from ser_core.settings import LIMITS, PROJECT_ROOT
from ser_core.testing import encode, silence

SIZES = {"quick": 15.0, "full": 120.0}
"""Size -> how long fifty callers call, seconds."""

CALLERS = 50
CLIPS = 24
SERVER_CORES = 2
BUSY = 0.9
"""Share of their cores that the server's processes must take to call them busy."""

_ALONE_CALLS = 150
_RAMP = (1, 2, 3, 4, 6, 8)
_STEP_S = 6.0
_START_S = 240.0
_MIB = 2**20
_ODDS = 1e-5


@dataclass
class Tally:
    """What callers were answered."""

    statuses: Counter = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    dropped: list[str] = field(default_factory=list)
    unexplained: int = 0


def measure(folder: Path, *, size: str = "quick") -> list[dict]:
    """Rows on speed, answers, memory and refusals."""
    clips = [path.read_bytes() for path in make_clips(folder, count=CLIPS)]
    predictor = Predictor.load()
    expected = [predictor.predict(clip).to_dict() for clip in clips]
    rows = []
    with _served() as (address, server):
        alone = asyncio.run(_call(address, clips, expected, callers=1, calls=_ALONE_CALLS))
        median = statistics.median(alone.seconds)
        rows.append(_row("one caller, median", round(1000 * median, 1), "ms", None))
        rows += _busy_rows(address, server, clips, expected, median)
        watch = Watch(server)
        with watch:
            crowd = asyncio.run(_call(address, clips, expected, callers=CALLERS, seconds=SIZES[size]))
        rows += _crowd_rows(crowd, watch, seconds=SIZES[size])
        rows += _refusal_rows(address, clips[0])
    with _served(SER_API_WAITING="8") as (address, _):
        full = asyncio.run(_call(address, clips, expected, callers=CALLERS, seconds=_STEP_S))
    rows.append(_row("room for 8: answered 200 and right", full.statuses[200] - full.wrong, "calls", ">= 1"))
    rows.append(_row("room for 8: sent away with 429", full.statuses[429], "calls", ">= 1"))
    others = full.statuses.total() - full.statuses[200] - full.statuses[429] + full.wrong + full.unexplained
    rows.append(_row("room for 8: anything else, or dropped", others + len(full.dropped), "calls", "<= 0"))
    with _served(SER_API_RATE="20/minute") as (address, _):
        rated = asyncio.run(_call(address, clips, expected, callers=4, calls=15))
    rows.append(_row("20 a minute allowed: answered", rated.statuses[200], "calls of 60", "<= 20"))
    rows.append(_row("20 a minute allowed: sent away with 429", rated.statuses[429], "calls of 60", ">= 40"))
    return rows


def _busy_rows(address: str, server: psutil.Process, clips, expected, median: float) -> list[dict]:
    """The delay at the least number of callers that keeps both cores busy."""
    for callers in _RAMP:
        before, start = worked(server), time.perf_counter()
        tally = asyncio.run(_call(address, clips, expected, callers=callers, seconds=_STEP_S))
        share = (worked(server) - before) / (time.perf_counter() - start) / SERVER_CORES
        if share >= BUSY:
            break
    p95 = float(np.percentile(tally.seconds, 95))
    what = f"{callers} callers keep {share:.0%} of {SERVER_CORES} cores busy"
    return [
        _row(f"{what}: 95th percentile", round(1000 * p95, 1), "ms", None),
        _row(f"{what}: over the median of one caller", round(p95 / median, 2), "times", "<= 5"),
        _row(f"{what}: answered", round(len(tally.seconds) / _STEP_S), "clips/s", None),
    ]


def _crowd_rows(crowd: Tally, watch: "Watch", *, seconds: float) -> list[dict]:
    what = f"{CALLERS} callers for {seconds:.0f} s"
    first, last = watch.halves()
    return [
        _row(f"{what}: answered", crowd.statuses[200], "calls", ">= 1"),
        _row(f"{what}: wrong answers", crowd.wrong, "calls", "<= 0"),
        _row(
            f"{what}: dropped or refused",
            len(crowd.dropped) + crowd.statuses.total() - crowd.statuses[200],
            "calls",
            "<= 0",
        ),
        _row(f"{what}: 95th percentile", round(1000 * float(np.percentile(crowd.seconds, 95))), "ms", None),
        _row(f"{what}: most memory, {watch.processes} processes", round(watch.most / _MIB), "MiB", None),
        _row(f"{what}: memory, second half over first", round((last - first) / _MIB, 1), "MiB", "<= 10"),
    ]


def _refusal_rows(address: str, clip: bytes) -> list[dict]:
    """Each refusal with its status, by a server that goes on answering."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LIMITS.max_bytes // _MIB + 2):
            yield bytes(_MIB)

    async def call() -> list[tuple[str, int, int]]:
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            tries = (
                ("26 MB", 413, {"content": bytes(LIMITS.max_bytes + _MIB)}),
                ("26 MB, length not announced", 413, {"content": endless()}),
                ("61 s", 413, {"content": encode(silence(LIMITS.max_duration_s + 1, sr=8000), sr=8000)}),
                ("a text", 415, {"content": b"Dear Sir"}),
                ("half a FLAC header", 415, {"content": b"fLaC\0\0\0\x22"}),
                ("silence", 422, {"content": encode(silence(1.0))}),
                ("a form without a clip", 422, {"files": {"other": ("a.wav", clip)}}),
                ("an unknown model", 404, {"content": clip, "params": {"model": "none"}}),
                ("a clip", 200, {"content": clip}),
            )
            return [(what, status, await _status(client, given)) for what, status, given in tries]

    tries = asyncio.run(call())
    return [
        _row(f"{what} gets {status}", got, "status", f"{sign} {status}")
        for what, status, got in tries
        for sign in (">=", "<=")
    ]


async def _status(client: httpx.AsyncClient, given: dict) -> int:
    try:
        return (await client.post("/predict", **given)).status_code
    except httpx.TransportError as error:
        print(f"dropped: {error!r}", file=sys.stderr)
        return -1


async def _call(address, clips, expected, *, callers: int, seconds: float = np.inf, calls: int = sys.maxsize) -> Tally:
    """Let callers call one after the other, each as soon as it is answered."""
    tally, end = Tally(), time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=callers, max_keepalive_connections=callers)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:

        async def caller(first: int) -> None:
            for number in range(calls):
                if time.perf_counter() > end:
                    return
                await _one(client, clips, expected, (first + number) % len(clips), tally)

        await asyncio.gather(*(caller(first) for first in range(callers)))
    return tally


async def _one(client: httpx.AsyncClient, clips, expected, i: int, tally: Tally) -> None:
    start = time.perf_counter()
    try:
        answer = await client.post("/predict", content=clips[i])
    except httpx.TransportError as error:
        tally.dropped.append(repr(error))
        return
    tally.statuses[answer.status_code] += 1
    if answer.status_code == 200:
        tally.seconds.append(time.perf_counter() - start)
        tally.wrong += not _same(answer.json(), expected[i])
    else:
        tally.unexplained += not (answer.json().get("detail") and answer.headers.get("retry-after", "").isdecimal())
        await asyncio.sleep(0.05)  # A caller that comes back at once would measure itself.


def _same(got: dict, wanted: dict) -> bool:
    plain = {"seconds": 0, "probabilities": 0, "top": 0}
    near = all(abs(got["probabilities"][name] - p) < _ODDS for name, p in wanted["probabilities"].items())
    return near and {**got, **plain} == {**wanted, **plain}


class Watch:
    """Samples the memory of a process and its children: what they share is counted once (proportional set size)."""

    def __init__(self, process: psutil.Process):
        self._process, self._ended = process, threading.Event()
        self._samples: list[int] = []
        self.processes = 0

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def most(self) -> int:
        """The largest sample, bytes."""
        return max(self._samples)

    def halves(self) -> tuple[float, float]:
        """Medians of the samples' halves, bytes, without the first tenth, in which buffers grow."""
        settled = self._samples[len(self._samples) // 10 :]
        middle = len(settled) // 2
        return statistics.median(settled[:middle]), statistics.median(settled[middle:])

    def _run(self) -> None:
        while not self._ended.wait(0.5):
            family = [self._process, *self._process.children(recursive=True)]
            self.processes = len(family)
            self._samples.append(sum(_memory(process) for process in family))


def _memory(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        info = process.memory_full_info()
        return getattr(info, "pss", info.rss)
    return 0


def worked(process: psutil.Process) -> float:
    """Processor time of a process and its children, seconds."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def _served(**environment: str) -> Iterator[tuple[str, psutil.Process]]:
    """The address and process of a server on two cores; this process keeps to the others."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    port = free_port()
    command = [sys.executable, "-m", "ser_core", "serve", "--port", str(port), "--log-level", "warning"]
    if len(cores) > SERVER_CORES:
        os.sched_setaffinity(0, cores[:SERVER_CORES])  # The server inherits them.
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, env={**os.environ, **environment})
    if len(cores) > SERVER_CORES:
        os.sched_setaffinity(0, cores[SERVER_CORES:])
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)
        if cores:
            os.sched_setaffinity(0, cores)


def _wait(address: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/ready").status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"The server was not ready within {_START_S:.0f} s (exit status {process.poll()}).")


def _row(what: str, value: float, unit: str, limit: str | None) -> dict:
    return {"what": f"service: {what}", "value": value, "unit": unit, "limit": limit}
