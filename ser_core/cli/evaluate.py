"""``evaluate``: everything that is known of one run."""

import argparse
import json
from pathlib import Path

from ser_core.cli.terminal import text_table


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "evaluate",
        help="print the scores of a run in full: intervals, emotions, confusion, calibration, learning curve",
    )
    parser.add_argument("run", metavar="RUN", help="name of a run, as `results` lists it")
    parser.add_argument("--runs", type=Path, help="folder of run folders (default: the shipped runs)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Print the scores of one run."""
    from ser_core.evaluation import calibration, confusion, curve_summary, learning_curve, per_emotion, summarise
    from ser_core.experiments import open_run

    chosen = open_run(options.run, folder=options.runs)
    summary = summarise(chosen)
    matrix = confusion(chosen)
    reliability = calibration(chosen)
    scores = [
        {"score": name, **dict(zip(("value", "low", "high"), getattr(summary, name), strict=True))}
        for name in ("uar", "accuracy", "macro_f1", "top3")
    ]
    report = {
        "run": chosen.id,
        "config": chosen.config.to_dict(),
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
    if options.json:
        print(json.dumps(report))
        return 0
    print(f"{chosen.id}: {summary.n_test} test clips of {summary.n_speakers} speakers, chance {summary.chance:.3f}\n")
    rows = [
        {"true": name, **{label: round(float(n), 1) for label, n in zip(matrix.labels, counts, strict=True)}}
        for name, counts in zip(matrix.labels, matrix.counts, strict=True)
    ]
    for title, table in (
        ("95% intervals by bootstrap over speakers", scores),
        ("Emotions", report["per_emotion"]),
        ("Confusion (rows: meant, columns: recognised)", rows),
        ("Learning curve", report["learning_curve"]),
    ):
        print(f"{title}\n{text_table(table)}\n")
    print(f"Calibration: ECE {reliability.ece:.3f}, Brier {reliability.brier:.3f}")
    return 0
