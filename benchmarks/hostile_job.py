"""Malformed inputs put to everything that takes one, in a process of its own: what is tried is whether it survives.

``python -m benchmarks.hostile_job SEED FIRST STOP`` works in the current folder, which should be empty, and prints a
line of JSON before and after each case; who started it notices when one does not come to its end.
"""

import contextlib
import json
import os
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import psutil

from benchmarks.hostile_writes import Fence
from ser_core.errors import SERError
from ser_core.testing.hostile import Case, make_case

# Far above what is needed and far below what harms the machine: a reader that believes a size fails here.
_ADDRESS_SPACE = 5 * 2**30


def main() -> None:
    """Try the cases from FIRST up to STOP."""
    # Once here and not with the first case, whose time it would be.
    from benchmarks import hostile_targets

    seed, first, stop = (int(text) for text in sys.argv[1:])
    # Decoders print what they like: the way to who started this is kept apart from it.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    place = Path.cwd().resolve()
    os.environ.update(SER_OWN_DIR=str(place / "own"), SER_CACHE_DIR=str(place / "cache"))
    os.environ["TMPDIR"] = str(place / "temporary")
    (place / "temporary").mkdir(exist_ok=True)
    targets = hostile_targets.make_targets(place)
    fence = Fence(place)
    for number in range(first, stop):
        case = make_case(number, seed=seed)
        _say(channel, case, event="start")
        _say(channel, case, event="end", **_attempt(case, targets[case.family], fence))


def _attempt(case: Case, targets: dict[str, Callable], fence: Fence) -> dict:
    """What became of it: answers by target, the longest time of one, seconds, and the most memory on the way, MiB."""
    outcomes, slowest, failures = {}, 0.0, []
    _forget_peak()
    before = psutil.Process().memory_info().rss
    for name, target in targets.items():
        start, waited = time.perf_counter(), _waited()
        with fence.watching(failures):
            try:
                outcomes[name] = target(case.content) or "answered"
            except SERError as error:
                outcomes[name] = type(error).__name__
                if not str(error).strip():
                    failures.append(f"{name}: {type(error).__name__} without a word")
            except BaseException:
                outcomes[name] = "failed"
                failures.append(f"{name}: {traceback.format_exc(limit=-3)}")
        slowest = max(slowest, time.perf_counter() - start - (_waited() - waited))
    for folder in ("own", "temporary", "work"):
        left = [path for path in Path(folder).rglob("*") if path.is_file()]
        if left and folder != "work":
            failures.append(f"left behind: {', '.join(map(str, left[:3]))!r}")
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(exist_ok=True)
    peak = (_peak() - before) / 2**20
    now = psutil.Process().memory_info().rss / 2**20
    return {"outcomes": outcomes, "seconds": slowest, "grown_mib": peak, "rss_mib": now, "failures": failures}


def _say(channel: TextIO, case: Case, **more) -> None:
    print(json.dumps({"number": case.number, "family": case.family, "way": case.way, **more}), file=channel, flush=True)


def _forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak of the resident set.


def _peak() -> int:
    """Largest resident set since `_forget_peak`, bytes; where the system does not tell, the present one."""
    for line in _status():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    return psutil.Process().memory_info().rss


def _waited() -> float:
    """How long this thread was ready to run and no core was free, seconds; 0 where the system does not tell.

    It is taken off the times: on a busy machine everything is slow, and that is no hang.
    """
    with contextlib.suppress(OSError):
        return (
            int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
        )  # Documentation/scheduler/sched-stats
    return 0.0


def _status() -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield from Path("/proc/self/status").read_text().splitlines()


if __name__ == "__main__":
    main()
