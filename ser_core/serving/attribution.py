"""Which measures pushed a model's answer: groups of functionals set to what is usual, one after the other."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ser_core.analysis.acoustics import FEATURES, GROUPS
from ser_core.errors import ConfigError
from ser_core.features import FunctionalsSpec, feature_names
from ser_core.serving.explanation import log_odds
from ser_core.serving.predictor import Predictor

# Part of a functional's name before its number -> group; rhythm has names of its own, see `_group`.
_PARTS = {
    "pitch": ("f0", "chroma"),
    "loudness": ("level_db",),
    "timing": ("voiced",),
    "voice": ("voicing", "hnr", "harmonic"),
    "formants": ("formant",),
    "timbre": ("mfcc",),
}
_GROUP_OF = {part: group for group, parts in _PARTS.items() for part in parts}
_TELLING = 1.0
_MOST_WORDS = 3


@dataclass(frozen=True)
class Push:
    """What a group of measures did to an answer.

    Attributes
    ----------
    group : str
        One of `ser_core.analysis.acoustics.GROUPS`.
    title : str
        In words for a reader.
    count : int
        Functionals in it.
    without : float
        Probability of the label with all of them at the mean of the training data, in [0, 1].
    support : float
        Log-odds that the label loses by that; negative where the group spoke against it.
    words : tuple of str
        What stands out in the group against the training data, the most unusual first; completes "sounds ...".
    """

    group: str
    title: str
    count: int
    without: float
    support: float
    words: tuple[str, ...]


def pushes(predictor: Predictor, features: np.ndarray, *, label: str) -> list[Push]:
    """Which groups of functionals speak for a label, the strongest first.

    Parameters
    ----------
    predictor : Predictor
        A model that reads functionals, with a reference.
    features : np.ndarray [shape=(n_features,)]
        Of the clip, as `ser_core.features.extract` makes them for ``predictor.spec``.
    label : str
        The emotion to explain.

    Raises
    ------
    ConfigError
        If the model reads something else, has no reference, or does not know `label`.
    """
    spec, reference, names = predictor.spec, predictor.reference, predictor.card.labels
    if spec.kind != FunctionalsSpec.kind or reference is None:
        raise ConfigError(f"Model {predictor.card.id!r} reads no functionals, or does not know what is usual.")
    if label not in names:
        raise ConfigError(f"Model {predictor.card.id!r} does not know {label!r}; it knows {', '.join(names)}.")
    group_of = np.array([_group(name) for name in feature_names(spec)])
    rows = np.stack([features, *(np.where(group_of == group, reference.mean, features) for group in GROUPS)])
    given = predictor.probabilities(rows)[:, names.index(label)]
    support = log_odds(given[0]) - log_odds(given[1:])
    found = [
        Push(
            group=group,
            title=GROUPS[group],
            count=int((group_of == group).sum()),
            without=float(without),
            support=float(lost),
            words=_words(group, features, predictor),
        )
        for group, without, lost in zip(GROUPS, given[1:], support, strict=True)
    ]
    return sorted(found, key=lambda push: -push.support)


@lru_cache(maxsize=4096)
def _group(name: str) -> str:
    """Group of a functional."""
    track, colon, _ = name.partition(":")
    if not colon:
        return "pitch" if track.startswith("f0") else "loudness" if track.startswith("level") else "timing"
    # Everything that describes the spectrum and has no group of its own: bands, slopes, contrasts, moments.
    return _GROUP_OF.get(re.sub(r"\d+$", "", track), "spectrum")


def _words(group: str, features: np.ndarray, predictor: Predictor) -> tuple[str, ...]:
    """Measures of a group that lie more than a standard deviation from the training mean, in words."""
    names = feature_names(predictor.spec)
    place = {name: i for i, name in enumerate(names)}
    scaled = [name for name in names if name.endswith((":mean", ":std"))]
    scale = dict(zip(scaled, predictor.reference.scale, strict=True))
    mean = predictor.reference.mean
    found = []
    for measure in FEATURES.values():
        if measure.group == group and measure.column in scale:
            deviation = (features[place[measure.column]] - mean[place[measure.column]]) / scale[measure.column]
            deviation *= np.sign(measure.scale)
            found.append((abs(deviation), measure.higher if deviation > 0 else measure.lower))
    found.sort(key=lambda pair: -pair[0])
    return tuple(words for size, words in found[:_MOST_WORDS] if size > _TELLING)
