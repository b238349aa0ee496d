"""``bounds``: measure where models stop answering."""

import argparse
from pathlib import Path

from ser_core.cli.terminal import progress_bar, text_table


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "bounds",
        help="measure where a model stops answering, and write it to its card",
        description=(
            "Measure the corpora that MODEL was trained on and write into its folder how far a clip may lie from them, "
            "how noisy and clipped it may be. Other corpora at hand widen the bounds. The model stays as it is."
        ),
    )
    parser.add_argument("models", metavar="MODEL", nargs="*", help="ids of models (default: all)")
    parser.add_argument("--folder", type=Path, help="folder of the model folders (default: those that ship)")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Set the bounds of some models and print them."""
    from ser_core import settings
    from ser_core.experiments.bounds import set_bounds
    from ser_core.serving import available_models

    folder = options.folder or settings.models_dir()
    names = options.models or [card.id for card in available_models(folder)]
    cards = [set_bounds(folder / name, progress=progress_bar()) for name in names]
    print(text_table([{"model": card.id, **card.thresholds} for card in cards]))
    return 0
