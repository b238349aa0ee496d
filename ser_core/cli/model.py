"""``model``: a model folder of a run, to predict with."""

import argparse
from pathlib import Path

from ser_core.cli.terminal import progress_bar


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "model",
        help="train the model of a run on all its speakers and write it where predictions find it",
        description=(
            "Train the family of RUN once more, on all speakers of its corpus, and write a model folder whose card "
            "states what the run found on unseen speakers. `predict --model ID` and the app use it; `bounds ID` then "
            "measures which clips it should leave unanswered."
        ),
    )
    parser.add_argument("run", metavar="RUN", help="name of a speaker-independent run on one corpus")
    parser.add_argument("--runs", type=Path, help="folder of run folders (default: the shipped runs)")
    parser.add_argument("--id", help="name of the model folder (default: the corpus and what tells the run's model)")
    parser.add_argument("--out", type=Path, help="folder of model folders (default: where the app reads them)")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Train, write, and say where."""
    from ser_core import settings
    from ser_core.errors import ConfigError
    from ser_core.experiments import open_run
    from ser_core.experiments.runner import require_name
    from ser_core.experiments.ship import trained_on_all

    chosen = open_run(options.run, folder=options.runs)
    name = options.id or chosen.id.replace(f"-{chosen.config.protocol}", "")
    require_name(name)
    place = (options.out or settings.models_dir()) / name
    if place.exists():
        raise ConfigError(f"There is a model {name} in {place.parent} already; choose another name with --id.")
    card = trained_on_all(chosen, place, progress=progress_bar())
    print(f"{place}: {card.title}, ONNX differs from the model by at most {card.training['onnx_max_difference']:.1e}")
    return 0
