"""What a run says about each of its corpora: the rows of a leaderboard."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ser_core import models
from ser_core.evaluation import Part, Summary, full
from ser_core.evaluation.calibration import calibration
from ser_core.evaluation.costs import Cost, cost
from ser_core.evaluation.coverage import accuracy_of_surest
from ser_core.evaluation.groups import per_speaker
from ser_core.evaluation.metrics import summarise
from ser_core.evaluation.protocols import ACROSS
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.kept import kept_models
from ser_core.experiments.store import Run

AT = "@"
"""Between the name of a run and the corpus of which its row speaks."""


@dataclass(frozen=True)
class Entry:
    """A run, or what it says about one of several corpora that it tested.

    Attributes
    ----------
    run : Run
        The run.
    corpus : str or None
        The corpus; None for all test clips of the run.
    """

    run: Run
    corpus: str | None = None

    @property
    def key(self) -> str:
        """Name of the entry, as it stands in addresses."""
        return self.run.id if self.corpus is None else f"{self.run.id}{AT}{self.corpus}"

    @property
    def model(self) -> str:
        """Name of the model family."""
        return self.run.config.model

    @property
    def protocol(self) -> str:
        """Name of the protocol."""
        return self.run.config.protocol

    @property
    def calibrated(self) -> bool:
        """Whether the model heard other clips of the test speakers, unlabelled, before it judged."""
        return self.run.config.speaker_calibration

    @property
    def tested_on(self) -> tuple[str, ...]:
        """Corpora whose clips were tested."""
        return self.run.config.corpora if self.corpus is None else (self.corpus,)

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Corpora that were trained on; across corpora each of them by turns, without the one tested."""
        names = self.run.config.corpora
        return tuple(name for name in names if name != self.corpus) if self.protocol in ACROSS else names

    @cached_property
    def part(self) -> Run | Part:
        """What the scores are computed of."""
        return self.run if self.corpus is None else Part(self.run, self.corpus)


@dataclass(frozen=True)
class Row:
    """The figures of an entry.

    Attributes
    ----------
    summary : Summary
        Headline scores.
    ece : float
        Expected calibration error, 15 bins.
    accuracy_at_half : float
        Accuracy of the surer half of the answers.
    worst_speaker : str
        Who is served worst.
    worst_uar : float
        UAR of that speaker, mean over seeds.
    cost : Cost
        What it took.
    """

    summary: Summary
    ece: float
    accuracy_at_half: float
    worst_speaker: str
    worst_uar: float
    cost: Cost


def entries(runs: Iterable[Run]) -> list[Entry]:
    """The entries of some runs: of a run over several corpora one for all and one for each.

    A run across corpora has none for all: its corpora share other emotions with each other, so that no figure joins
    them.
    """
    found = []
    for run in runs:
        corpora = run.config.corpora
        if run.config.protocol not in ACROSS:
            found.append(Entry(run))
        if len(corpora) > 1:
            found += [Entry(run, corpus) for corpus in corpora]
    return found


def find(runs: Iterable[Run], keys: Sequence[str]) -> list[Entry]:
    """The entries of these keys that there are, in the order of the keys."""
    known = {entry.key: entry for entry in entries(runs)}
    return [known[key] for key in keys if key in known]


def command(config: ExperimentConfig, *, name: str | None = None) -> str:
    """The command line that makes a run again.

    Parameters
    ----------
    config : ExperimentConfig
        What was run.
    name : str, optional
        Of the run folder; stated where it is not the configuration's.
    """
    if config.is_ensemble:
        return _ensemble_command(config)
    # Families ask for their training libraries only to train, so that a page may look at them.
    own = models.get(config.model).config if config.model in models.names() else {}
    names = " ".join(config.corpora)
    parts = [f"python -m ser_core train {config.model} --corpus {names} --protocol {config.protocol}"]
    if config.split_with:
        parts.append(f"--split-with {' '.join(config.split_with)}")
    if config.seeds != (0,):
        parts.append(f"--seeds {' '.join(map(str, config.seeds))}")
    if config.fractions:
        parts.append("--learning-curve")
    if config.speaker_counts:
        parts.append("--speaker-curve")
    if config.unusual_trim_db is not None:
        parts.append(f"--trim {f'{config.unusual_trim_db:g}' if config.unusual_trim_db else 'none'}")
    if config.augmentation:
        parts.append(f"--augment {' '.join(map(shlex.quote, config.augmentation))}")
    if config.speaker_calibration:
        parts.append("--speaker-calibration")
    other = {key: value for key, value in config.hyperparameters.items() if key not in own or own[key] != value}
    if other:
        parts.append("--set " + " ".join(shlex.quote(f"{key}={json.dumps(value)}") for key, value in other.items()))
    if name is not None and name != config.id:
        parts.append(f"--name {name}")
    return " ".join(parts)


def _ensemble_command(config: ExperimentConfig) -> str:
    """The command line that combines the same runs, see `ser_core.experiments.ensembles`."""
    settings = config.hyperparameters
    parts = ["python -m ser_core ensemble", *settings["members"]]
    if settings["how"] == "stack":
        parts.append("--stack")
    if "weights" in settings:
        parts.append(f"--weights {' '.join(map(str, settings['weights']))}")
    if "align" in settings:
        parts.append(f"--align {settings['align']}")
    return " ".join(parts)


def row(entry: Entry, *, model_files: Mapping[str, Path] | None = None) -> Row:
    """The figures of an entry.

    Parameters
    ----------
    entry : Entry
        Whose.
    model_files : mapping, optional
        Hash of a configuration -> model file trained so; models that the run kept count, too.
    """
    predictions = full(entry.part)
    speakers = per_speaker(predictions)
    return Row(
        summary=summarise(predictions),
        ece=calibration(predictions).ece,
        accuracy_at_half=accuracy_of_surest(predictions, 0.5),
        worst_speaker=str(speakers["speaker"].iloc[0]),
        worst_uar=float(speakers["uar"].iloc[0]),
        cost=cost(entry.run.trainings, model_file=model_file(entry, model_files)),
    )


def model_file(entry: Entry, model_files: Mapping[str, Path] | None = None) -> Path | None:
    """A model trained as an entry was, see `row`; None where none is known."""
    kept = kept_models(entry.run.folder)
    return next(iter(kept.values()), (model_files or {}).get(entry.run.config.hash))
