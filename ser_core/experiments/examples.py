"""The examples of an experiment: its pool of clips with their features, as the protocol wants them."""

from pathlib import Path

import numpy as np
import pandas as pd

from ser_core import corpora
from ser_core.augment import Augmentation
from ser_core.evaluation.protocols import Protocol
from ser_core.evaluation.speakers import voices
from ser_core.experiments.config import ExperimentConfig
from ser_core.features import FeatureSpec
from ser_core.features.normalise import standardise_by
from ser_core.features.table import matrix
from ser_core.labels import EMOTIONS
from ser_core.models import Data
from ser_core.progress import CancelCallback, ProgressCallback

#: The augmented copies that `leaky` makes before it splits.
COPIES = {
    "noise": Augmentation("noise", {"snr_db": 20.0}),
    "pitch": Augmentation("pitch", {"semitones": 1.0}),
}


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
    variants = [None, *(COPIES[name] for name in protocol.copies)]
    features = np.stack(
        [
            matrix(manifest, spec, augmentation=variant, root=root, progress=progress, cancel=cancel)
            for variant in variants
        ]
    )
    names = {name: i + 1 for i, name in enumerate(protocol.copies)}
    variant = np.array([0 if name is pd.NA else names[name] for name in pool["augmentation"]], dtype=int)
    clip = pd.Index(manifest["clip_id"]).get_indexer(pool["clip_id"].str.partition("#")[0])
    x = features[variant, clip]
    if speaker_calibration:
        x = standardise_by(x, voices(pool).to_numpy())
    # Images are scaled inside the network, by training clips only: this leak is one of vectors.
    if protocol.scales_on_all and x.ndim == 2:
        x = standardise_by(x, np.zeros(len(x)))
    y = np.array([EMOTIONS.index(name) for name in pool["emotion"]], dtype=int)
    return pool, Data(x, y, pool["group"].astype(str).to_numpy(), voices(pool).astype(str).to_numpy())


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
