"""``evaluate``: everything that is known of one run, or whether several differ."""

import argparse
import json
from pathlib import Path

from ser_core.cli.terminal import text_table

_P = ("p", "p_holm", "mcnemar_p", "mcnemar_holm")


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "evaluate",
        help="print the scores of a run in full, or of several with the significance of their differences",
        description=(
            "Of one run: scores with intervals, emotions, confusion, calibration, learning curve. Of several: scores "
            "side by side and every pair of them tested."
        ),
    )
    parser.add_argument(
        "run",
        nargs="+",
        metavar="RUN",
        help="name of a run, as `results` lists it; RUN@CORPUS for one corpus of several",
    )
    parser.add_argument("--runs", type=Path, help="folder of run folders (default: the shipped runs)")
    parser.add_argument("--json", action="store_true", help="one JSON object; of several runs one a pair")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a report with figures that works offline")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Print the scores of one run or several, or write a report of them."""
    from ser_core.evaluation import (
        calibration,
        confusion,
        curve_summary,
        learning_curve,
        per_emotion,
        side_tasks,
        summarise,
    )

    if options.html:
        return _report(options)
    entry, *others = _entries(options)
    if others:
        return _compared([entry, *others], as_json=options.json)
    chosen = entry.part
    summary = summarise(chosen)
    matrix = confusion(chosen)
    reliability = calibration(chosen)
    scores = [
        {"score": name, **dict(zip(("value", "low", "high"), getattr(summary, name), strict=True))}
        for name in ("uar", "accuracy", "macro_f1", "top3")
    ]
    report = {
        "run": entry.key,
        "config": entry.run.config.to_dict(),
        "n_test": summary.n_test,
        "n_speakers": summary.n_speakers,
        "chance": summary.chance,
        "uar_by_seed": summary.uar_by_seed,
        "scores": scores,
        "per_emotion": per_emotion(chosen).to_dict("records"),
        "confusion": {"labels": list(matrix.labels), "counts": matrix.counts.round(2).tolist()},
        "calibration": {"ece": reliability.ece, "brier": reliability.brier},
        "learning_curve": curve_summary(learning_curve(chosen)).to_dict("records"),
    }
    if (side := side_tasks(chosen)) is not None:
        # JSON has no NaN: the ends of an interval over one speaker are null.
        report["side_tasks"] = [
            {name: None if value != value else value for name, value in row.items()} for row in side.to_dict("records")
        ]
    if options.json:
        print(json.dumps(report))
        return 0
    print(f"{entry.key}: {summary.n_test} test clips of {summary.n_speakers} speakers, chance {summary.chance:.3f}\n")
    rows = [
        {"true": name, **{label: round(float(n), 1) for label, n in zip(matrix.labels, counts, strict=True)}}
        for name, counts in zip(matrix.labels, matrix.counts, strict=True)
    ]
    for title, table in (
        ("95% intervals by bootstrap over speakers", scores),
        ("Emotions", report["per_emotion"]),
        ("Confusion (rows: meant, columns: recognised)", rows),
        ("Learning curve", report["learning_curve"]),
        *([("Besides emotions", report["side_tasks"])] if report.get("side_tasks") else []),
    ):
        print(f"{title}\n{text_table(table)}\n")
    print(f"Calibration: ECE {reliability.ece:.3f}, Brier {reliability.brier:.3f}")
    return 0


def _compared(found: list, *, as_json: bool) -> int:
    """Print headline scores of several entries, and how every pair of them differs."""
    from ser_core.evaluation import full, summarise
    from ser_core.evaluation.significance import compare_all

    pairs = compare_all({entry.key: full(entry.part) for entry in found}).to_dict("records")
    if as_json:
        for pair in pairs:
            print(json.dumps(pair))
        return 0
    rows = []
    for entry in found:
        summary = summarise(entry.part)
        rows.append(
            {
                "run": entry.key,
                "seeds": " ".join(map(str, summary.seeds)),
                "uar": summary.uar.value,
                "low": summary.uar.low,
                "high": summary.uar.high,
                "spread": summary.uar_spread,
                "accuracy": summary.accuracy.value,
                "clips": summary.n_test,
            }
        )
    print(f"95% intervals by bootstrap over speakers\n{text_table(rows)}\n")
    # Three digits would round what counts to nothing.
    shown = [{name: f"{value:.4f}" if name in _P else value for name, value in pair.items()} for pair in pairs]
    print(f"Pairs, first minus second\n{text_table(shown)}\n")
    print(
        "p: paired bootstrap over speakers; mcnemar: exact test on the clips that only one names right, first seed. "
        "holm: corrected for the number of pairs."
    )
    return 0


def _entries(options: argparse.Namespace) -> list:
    """What was asked for, in that order."""
    from ser_core.errors import RunError
    from ser_core.experiments import list_runs
    from ser_core.experiments.entries import entries, find

    runs = list_runs(options.runs)
    found = find(runs, options.run)
    if missing := [key for key in options.run if key not in {entry.key for entry in found}]:
        known = ", ".join(entry.key for entry in entries(runs)) or "none yet"
        raise RunError(f"No run {', '.join(map(repr, missing))}; there are {known}.")
    return found


def _report(options: argparse.Namespace) -> int:
    from ser_core.files import write_bytes
    from ser_core.reports import to_html
    from ser_core.reports.names import labels
    from ser_core.reports.runs import runs_report

    found = _entries(options)
    page = to_html(runs_report(dict(zip(labels(found), found, strict=True))))
    write_bytes(options.html, page.encode())
    print(f"{options.html}: {len(found)} {'run' if len(found) == 1 else 'runs'}, {len(page) / 1e6:.1f} MB")
    return 0
