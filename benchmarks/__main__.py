"""``python -m benchmarks``: measure, print a table, write it as JSON."""

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    abstention,
    app_users,
    compare,
    corpus,
    explanation,
    explore,
    folds,
    hostile,
    prediction,
    recordings,
    service,
    throughput,
    upload,
)
from ser_core.cli.terminal import text_table
from ser_core.files import write_json

SUITES = {
    "throughput": throughput.measure,
    "prediction": prediction.measure,
    "corpus": corpus.measure,
    "explore": explore.measure,
    "compare": compare.measure,
    "abstention": abstention.measure,
    "explanation": explanation.measure,
    "recordings": recordings.measure,
    "folds": folds.measure,
    "service": service.measure,
    "users": app_users.measure,
    "upload": upload.measure,
    "hostile": hostile.measure,
}
#: Suites that run only where they are named: minutes of load on the whole machine.
ON_REQUEST = ("recordings", "folds", "service", "users", "upload", "hostile")
#: Cores that a suite may use: the limits are for so many.
CORES = {"corpus": 2, **dict.fromkeys(ON_REQUEST), "recordings": 2, "folds": 2}
#: Suites that come in two sizes.
SIZED = ("corpus", "recordings", "service", "upload")
#: Where a measurement lands; `reference.json` beside this file is the one that the README states.
RESULT = Path(__file__).parent.parent / "build" / "bench.json"


def main() -> int:
    """Run the suites that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "suites",
        nargs="*",
        choices=[*SUITES, []],
        help=f"what to measure (default: all but {', '.join(ON_REQUEST)})",
    )
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON file (default: %(default)s)")
    parser.add_argument(
        "--update", action="store_true", help="keep what the JSON file holds of suites that are not measured now"
    )
    parser.add_argument(
        "--size",
        choices=list(corpus.SIZES),
        default="quick",
        help=f"of {', '.join(SIZED)}; full takes all corpora at SER_DATA_ROOT, 50,000 made-up clips and 5 GB for a "
        "while, ten hours of speech and all models, and calls the service for two minutes",
    )
    options = parser.parse_args()
    machine = {"processor": _processor(), "python": platform.python_version(), "system": platform.system()}
    suites = options.suites or [suite for suite in SUITES if suite not in ON_REQUEST]
    kept = _kept(options.out, suites, machine) if options.update else []
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else None
    rows = []
    for name in suites:
        if cores:
            os.sched_setaffinity(0, cores[: CORES.get(name, 1)])
        sized = {"size": options.size} if name in SIZED else {}
        with tempfile.TemporaryDirectory() as folder:
            found = SUITES[name](Path(folder), **sized)
        about = {"suite": name, "measured": _now()}
        rows += [{**row, "ok": _ok(row), **about} for row in found]
    print(text_table(rows, ("what", "value", "unit", "limit", "ok")))
    write_json(options.out, {"measured": _now(), "machine": machine, "rows": [*kept, *rows]})
    print(
        f"\n{machine['processor']}, one core (two for whole corpora and the service's server); written to {options.out}"
    )
    return 0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _kept(file: Path, suites: list[str], machine: dict) -> list[dict]:
    """Rows of a former measurement of other suites; each says when it was measured."""
    if not file.is_file():
        return []
    former = json.loads(file.read_text(encoding="utf-8"))
    if former["machine"] != machine:
        sys.exit(f"{file} was measured on {former['machine']}, this is {machine}: name another --out.")
    return [row for row in former["rows"] if row["suite"] not in suites]


def _ok(row: dict) -> bool | None:
    if row["limit"] is None or row["value"] is None:
        return None
    sign, limit = row["limit"].split()
    return row["value"] >= float(limit) if sign == ">=" else row["value"] <= float(limit)


def _processor() -> str:
    """Name of the processor, where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
