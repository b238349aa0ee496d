"""The scores of a stored run: what the pages, reports and the command line ask for."""

from typing import Protocol as Interface

import pandas as pd

from ser_core.evaluation import across as _across
from ser_core.evaluation import calibration as _calibration
from ser_core.evaluation import coverage as _coverage
from ser_core.evaluation import curves as _curves
from ser_core.evaluation import groups as _groups
from ser_core.evaluation import metrics as _metrics
from ser_core.evaluation import side_tasks as _side_tasks


class StoredRun(Interface):
    """What the scores need of a run (`ser_core.experiments.Run` and `ser_core.evaluation.parts.Part` are such).

    Attributes
    ----------
    predictions : pd.DataFrame
        Per-clip predictions of all training sizes, with column ``fraction``.
    trainings : pd.DataFrame
        One row per training.
    """

    predictions: pd.DataFrame
    trainings: pd.DataFrame


def full(run: StoredRun) -> pd.DataFrame:
    """Predictions of the models trained on everything that the protocol gives them.

    Across corpora the answers are those among the emotions that both corpora have, see
    `ser_core.evaluation.across.among_shared`.
    """
    found = run.predictions[run.predictions["fraction"] == 1.0]
    config = getattr(run, "config", None)
    return _across.among_shared(found) if config is not None and config.protocol == _across.PROTOCOL else found


def summarise(run: StoredRun) -> _metrics.Summary:
    """Headline scores with intervals."""
    return _metrics.summarise(full(run))


def confusion(run: StoredRun) -> _metrics.ConfusionMatrix:
    """Confusion matrix, mean over seeds."""
    return _metrics.confusion(full(run))


def per_emotion(run: StoredRun) -> pd.DataFrame:
    """Precision, recall and F1 of each emotion with intervals."""
    return _metrics.per_emotion(full(run))


def per_speaker(run: StoredRun) -> pd.DataFrame:
    """UAR and accuracy of each speaker, the worst first."""
    return _groups.per_speaker(full(run))


def calibration(run: StoredRun) -> _calibration.Reliability:
    """Expected calibration error, Brier score and the bins of the reliability diagram."""
    return _calibration.calibration(full(run))


def coverage(run: StoredRun) -> pd.DataFrame:
    """Accuracy of the surest answers, for each share of them that is given."""
    return _coverage.coverage(full(run))


def crossing(run) -> pd.DataFrame:
    """UAR for each pair of corpora trained on and tested on; `run` has ``splits``, too."""
    return _across.crossing(full(run), run.splits)


def side_tasks(run) -> pd.DataFrame | None:
    """Scores of what the model tells besides emotions; None where it learnt nothing else. `run` has ``side``."""
    return None if run.side is None else _side_tasks.summarise(run.side)


def learning_curve(run: StoredRun) -> pd.DataFrame:
    """UAR of each fold at each training size; `curve_summary` gives its mean and spread."""
    return _curves.learning_curve(run.predictions, run.trainings)


def speaker_curve(run) -> pd.DataFrame:
    """UAR of each fold of a `ser_core.experiments.Run` over the speakers heard; empty where it was not measured."""
    return _curves.speaker_curve(run.predictions, run.trainings, run.splits)
