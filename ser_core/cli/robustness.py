"""``robustness``: what is left of a run's score under noise, telephones, codecs, rooms and more."""

import argparse
import json
from pathlib import Path

from ser_core.cli.terminal import progress_bar, text_table

COLUMNS = ("condition", "uar", "low", "high", "loss", "loss_low", "loss_high", "clips")


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "robustness",
        help="degrade the test clips of a run and see what is left of its score",
        description=(
            "Let the fold models of a run judge degraded copies of their test clips and write robustness.parquet into "
            "the run folder. The models are those that the run kept, or that a second training of the same experiment "
            "did (`train ... --keep-models --out build`, then --models build/runs). A stopped measurement goes on."
        ),
    )
    parser.add_argument("run", metavar="RUN", help="name of a run, as `results` lists it")
    parser.add_argument("--runs", type=Path, help="folder of run folders (default: the shipped runs)")
    parser.add_argument(
        "--models",
        type=Path,
        metavar="RUNS",
        help="folder of run folders where the same experiment kept its models (default: the run itself)",
    )
    parser.add_argument(
        "--share",
        type=float,
        default=1.0,
        metavar="S",
        help="judge only this share of the clips of each speaker and emotion, for a first look (default: 1)",
    )
    parser.add_argument(
        "--served-with",
        metavar="ALONE",
        help="judge as an app serves a run by voice: averaged with this run of the same folds, each clip alone, after "
        "30 clips of the voice were enrolled (`enrolment RUN ALONE` comes first)",
    )
    parser.add_argument("--conditions", nargs="+", metavar="NAME", help="only these; --list names them")
    parser.add_argument("--list", action="store_true", help="list the conditions and stop")
    parser.add_argument("--json", action="store_true", help="one JSON object per condition and line")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print the loss under each condition."""
    from ser_core.evaluation.robustness import CONDITIONS, robustness

    if options.list:
        rows = [
            {"condition": each.name, "what": each.title, "made by": " | ".join(each.chains) or "-"}
            for each in CONDITIONS.values()
        ]
        print(text_table(rows))
        return 0

    from ser_core.experiments import open_run
    from ser_core.experiments.robustness import measure_robustness

    chosen = open_run(options.run, folder=options.runs)
    table = measure_robustness(
        chosen,
        alone=open_run(options.served_with, folder=options.runs) if options.served_with else None,
        conditions=options.conditions,
        share=options.share,
        kept_by=options.models,
        progress=progress_bar(),
    )
    rows = robustness(table).to_dict("records")
    if options.json:
        for row in rows:
            print(json.dumps(row))
    else:
        print(text_table(rows, COLUMNS))
        print("\nUAR with 95% intervals over speakers; loss is against clips as recorded, paired by speaker.")
        if options.served_with:
            print("Each voice was enrolled by up to 30 other clips of it, degraded alike.")
        elif chosen.config.speaker_calibration:
            print("Each voice was enrolled and heard over the same channel: by its own clips, degraded alike.")
    return 0
