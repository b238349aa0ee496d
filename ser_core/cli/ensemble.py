"""``ensemble``: combine finished runs into one, as their validation clips decide."""

import argparse
from pathlib import Path

from ser_core.cli.terminal import text_table


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "ensemble",
        help="average or stack the answers of finished runs into a run of its own",
        description=(
            "Combine the answers of runs that were split alike. Weights and temperature of each fold are fitted to its "
            "validation clips; the outcome is a run folder like any other."
        ),
    )
    parser.add_argument("of", nargs="+", metavar="RUN", help="names of run folders, two or more")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--stack", action="store_true", help="find the weights, too (default: all runs count alike)")
    how.add_argument("--weights", type=float, nargs="+", help="one number for each run, as 0.7 0.3")
    parser.add_argument(
        "--align",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="draw what is said of the clips of a voice, on average, by SHARE (0 to 1) towards how often emotions "
        "occur in what is not tested; takes unlabelled clips of the voice that show them about so often",
    )
    parser.add_argument("--runs", type=Path, help="folder of run folders (default: where the app reads them)")
    parser.add_argument("--overwrite", action="store_true", help="replace an ensemble of other members")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Make the ensemble and print its figures beside those of its members."""
    from ser_core.experiments import open_run, result
    from ser_core.experiments.ensembles import combine

    members = [open_run(name, folder=options.runs) for name in options.of]
    made = combine(
        members,
        how="stack" if options.stack else "average",
        weights=options.weights,
        align=options.align,
        folder=options.runs,
        overwrite=options.overwrite,
    )
    columns = ("run", "seeds", "uar", "uar_low", "uar_high", "accuracy", "macro_f1", "n_test")
    # Members may hold further corpora: their figures are of the clips that the ensemble answers for.
    only = made.config.corpus if isinstance(made.config.corpus, str) else None
    rows = [result(each, corpus=only if each.config.corpora != made.config.corpora else None) for each in members]
    print(text_table([result(made), *rows], columns))
    return 0
