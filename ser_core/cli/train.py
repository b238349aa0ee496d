"""``train``: run experiments into run folders, and train the models that ship."""

import argparse
import contextlib
import json
import math
import sys
from pathlib import Path
from typing import Any

from ser_core.cli.terminal import progress_bar, progress_lines, text_table


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "train",
        help="train and test models under a protocol; with --shipped, everything that ships",
        description=(
            "Train MODEL on every fold of a protocol and store predictions, epochs and timings in a run folder. "
            "A stopped run goes on where it was when the same command is given again, and a finished one is extended "
            "by further seeds. The same command given several times at once shares the work."
        ),
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help="model families, as svm or cnn (default: all)")
    parser.add_argument(
        "--corpus", nargs="+", default=["ravdess"], help="corpora to use, several put together (default: ravdess)"
    )
    parser.add_argument(
        "--protocol",
        help="speaker-independent, random, leaky or all three; cross-corpus over several corpora; published tasks: "
        "random-emobox on cremad, random-seven over several corpora (default: speaker-independent, with --shipped all)",
    )
    parser.add_argument(
        "--split-with",
        nargs="+",
        default=[],
        metavar="CORPUS",
        help="decide who trains, validates and tests as a run on these corpora as well would, so that an ensemble can "
        "hold both; only clips of --corpus are trained and tested on",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="seeds to repeat with (default: 0)")
    parser.add_argument(
        "--learning-curve", action="store_true", help="also train on 1/8, 1/4 and 1/2 of the clips (first seed)"
    )
    parser.add_argument(
        "--speaker-curve",
        action="store_true",
        help="also train on the clips of 4, 8, 12 and 16 speakers, those that validate among them (first seed)",
    )
    parser.add_argument(
        "--augment",
        nargs="+",
        default=[],
        metavar="CHANGES",
        help="train on a changed copy of every training clip as well, one for each text, as the augmentation lab of "
        'Explore gives it: --augment speed:speed=0.9 "room:rt60_s=0.8+noise:snr_db=10"',
    )
    parser.add_argument(
        "--trim",
        type=_decibels,
        metavar="DB",
        help="leave out the silence before and after the sound from DB below the loudest on, or `none` of it (default: "
        "the family's own, 40 as a rule); such runs have a name of their own",
    )
    parser.add_argument(
        "--encoder",
        metavar="FILE",
        help="speech encoder for the family `encoder`: an ONNX file (docs/encoders.md), or the name of one that was "
        "taken in before",
    )
    parser.add_argument(
        "--speaker-calibration",
        action="store_true",
        help="standardise each speaker's features by that speaker's unlabelled clips",
    )
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="hyperparameters other than the family's own, values as JSON: --set epochs=8 voices_per_batch=2",
    )
    parser.add_argument(
        "--keep-models",
        action="store_true",
        help="keep the model of every fold in the run folder, to measure robustness and enrolment afterwards",
    )
    parser.add_argument(
        "--shipped",
        action="store_true",
        help="run the shipped experiments (of MODEL, if named) with their own seeds and train the shipped models",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="folder to write `runs` and `models` into (default: where the app reads them)",
    )
    parser.add_argument(
        "--name", help="name of the run folder, to train with other hyperparameters beside a run that is there"
    )
    parser.add_argument(
        "--progress",
        choices=("text", "json"),
        default="text",
        help="how far it is: text for people (default), or JSON on standard output, a line for each report",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace runs of another configuration")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Run the experiments that were asked for and print their figures."""
    from ser_core import models, settings
    from ser_core.errors import ConfigError
    from ser_core.evaluation import PROTOCOLS
    from ser_core.experiments import LEARNING_CURVE, SPEAKER_CURVE, ExperimentConfig, catalogue, open_run, result
    from ser_core.experiments.bounds import set_bounds
    from ser_core.experiments.ensembles import combine
    from ser_core.experiments.runner import run_experiment
    from ser_core.experiments.ship import ship

    # What needs something of the user's is trained where it is named.
    every = catalogue.SHIPPED if options.shipped else [name for name in models.names() if not models.get(name).required]
    families = tuple(models.get(name).name for name in options.models or every)
    chosen = options.protocol or ("all" if options.shipped else "speaker-independent")
    protocols = tuple(PROTOCOLS) if chosen == "all" else (chosen,)
    everything = options.shipped and not options.models and chosen == "all"
    if options.shipped:
        configs = catalogue.experiments(models=families, protocols=protocols)
        if everything:
            configs += [config for config in catalogue.compared() if config not in configs]
    else:
        configs = [
            ExperimentConfig.of(
                options.corpus,
                protocol,
                model,
                hyperparameters={**_hyperparameters(options.set), **_encoder(options.encoder)},
                seeds=options.seeds,
                fractions=LEARNING_CURVE if options.learning_curve else (),
                speaker_calibration=options.speaker_calibration,
                augmentation=options.augment,
                trim_db=options.trim,
                speaker_counts=SPEAKER_CURVE if options.speaker_curve else (),
                split_with=options.split_with,
            )
            for model in families
            for protocol in protocols
        ]
    runs_folder = options.out / "runs" if options.out else None
    models_folder = options.out / "models" if options.out else None
    if options.name and len(configs) != 1:
        raise ConfigError(f"--name names one run; these are {len(configs)}: state one MODEL and one protocol.")
    bar, within = progress_bar(), None
    if options.progress == "json":
        bar, within = progress_lines(sys.stdout), progress_lines(sys.stdout, level="training")
    # What ships on all corpora is measured after enrolment, too, which takes the models of the folds.
    keep = options.keep_models or (options.shipped and catalogue.POOLED_MODEL in families)
    runs = [
        run_experiment(
            config,
            folder=runs_folder,
            name=options.name,
            overwrite=options.overwrite,
            keep_models=keep,
            progress=bar,
            within=within,
        )
        for config in configs
    ]
    for members, how in catalogue.ENSEMBLES if everything else ():
        opened = [open_run(name, folder=runs_folder) for name in members]
        runs.append(combine(opened, folder=runs_folder, **how))
    columns = ("run", "seeds", "uar", "uar_low", "uar_high", "accuracy", "macro_f1", "n_test")
    print(text_table([result(done) for done in runs], columns))
    # A card states the figures of all protocols, so a model is trained when all were run.
    if options.shipped and chosen == "all":
        for model in catalogue.shipped_models(models=families):
            card = ship(model, folder=models_folder, runs=runs_folder, progress=bar)
            if not card.reference_sha256:
                set_bounds((models_folder or settings.models_dir()) / card.id, progress=bar)
            print(f"{card.id}: ONNX differs from the model by at most {card.training['onnx_max_difference']:.1e}")
    return 0


def _decibels(given: str) -> float:
    """A threshold of trimming; 0 for ``none``."""
    if given == "none":
        return 0.0
    with contextlib.suppress(ValueError):
        if 0 < (value := float(given)) < math.inf:
            return value
    raise argparse.ArgumentTypeError(f"give decibels above 0, as 30, or none; got {given!r}")


def _encoder(given: str | None) -> dict[str, str]:
    """The hyperparameters that name a speech encoder, which is taken in if it is a file."""
    from ser_core.features import encoder_store

    if given is None:
        return {}
    found = encoder_store.add(given) if Path(given).exists() else encoder_store.find(given)
    return {"encoder": found.sha256, "encoder_name": found.name}


def _hyperparameters(given: list[str]) -> dict[str, Any]:
    """``NAME=VALUE`` as a dictionary.

    Raises
    ------
    ConfigError
        If one has no value, or none that is JSON.
    """
    from ser_core.errors import ConfigError

    found = {}
    for each in given:
        name, _, value = each.partition("=")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            raise ConfigError(
                f'--set takes NAME=VALUE with a value as JSON (8, 0.5, true, "text"), got {each!r}.'
            ) from None
    return found
