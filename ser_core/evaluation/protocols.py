"""Protocols: who stands in training, validation and test, and which leaks that allows.

A protocol first makes the *pool* of examples from a manifest (for `leaky` with augmented and resampled copies), then
yields `Split`s of positions in that pool.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ser_core.errors import ConfigError

#: Folds by test speaker that published figures stand on, by corpus.
PUBLISHED_FOLDS: dict[str, tuple[tuple[str, ...], ...]] = {
    # EmoBox (Ma et al., Interspeech 2024), RAVDESS in six folds of two women and two men.
    "ravdess": (
        ("01", "11", "20", "21"),
        ("04", "10", "12", "14"),
        ("08", "09", "19", "23"),
        ("03", "05", "07", "24"),
        ("02", "15", "16", "18"),
        ("06", "13", "17", "22"),
    ),
}

#: Corpora of no published folds: up to this many speakers leave one out, more make `N_FOLDS` folds.
MOST_SPEAKERS_LEFT_OUT_SINGLY = 10
N_FOLDS = 6
#: Share of the clips that `random` keeps for validation: as many as two of RAVDESS's 24 speakers have.
RANDOM_VALIDATION = 1 / 12
#: Shares of the pool that `leaky` tests and validates on; 80/20 is what published projects use most.
LEAKY_TEST = 0.2
LEAKY_VALIDATION = 0.1


@dataclass(frozen=True)
class Split:
    """One fold as positions in the pool; the three never overlap.

    Attributes
    ----------
    fold : int
        Number of the fold, from 0.
    train, validation, test : np.ndarray of int
        Positions in the pool.
    """

    fold: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


class Protocol(ABC):
    """How a recogniser is put to the test."""

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    #: What of the test set is known to the training: nothing, "speakers", "clips".
    leaks: ClassVar[tuple[str, ...]] = ()
    #: Whether feature scaling looks at the whole pool, test clips included.
    scales_on_all: ClassVar[bool] = False
    #: Augmented copies that join the pool before the split.
    copies: ClassVar[tuple[str, ...]] = ()

    def pool(self, manifest: pd.DataFrame) -> pd.DataFrame:
        """The examples to split: `manifest` with columns ``augmentation`` (NA: the clip itself) and ``group``."""
        return manifest.assign(augmentation=pd.NA, group=self.groups(manifest)).reset_index(drop=True)

    def groups(self, clips: pd.DataFrame) -> pd.Series:
        """What an inner split keeps together: here, each clip by itself."""
        return clips["clip_id"]

    @abstractmethod
    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """The folds over `pool`."""


class SpeakerIndependent(Protocol):
    """Test speakers are never seen in training or validation.

    Validation holds one woman and one man of the next fold that has any, drawn by the seed.
    """

    name = "speaker-independent"
    title = "Unseen speakers"
    description = "Tested only on speakers that were never heard in training or validation."

    def groups(self, clips: pd.DataFrame) -> pd.Series:
        """What an inner split keeps together: the speaker."""
        return clips["speaker"]

    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """One split per fold of test speakers.

        Raises
        ------
        ConfigError
            If there are fewer than three speakers.
        """
        folds = speaker_folds(pool)
        rng = np.random.default_rng(seed)
        speaker = pool["speaker"].to_numpy()
        for number, test_speakers in enumerate(folds):
            validation_speakers = _one_of_each_sex(pool, folds[number + 1 :] + folds[:number], rng)
            test = np.isin(speaker, test_speakers)
            validation = np.isin(speaker, validation_speakers)
            yield Split(number, np.flatnonzero(~test & ~validation), np.flatnonzero(validation), np.flatnonzero(test))


class Random(Protocol):
    """Random clips, stratified by emotion: the same speakers stand on both sides."""

    name = "random"
    title = "Random clips"
    description = (
        "Tested on clips drawn at random: other clips of the same speakers are in training. "
        "Everything fitted sees the training part only."
    )
    leaks = ("speakers",)

    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """Six stratified folds, so that as many clips train as under `SpeakerIndependent`.

        The same recording under two names (RAVDESS has one such pair) stays on one side.
        """
        from sklearn.model_selection import StratifiedKFold

        recording, _ = pd.factorize(pool["sha256"])
        first = np.unique(recording, return_index=True)[1]
        emotion = pool["emotion"].to_numpy()[first]
        n_validation = round(RANDOM_VALIDATION * len(first))
        folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(emotion, emotion)
        for number, (rest, test) in enumerate(folds):
            train, validation = _stratified_two(rest, emotion, n_second=n_validation, seed=seed)
            parts = (np.flatnonzero(np.isin(recording, part)) for part in (train, validation, test))
            yield Split(number, *parts)


class Leaky(Protocol):
    """What many published projects did: augment and balance first, scale on everything, then split at random.

    The pool holds each clip, a noisy and a pitch-shifted copy of it, and copies of clips of the rarer emotions until
    all emotions are equally frequent; one stratified 80/20 split per seed.
    """

    name = "leaky"
    title = "Leaky"
    description = (
        "Augmented and duplicated copies are made before a random split, and scaling sees all clips: copies of the "
        "test clips are in training. Shown only to expose it."
    )
    leaks = ("speakers", "clips")
    scales_on_all = True
    copies = ("noise", "pitch")

    def pool(self, manifest: pd.DataFrame) -> pd.DataFrame:
        """The clips, their augmented copies and the oversampled rarer emotions, told apart by ``clip_id``."""
        parts = [manifest.assign(augmentation=pd.NA)]
        parts += [manifest.assign(augmentation=kind, clip_id=manifest["clip_id"] + f"#{kind}") for kind in self.copies]
        pool = pd.concat(parts, ignore_index=True)
        most = pool["emotion"].value_counts().max()
        extra = []
        for _, clips in pool.groupby("emotion", sort=True):
            again = clips.iloc[np.resize(np.arange(len(clips)), most - len(clips))]
            rounds = [f"#again{i // len(clips) + 1}" for i in range(len(again))]
            extra.append(again.assign(clip_id=[a + b for a, b in zip(again["clip_id"], rounds, strict=True)]))
        pool = pd.concat([pool, *extra], ignore_index=True)
        return pool.assign(group=self.groups(pool))

    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """One stratified 80/20 split."""
        emotion = pool["emotion"].to_numpy()
        everything = np.arange(len(pool))
        rest, test = _stratified_two(everything, emotion, n_second=round(LEAKY_TEST * len(pool)), seed=seed)
        train, validation = _stratified_two(rest, emotion, n_second=round(LEAKY_VALIDATION * len(pool)), seed=seed)
        yield Split(0, train, validation, test)


PROTOCOLS: dict[str, Protocol] = {each.name: each for each in (SpeakerIndependent(), Random(), Leaky())}


def get(name: str) -> Protocol:
    """The protocol called `name`.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    try:
        return PROTOCOLS[name]
    except KeyError:
        raise ConfigError(f"Unknown protocol {name!r}; there are {', '.join(PROTOCOLS)}.") from None


