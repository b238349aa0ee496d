"""The command line: ``python -m ser_core VERB ...``, one module per verb."""

import argparse
import importlib
import sys

from ser_core import __version__
from ser_core.errors import CancelledError, SERError

#: Verbs in the order of the help; the module of the same name offers ``add_parser(subparsers)``.
VERBS = (
    "corpora",
    "features",
    "train",
    "ensemble",
    "evaluate",
    "robustness",
    "enrolment",
    "model",
    "bounds",
    "predict",
    "timeline",
    "results",
    "serve",
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command and answer its exit status: 0 done, 1 done in part, 2 not done, 130 stopped by the user."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m ser_core", description="Speech emotion recognition.")
    parser.add_argument("--version", action="version", version=f"ser_core {__version__}")
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    # A verb that is named needs no other module: a prediction starts without the training code.
    wanted = [arguments[0]] if arguments and arguments[0] in VERBS else VERBS
    for verb in wanted:
        importlib.import_module(f"ser_core.cli.{verb}").add_parser(subparsers)
    options = parser.parse_args(arguments)
    try:
        return options.handler(options) or 0
    except KeyboardInterrupt:
        print("Stopped; what was done is kept.", file=sys.stderr)
        return 130
    except CancelledError as error:
        print(error, file=sys.stderr)
        return 130
    except SERError as error:
        print(f"{parser.prog} {options.verb}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone; there is nobody to tell.
        sys.stderr.close()
        return 1
