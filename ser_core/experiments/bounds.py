"""Where a trained model stops answering: bounds measured on training and validation speakers, kept in its card."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core import corpora
from ser_core.augment import Augmentation
from ser_core.errors import ConfigError
from ser_core.evaluation import protocols
from ser_core.features.table import matrix
from ser_core.files import write_json
from ser_core.progress import CancelCallback, ProgressCallback
from ser_core.serving import Predictor, abstention
from ser_core.serving.card import CARD_FILE, Card, read_card
from ser_core.serving.reference import Reference, summary, write_reference

if TYPE_CHECKING:
    import pandas as pd

    from ser_core.evaluation.protocols import Split

SEED = 0

USUAL_PERCENTILE = 99.0
"""Of the validation speakers of the training corpora: one clip in a hundred of those counts as unusual."""

MOST_PERCENTILE = 99.9
"""Of the speakers in training and validation of each corpus at hand: of clean speech of whatever corpus, one clip in a
thousand gets no answer for its distance. The farthest corpus decides, or the farthest of `CHANNELS` that the model
stands."""

CHANNELS = (
    Augmentation("telephone"),
    Augmentation("room"),
    Augmentation("mp3"),
    *(Augmentation(kind, {"snr_db": db}) for kind in ("noise", "pink-noise") for db in (20.0, 10.0)),
)
"""What speech goes through on its way. A channel that a model stands is not too far for it, however far it is."""

STANDS = 0.5
"""Share of its right answers on clean clips that a model keeps in a channel which it stands."""

_SLICE = 2000
_COPIES = 240


def set_bounds(
    place: Path | str,
    *,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Card:
    """Measure the training data of a model that is there, and write its reference and bounds beside it.

    Speakers of the first test fold of each corpus take no part, so that what the bounds reject can be measured on them.

    Parameters
    ----------
    place : Path or str
        Model folder.
    root : Path or str, optional
        Data root.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    Card
        As it was written; the model itself is not touched.

    Raises
    ------
    ConfigError
        If the card does not say which corpora the model was trained on.
    CorpusNotFoundError
        If one of them is not on this machine.
    ModelError
        If the folder cannot be read.
    """
    place = Path(place)
    card = read_card(place)
    if not card.corpora:
        raise ConfigError(f"The card of {card.id!r} names no corpus that the model was trained on.")
    known = dict.fromkeys(corpora.builtin_names())
    strange = [name for name in card.corpora if name not in known]
    if strange:
        raise ConfigError(f"Model {card.id!r} was trained on {', '.join(strange)}, which this version does not know.")
    options = {"root": root, "progress": progress, "cancel": cancel}
    clips, split = _split(card.corpora, root=root)
    summaries, means = _measured(clips, card, **options)
    reference = Reference.of(summaries[split.train], means[split.train])
    distances = reference.distance(summaries)
    usual = np.percentile(distances[split.validation], USUAL_PERCENTILE)
    most = max(
        usual,
        np.percentile(distances[np.union1d(split.train, split.validation)], MOST_PERCENTILE),
        _farthest_stood(place, reference, clips.iloc[split.validation], **options),
    )
    for name in _others(card, root=root):
        clips, split = _split((name,), root=root)
        clips = clips.iloc[np.union1d(split.train, split.validation)]
        distances = reference.distance(_measured(clips, card, **options)[0])
        most = max(most, np.percentile(distances, MOST_PERCENTILE))
    thresholds = {
        **card.thresholds,
        "min_speech_s": abstention.MIN_SPEECH_S,
        "max_clipped": abstention.MAX_CLIPPED,
        "min_snr_db": abstention.MIN_SNR_DB,
        "usual_distance": round(float(usual), 3),
        "max_distance": round(float(most), 3),
    }
    # The card comes last: until it is there, readers see the old pair, or a mismatch that they name.
    digest = write_reference(place, reference)
    card = dataclasses.replace(card, thresholds=thresholds, reference_sha256=digest)
    write_json(place / CARD_FILE, card.to_dict())
    return card


def _split(names: Sequence[str], *, root: Path | str | None) -> "tuple[pd.DataFrame, Split]":
    """The clips of some corpora, and their first fold by speaker."""
    import pandas as pd

    protocol = protocols.get("speaker-independent")
    manifests = [corpora.get(name).manifest(root) for name in names]
    pool = protocol.pool(pd.concat([each[each["emotion"].notna()] for each in manifests], ignore_index=True))
    return pool, next(iter(protocol.splits(pool, seed=SEED)))


def _others(card: Card, *, root: Path | str | None) -> list[str]:
    """Corpora of real speech on this machine that the model was not trained on."""
    at_hand = (corpora.get(name) for name in corpora.builtin_names() if name not in card.corpora)
    return [
        each.name for each in at_hand if not each.synthetic and each.name != "ravdess-song" and each.is_present(root)
    ]


def _farthest_stood(place: Path, reference: Reference, clips: "pd.DataFrame", **options) -> float:
    """Distance of clips in the farthest of `CHANNELS` that the model stands; 0 where it stands none."""
    predictor = Predictor(place)
    clips = clips[clips["emotion"].isin(predictor.card.labels)]
    clips = clips.sample(min(_COPIES, len(clips)), random_state=SEED)
    meant = np.array([predictor.card.labels.index(name) for name in clips["emotion"]])

    def right(features: np.ndarray) -> float:
        return float(np.mean(predictor.probabilities(features).argmax(axis=1) == meant))

    clean, farthest = right(matrix(clips, predictor.spec, **options)), 0.0
    for channel in CHANNELS:
        features = matrix(clips, predictor.spec, augmentation=channel, **options)
        if 0 < STANDS * clean <= right(features):
            summaries = np.stack([summary(each, spec=predictor.spec) for each in features])
            farthest = max(farthest, float(np.percentile(reference.distance(summaries), USUAL_PERCENTILE)))
    return farthest


def _measured(clips: "pd.DataFrame", card: Card, **options) -> tuple[np.ndarray, np.ndarray]:
    """Summary and row means of each clip; a slice at a time, for the images of a large corpus fill the memory."""
    summaries, means = [], []
    for start in range(0, len(clips), _SLICE):
        features = matrix(clips.iloc[start : start + _SLICE], card.spec, **options)
        summaries += [summary(each, spec=card.spec) for each in features]
        means += [each.reshape(len(each), -1).mean(axis=1) for each in features]
    return np.stack(summaries), np.stack(means)
