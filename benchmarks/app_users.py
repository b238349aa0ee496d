"""Twenty people in the app at once: each uploads a clip of their own, gets its answer, and sees nobody else's."""

import asyncio
import html
import os
import statistics
import subprocess
import sys
import time
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.service import Watch, free_port
from benchmarks.visitor import Visitor
from ser_core import corpora
from ser_core.audio import decode, encode_wav
from ser_core.figures.prediction import percent
from ser_core.serving import Prediction, Predictor
from ser_core.settings import PROJECT_ROOT

USERS = 20
LIMIT_MIB = 1024
_START_S = 90.0
_MIB = 2**20
_PAGE, _UPLOAD, _HISTORY = "Predict", "view=clip&voice=Upload", "view=history"


@dataclass
class Visit:
    """What one of them did and should see."""

    name: str
    content: bytes
    expected: Prediction
    seconds: float = 0.0
    served: bool = False
    saw: str = ""
    sounds: frozenset[str] = frozenset()


def measure(folder: Path, *, users: int = USERS) -> list[dict]:
    """Rows on what was served, what was seen, how long it took and the memory of the server."""
    visits = _visits(users)
    with served_app(folder) as (address, server):
        watch = Watch(server)
        with watch:
            asyncio.run(_all(address, visits))
        times = server.cpu_times()
    others = [(visit, other) for visit in visits for other in visits if other is not visit]
    foreign = sum(other.name in visit.saw for visit, other in others)
    shared = sum(bool(other.sounds & visit.sounds) for visit, other in others)
    rows = (
        ("got the answer to their own clip, and hear it", sum(v.served for v in visits), "users", f">= {users}"),
        ("names of others' clips seen, history included", foreign, "names", "<= 0"),
        ("others' audio played", shared, "sounds", "<= 0"),
        ("upload to answer, median", round(statistics.median(v.seconds for v in visits), 2), "s", None),
        ("upload to answer, slowest", round(max(v.seconds for v in visits), 2), "s", None),
        ("processor time of the server", round(times.user + times.system, 1), "s", None),
        ("memory of the server at most", round(watch.most / _MIB), "MiB", f"<= {LIMIT_MIB}"),
    )
    return [
        {"what": f"{users} users at once: {what}", "value": value, "unit": unit, "limit": limit}
        for what, value, unit, limit in rows
    ]


def _visits(users: int) -> list[Visit]:
    demo = corpora.get("demo")
    paths = [demo.clip_path(path) for path in demo.manifest()["path"].iloc[:users]]
    predictor = Predictor.load()
    contents = [path.read_bytes() for path in paths]
    return [
        Visit(f"voice-of-{i:02d}{path.suffix}", content, predictor.predict(content))
        for i, (path, content) in enumerate(zip(paths, contents, strict=True))
    ]


async def _all(address: str, visits: list[Visit]) -> None:
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(address)) for _ in visits]
        await asyncio.gather(*(visitor.open(_PAGE, _UPLOAD) for visitor in visitors))
        await asyncio.gather(*(_hear(visitor, visit) for visitor, visit in zip(visitors, visits, strict=True)))
        # Once everybody's clip is on the server: what does each see?
        await asyncio.gather(*(_look(visitor, visit) for visitor, visit in zip(visitors, visits, strict=True)))


async def _hear(visitor: Visitor, visit: Visit) -> None:
    start = time.perf_counter()
    await visitor.upload(_PAGE, _UPLOAD, name=visit.name, content=visit.content)
    visit.seconds = time.perf_counter() - start
    prediction = visit.expected
    said = [html.escape(prediction.opening), visit.name]
    if not prediction.abstained:
        said.append(percent(prediction.confidence))
    audio = decode(visit.content)
    heard = [await visitor.fetch(address) for address in visitor.sounds]
    visit.served = (
        not visitor.failures
        and all(text in visitor.text for text in said)
        and encode_wav(audio.signal, sr=audio.sr) in heard
    )
    if not visit.served:
        print(f"{visit.name}: wanted {said}, failures {visitor.failures}, {len(heard)} sounds", file=sys.stderr)
    visit.saw += visitor.text
    visit.sounds = frozenset(visitor.sounds)


async def _look(visitor: Visitor, visit: Visit) -> None:
    for query in (_HISTORY, _UPLOAD, "view=clip&voice=Sample"):
        await visitor.open(_PAGE, query)
        visit.saw += visitor.text
        if query == _HISTORY and visit.name not in visitor.text:
            print(f"{visit.name}: is not in its own history", file=sys.stderr)
            visit.served = False


@contextmanager
def served_app(folder: Path):
    """An app started for the occasion: its address, and its process."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true"]
    process = subprocess.Popen(
        [*command, f"--server.port={port}", "--server.address=127.0.0.1"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "SER_DATA_ROOT": str(folder / "corpora"), "SER_CACHE_DIR": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + _START_S
    try:
        while True:
            try:
                if httpx.get(f"{address}/_stcore/health").status_code == 200:
                    break
            except httpx.TransportError:
                if time.monotonic() > end or process.poll() is not None:
                    raise
            time.sleep(0.2)
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)
