"""Malformed inputs by the thousand: no crash, no hang, no traceback, no file outside its place, bounded memory.

Each input of `ser_core.testing.hostile` is put to whatever takes one of its kind, in a process of its own, so that a
crash or a hang is found and put down to the input that caused it. What failed is told with its number and the seed;
``python -m benchmarks.hostile_job SEED NUMBER NUMBER+1`` in an empty folder tries it again.
"""

import collections
import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from ser_core.settings import PROJECT_ROOT

COUNT, SEED = 10_000, 0
HANG_S = 5.0
GROWN_MIB, HELD_MIB = 512, 1024
# A machine may be busy: what takes longer than this is stopped; what took longer than `HANG_S` is tried again alone.
_PATIENCE_S = 12 * HANG_S
_START_S = 240.0
_TOLD_EVERY = 500
_ENDED = None


@dataclass
class Report:
    """What became of a series.

    Attributes
    ----------
    tried : int
        Inputs that were put to their targets.
    failures : list of str
        What must not happen, each with its case.
    slowest : float
        The longest time that one target took for one input, seconds.
    grown_mib, held_mib : float
        The most that one input added to the memory of the process on its way, and the most that it held after one.
    outcomes : Counter
        (target, outcome) -> number.
    """

    tried: int = 0
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    grown_mib: float = 0.0
    held_mib: float = 0.0
    outcomes: collections.Counter = field(default_factory=collections.Counter)


def measure(folder: Path) -> list[dict]:
    """Rows on the whole series."""
    report = attack(folder, count=COUNT, seed=SEED)
    for failure in report.failures:
        print(failure, file=sys.stderr)
    answered = sum(n for (_, outcome), n in report.outcomes.items() if outcome == "answered")
    rows = (
        ("tried", report.tried, "inputs", f">= {COUNT}"),
        ("crashes, hangs, tracebacks, files elsewhere", len(report.failures), "", "<= 0"),
        ("slowest answer or refusal", round(report.slowest, 2), "s", f"<= {HANG_S:g}"),
        ("most memory for one input", round(report.grown_mib), "MiB", f"<= {GROWN_MIB}"),
        ("memory held after any", round(report.held_mib), "MiB", f"<= {HELD_MIB}"),
        ("answered, as there was something to judge", round(answered / report.outcomes.total(), 2), "share", None),
    )
    return [
        {"what": f"hostile: {what}", "value": value, "unit": unit, "limit": limit} for what, value, unit, limit in rows
    ]


def attack(folder: Path, *, count: int, seed: int = SEED) -> Report:
    """Try the first `count` cases of a series.

    Parameters
    ----------
    folder : Path
        Where the processes work; whatever they write must stay in it.
    count : int
        Of inputs.
    seed : int
        Of the series.
    """
    report, slow, first = Report(), [], 0
    while first < count:
        first = _run(folder, range(first, count), seed, report, slow)
    for number, before in slow:
        again, still = Report(), []
        _run(folder, range(number, number + 1), seed, again, still)
        report.slowest = max(report.slowest, again.slowest, *(seconds for _, seconds in still))
        report.failures += [f"case {number} of seed {seed}: took {before:.1f} s, then {now:.1f} s" for _, now in still]
    return report


def _run(folder: Path, cases: range, seed: int, report: Report, slow: list[tuple[int, float]]) -> int:
    """Try cases in one process until they or it come to an end; the number of the next case."""
    job = [sys.executable, "-m", "benchmarks.hostile_job", str(seed), str(cases.start), str(cases.stop)]
    place = Path(tempfile.mkdtemp(dir=folder))
    errors = place.with_suffix(".stderr")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "OMP_NUM_THREADS": "1"}
    with errors.open("w+") as said:
        process = subprocess.Popen(job, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            current, running = _watch(process, cases, report, slow)
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        last = said.read()
    if running:
        how = "hung" if process.returncode == -9 else f"ended the process with {process.returncode}"
        report.failures.append(f"case {current} of seed {seed}: {how}; {last[-500:]}")
    elif current < cases.stop:
        raise RuntimeError(f"The process ended before case {current}: {last[-2000:]}")
    # Libraries written in C catch what a callback raises and print it.
    if "Traceback" in last and not running:
        at = last.index("Traceback")
        report.failures.append(f"cases {cases.start} to {current} of seed {seed} printed: {last[at : at + 1000]}")
    return current + running


def _watch(process, cases: range, report: Report, slow: list[tuple[int, float]]) -> tuple[int, bool]:
    """Follow a process; the case it came to, and whether it was still at it."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    current, running, patience = cases.start, False, _START_S
    with contextlib.suppress(queue.Empty):
        while (line := lines.get(timeout=patience)) is not _ENDED:
            event = json.loads(line)
            running, patience = event["event"] == "start", _PATIENCE_S
            current = event["number"] + (not running)
            if not running:
                _note(event, report, slow)
    if running and process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1.0)  # It closed its output a moment ago: its own end is to be told from ours.
    return current, running


def _read(process, lines: queue.Queue) -> None:
    for line in process.stdout:
        lines.put(line)
    lines.put(_ENDED)


def _note(event: dict, report: Report, slow: list[tuple[int, float]]) -> None:
    report.tried += 1
    if report.tried % _TOLD_EVERY == 0:
        print(f"{report.tried} inputs tried, {len(report.failures)} failures", file=sys.stderr, flush=True)
    report.outcomes.update((target, outcome) for target, outcome in event["outcomes"].items())
    case = f"case {event['number']} ({event['family']}, {event['way']})"
    report.failures += [f"{case}: {failure}" for failure in event["failures"]]
    if event["grown_mib"] > GROWN_MIB or event["rss_mib"] > HELD_MIB:
        report.failures.append(f"{case}: took {event['grown_mib']:.0f} MiB more, held {event['rss_mib']:.0f} MiB after")
    if event["seconds"] > HANG_S:
        slow.append((event["number"], event["seconds"]))
    else:
        report.slowest = max(report.slowest, event["seconds"])
    report.grown_mib = max(report.grown_mib, event["grown_mib"])
    report.held_mib = max(report.held_mib, event["rss_mib"])
