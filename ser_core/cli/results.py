"""``results``: the figures of all runs, computed from their stored predictions."""

import argparse
import json
from pathlib import Path

from ser_core.cli.terminal import text_table

COLUMNS = ("run", "seeds", "uar", "uar_low", "uar_high", "uar_spread", "accuracy", "macro_f1", "top3", "n_test")


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "results",
        help="print the figures of every run, computed from its stored per-clip predictions",
        description="UAR with its 95%% interval (bootstrap over speakers) and accuracy of every run.",
    )
    parser.add_argument("--runs", type=Path, help="folder of run folders (default: the shipped runs)")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="RUNS",
        help="compare with the runs in this folder: did training again give the same?",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Print one row per run; with ``--against``, exit status 1 where a run was not reproduced."""
    from ser_core.experiments import differences, list_runs, result

    runs = list_runs(options.runs)
    status = 0
    if options.against:
        rows = differences(runs, list_runs(options.against))
        columns = None
        status = int(any(row["reproduced"] is False for row in rows))
    else:
        rows = [result(each) for each in runs]
        columns = COLUMNS
    if options.json:
        for row in rows:
            print(json.dumps(row))
    elif rows:
        print(text_table(rows, columns))
    else:
        print("No runs there yet; `python -m ser_core train svm --corpus ravdess` makes one.")
    return status
