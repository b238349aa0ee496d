"""The examples of an experiment: its pool of clips with their features, as the protocol wants them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core import corpora
from ser_core.augment import Augmentation, Chain
from ser_core.errors import ConfigError
from ser_core.evaluation.metrics import emotion_index
from ser_core.evaluation.protocols import Protocol, Split
from ser_core.evaluation.speakers import voices
from ser_core.experiments.config import ExperimentConfig
from ser_core.features import FeatureSpec
from ser_core.features.normalise import calibrate, standardise_by
from ser_core.features.table import matrix
from ser_core.labels import EMOTIONS
from ser_core.models import Data
from ser_core.progress import CancelCallback, ProgressCallback
from ser_core.side_tasks import targets

#: The augmented copies that `leaky` makes before it splits.
COPIES = {
    "noise": Augmentation("noise", {"snr_db": 20.0}),
    "pitch": Augmentation("pitch", {"semitones": 1.0}),
}

#: Clips whose features are read at a time.
SLICE = 2000


def load(config: ExperimentConfig, *, root: Path | str | None = None) -> pd.DataFrame:
    """The clips of all corpora of an experiment.

    Raises
    ------
    CorpusNotFoundError
        If one of them is not known on this machine.
    """
    manifests = [corpora.get(name).manifest(root) for name in config.corpora]
    return manifests[0] if len(manifests) == 1 else pd.concat(manifests, ignore_index=True)


def prepare(
    manifest: pd.DataFrame,
    protocol: Protocol,
    spec: FeatureSpec,
    *,
    speaker_calibration: bool = False,
    precision: type = np.float32,
    side: bool = False,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> tuple[pd.DataFrame, Data]:
    """The protocol's pool of `manifest` and its features.

    Clips whose emotion has no counterpart in the label set are left out.

    Parameters
    ----------
    manifest : pd.DataFrame
        Clips of one corpus or several.
    protocol : Protocol
        Decides copies, groups and scaling.
    spec : FeatureSpec
        What to compute.
    speaker_calibration : bool
        Standardise each speaker's features by that speaker's own (unlabelled) clips.
    precision : type
        Of the features held in memory, see `ser_core.models.Family`.
    side : bool
        Whether the data shall have the targets of side tasks as well.
    root, progress, cancel
        See `ser_core.features.table.matrix`.

    Returns
    -------
    pool : pd.DataFrame
        One row per example.
    data : Data
        Features, labels and groups in the same order.
    """
    manifest = manifest[manifest["emotion"].isin(list(EMOTIONS))].reset_index(drop=True)
    pool = protocol.pool(manifest)
    options = {"root": root, "progress": progress, "cancel": cancel}
    x = _features(manifest, pool, spec, copies=protocol.copies, precision=precision, **options)
    if speaker_calibration:
        x = calibrate(x, voices(pool).to_numpy(), kind=spec.kind)
    # Images are scaled inside the network, by training clips only: this leak is one of vectors.
    if protocol.scales_on_all and x.ndim == 2:
        x = standardise_by(x, np.zeros(len(x)))
    y = emotion_index(pool)
    groups, speakers, names = (
        column.astype(str).to_numpy() for column in (pool["group"], voices(pool), pool["corpus"])
    )
    return pool, Data(x, y, groups, speakers, names, targets(pool) if side else None)


def training_copies(
    pool: pd.DataFrame,
    data: Data,
    spec: FeatureSpec,
    *,
    augmentation: Iterable[str],
    speaker_calibration: bool = False,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> list[Data]:
    """Changed copies of all examples, for those that train to choose from.

    A copy speaks with a voice of its own (what is changed alike is heard as one more speaker by whoever looks at
    voices), but stays in the group of its clip.

    Parameters
    ----------
    pool : pd.DataFrame
        Examples without copies, from `prepare`.
    data : Data
        Their features and labels.
    spec : FeatureSpec
        What to compute.
    augmentation : iterable of str
        Chains, see `ExperimentConfig.augmentation`.
    speaker_calibration, root, progress, cancel
        See `prepare`.

    Returns
    -------
    list of Data
        One for each chain, in the order of the pool.
    """
    copies = []
    for chain in map(Chain.from_text, augmentation):
        x = np.empty_like(data.x)
        for start in range(0, len(pool), SLICE):
            part = pool.iloc[start : start + SLICE]
            x[start : start + SLICE] = matrix(
                part, spec, augmentation=chain, root=root, progress=progress, cancel=cancel
            )
        voice = np.array([f"{name}#{chain.name}" for name in data.voice])
        if speaker_calibration:
            x = calibrate(x, voice, kind=spec.kind)
        copies.append(replace(data, x=x, voice=voice))
    return copies


def _features(manifest, pool, spec, *, copies, precision, **options) -> np.ndarray:
    """Features of the examples in `pool`, which are clips of `manifest` and augmented copies of them.

    A slice at a time: those of a large corpus are held once only, and in the precision asked for.
    """
    clip = pd.Index(manifest["clip_id"]).get_indexer(pool["clip_id"].str.partition("#")[0])
    copy = pool["augmentation"].fillna("").to_numpy()
    x = None
    for name in ("", *copies):
        for start in range(0, len(manifest), SLICE):
            part = manifest.iloc[start : start + SLICE]
            rows = matrix(part, spec, augmentation=COPIES[name] if name else None, **options)
            if x is None:
                x = np.empty((len(pool), *rows.shape[1:]), dtype=precision)
            here = np.flatnonzero((copy == name) & (clip >= start) & (clip < start + SLICE))
            x[here] = rows[clip[here] - start]
    return x


def subset(data: Data, index: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """A share of `index` with every emotion in proportion (at least one clip each); larger shares hold the smaller.

    Parameters
    ----------
    data : Data
        All examples.
    index : np.ndarray of int
        Positions to choose from.
    fraction : float
        Share to keep, in (0, 1].
    seed : int
        Decides which.
    """
    if fraction == 1.0:
        return index
    shuffled = np.random.default_rng(seed).permutation(index)
    labels = data.y[shuffled]
    kept = []
    for label in np.unique(labels):
        of_label = shuffled[labels == label]
        kept.append(of_label[: max(1, round(fraction * len(of_label)))])
    return np.sort(np.concatenate(kept))


def of_speakers(data: Data, split: Split, n_speakers: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The training and the validation clips of some voices; larger numbers hold the smaller.

    Voices that only validate are always among them, the others are drawn by lot.

    Parameters
    ----------
    data : Data
        All examples.
    split : Split
        Who trains and validates.
    n_speakers : int
        Voices in training and validation together.
    seed : int
        Decides which.

    Returns
    -------
    train, validation : np.ndarray of int
        Positions.

    Raises
    ------
    ConfigError
        If there are not more voices than asked for, or none would train.
    """
    training, judging = np.unique(data.voice[split.train]), np.unique(data.voice[split.validation])
    only_judging = np.setdiff1d(judging, training)
    wanted = n_speakers - len(only_judging)
    if not 0 < wanted < len(training):
        raise ConfigError(
            f"A learning curve over speakers takes {len(only_judging) + 1} to {len(only_judging) + len(training) - 1} "
            f"of the speakers here ({len(only_judging)} of them for validation), got {n_speakers}."
        )
    drawn = np.random.default_rng(seed).permutation(training)[:wanted]
    heard = np.union1d(only_judging, drawn)
    return tuple(index[np.isin(data.voice[index], heard)] for index in (split.train, split.validation))