def speaker_folds(clips: pd.DataFrame) -> list[tuple[str, ...]]:
    """Test speakers of each fold: the published folds where there are any, else one speaker each or six folds.

    Speakers of the corpus that are not there (a sample of it) are left out, and folds without any with them.

    Raises
    ------
    ConfigError
        If there are fewer than three speakers.
    """
    speakers = sorted(clips["speaker"].dropna().unique())
    if len(speakers) < 3:
        raise ConfigError(
            f"Unseen speakers need at least 3 speakers (training, validation, test), got {len(speakers)}."
        )
    corpora = clips["corpus"].unique()
    published = PUBLISHED_FOLDS.get(corpora[0]) if len(corpora) == 1 else None
    if published:
        present = [tuple(name for name in fold if name in speakers) for fold in published]
        folds = [fold for fold in present if fold]
        if len(folds) > 1:
            return folds
    if len(speakers) <= MOST_SPEAKERS_LEFT_OUT_SINGLY:
        return [(speaker,) for speaker in speakers]
    sex = clips.groupby("speaker")["sex"].first().astype("string").fillna("unknown")
    by_sex = sorted(speakers, key=lambda name: (sex[name], name))
    return [tuple(by_sex[number::N_FOLDS]) for number in range(N_FOLDS)]


def _one_of_each_sex(clips: pd.DataFrame, folds: list[tuple[str, ...]], rng: np.random.Generator) -> list[str]:
    """One woman and one man by lot, each from the first of `folds` that has any; else up to two of the first fold."""
    sex = clips.groupby("speaker")["sex"].first().astype("string").fillna("unknown")
    chosen = []
    for wanted in ("female", "male"):
        candidates = next((names for fold in folds if (names := [n for n in sorted(fold) if sex[n] == wanted])), None)
        if candidates:
            chosen.append(str(rng.choice(candidates)))
    return chosen or [str(name) for name in rng.permutation(sorted(folds[0]))[:2]]


def _stratified_two(
    index: np.ndarray, emotion: np.ndarray, *, n_second: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """`index` in two parts, the second of `n_second`, each with the emotions in proportion."""
    from sklearn.model_selection import train_test_split

    first, second = train_test_split(index, test_size=n_second, stratify=emotion[index], random_state=seed)
    return np.sort(first), np.sort(second)
