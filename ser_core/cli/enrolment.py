"""``enrolment``: how many clips of a voice calibration takes."""

import argparse
import json
from pathlib import Path

from ser_core.cli.terminal import progress_bar, text_table

COLUMNS = ("corpus", "n_clips", "uar", "low", "high", "uar_known", "accuracy", "clips", "speakers")


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "enrolment",
        help="see what some clips of a voice gain, by their number",
        description=(
            "Let the fold models of RUN, trained by voice and kept (`train ... --keep-models`), judge voices that they "
            "have not heard after 1, 3, 6, 12 and 30 of their clips, averaged with the answers of ALONE, and write "
            "enrolment.parquet into the folder of RUN. Clips that were enrolled are not judged."
        ),
    )
    parser.add_argument("run", metavar="RUN", help="run by voice, as `results` lists it")
    parser.add_argument(
        "alone",
        metavar="ALONE",
        nargs="?",
        help="run of the same clips and folds, each clip alone; without it, what was measured before is printed",
    )
    parser.add_argument("--runs", type=Path, help="folder of run folders (default: the shipped runs)")
    parser.add_argument("--json", action="store_true", help="one JSON object per corpus and number of clips")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print the curve."""
    from ser_core.experiments import open_run
    from ser_core.experiments.enrolment import enrolment_curve, measure_enrolment, read_enrolment

    chosen = open_run(options.run, folder=options.runs)
    if options.alone:
        table = measure_enrolment(chosen, open_run(options.alone, folder=options.runs), progress=progress_bar())
    else:
        table = read_enrolment(chosen)
    rows = enrolment_curve(table).to_dict("records")
    if options.json:
        for row in rows:
            print(json.dumps(row))
    else:
        print(text_table(rows, COLUMNS))
        print(
            "\nUAR with 95% intervals over speakers; uar_known: only emotions of the corpus are answered. Of voices "
            "with few clips, half of them are enrolled at most."
        )
    return 0
