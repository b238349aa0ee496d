"""Protocols: who stands in training, validation and test, and which leaks that allows.

A protocol first makes the *pool* of examples from a manifest (for `leaky` with augmented and resampled copies), then
yields `Split`s of positions in that pool.
"""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pandas as pd

from ser_core.errors import ConfigError
from ser_core.evaluation.protocol import RANDOM_VALIDATION, Protocol, Split, stratified_two
from ser_core.evaluation.speakers import (
    N_FOLDS,
    PUBLISHED_FOLDS,
    assignments,
    is_one_of,
    pooled_folds,
    speaker_folds,
    voices,
)

__all__ = [
    "ACROSS",
    "ALL",
    "NAMED_SPLITS",
    "N_FOLDS",
    "PROTOCOLS",
    "PUBLISHED_FOLDS",
    "TASKS",
    "Protocol",
    "Split",
    "get",
    "pooled_folds",
    "speaker_folds",
]

#: Shares of the pool that `leaky` tests and validates on; 80/20 is what published projects use most.
LEAKY_TEST = 0.2
LEAKY_VALIDATION = 0.1
#: Share of the pool that `random-seven` tests on, for the same reason.
SEVEN_TEST = 0.2


class SpeakerIndependent(Protocol):
    """Test speakers are never seen in training or validation.

    Validation holds one woman and one man of the next fold that has any, drawn by the seed, see
    `ser_core.evaluation.speakers`. Where there are no speakers to spare (TESS has two), it holds clips of the training
    speakers. Several corpora are tested at once: each fold holds out speakers of all of them.
    """

    name = "speaker-independent"
    title = "Unseen speakers"
    description = "Tested only on speakers that were never heard in training or validation."

    def groups(self, clips: pd.DataFrame) -> pd.Series:
        """What an inner split keeps together: the speaker; of two speakers, what was said."""
        names = voices(clips)
        if names.nunique() > 2:
            return names
        return clips["text"].fillna(clips["clip_id"]).astype(str)

    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """One split per fold of test speakers.

        Raises
        ------
        ConfigError
            If a corpus has fewer than two speakers.
        """
        emotion = pool["emotion"].to_numpy()
        for number, (test_voices, validation_voices) in enumerate(assignments(pool, seed=seed)):
            test, validation = is_one_of(pool, test_voices), is_one_of(pool, validation_voices)
            train = np.flatnonzero(~test & ~validation)
            held = np.flatnonzero(validation)
            if not len(held):
                n_validation = max(round(RANDOM_VALIDATION * len(train)), len(set(emotion)))
                train, held = stratified_two(train, emotion, n_second=n_validation, seed=seed)
            yield Split(number, train, held, np.flatnonzero(test))


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

        Raises
        ------
        ConfigError
            If there are too few clips for each emotion to stand in every part.
        """
        from sklearn.model_selection import StratifiedKFold

        recording, emotion = _recordings(pool)
        most = pd.Series(emotion).value_counts().max()
        if most < N_FOLDS:
            raise ConfigError(
                f"The protocol {self.name} deals the clips of each emotion out to {N_FOLDS} folds; here no emotion has "
                f"more than {most}. Add clips of every emotion."
            )
        n_validation = round(RANDOM_VALIDATION * len(emotion))
        folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(emotion, emotion)
        for number, (rest, test) in enumerate(folds):
            train, validation = stratified_two(rest, emotion, n_second=n_validation, seed=seed)
            parts = (np.flatnonzero(np.isin(recording, part)) for part in (train, validation, test))
            yield Split(number, *parts)


class RandomSeven(Random):
    """The task of published projects that put RAVDESS, TESS, SAVEE and CREMA-D together.

    Calm, which RAVDESS alone has, counts as neutral, and a fifth of all clips tests, drawn at random with the emotions
    in proportion.
    """

    name = "random-seven"
    title = "Random clips, seven emotions"
    description = (
        "Tested on a fifth of the clips, drawn at random, with calm counted as neutral: other clips of the same "
        "speakers are in training. Everything fitted sees the training part only."
    )
    #: Emotion -> the one that it counts as.
    merged: ClassVar[dict[str, str]] = {"calm": "neutral"}

    def pool(self, manifest: pd.DataFrame) -> pd.DataFrame:
        """The clips, each with the emotion that it counts as."""
        return super().pool(manifest.assign(emotion=manifest["emotion"].replace(self.merged)))

    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """One stratified split; the same recording under two names stays on one side."""
        recording, emotion = _recordings(pool)
        n = len(emotion)
        rest, test = stratified_two(np.arange(n), emotion, n_second=round(SEVEN_TEST * n), seed=seed)
        train, validation = stratified_two(rest, emotion, n_second=round(RANDOM_VALIDATION * n), seed=seed)
        yield Split(0, *(np.flatnonzero(np.isin(recording, part)) for part in (train, validation, test)))


def _recordings(pool: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which recording each example is [shape=(n_examples,)], and the emotion of each recording."""
    recording, _ = pd.factorize(pool["sha256"])
    first = np.unique(recording, return_index=True)[1]
    return recording, pool["emotion"].to_numpy()[first]


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
        rest, test = stratified_two(everything, emotion, n_second=round(LEAKY_TEST * len(pool)), seed=seed)
        train, validation = stratified_two(rest, emotion, n_second=round(LEAKY_VALIDATION * len(pool)), seed=seed)
        yield Split(0, train, validation, test)


class EmoBox(Protocol):
    """The one split of EmoBox (Ma et al., Interspeech 2024) where it shares speakers: CREMA-D, 1856 clips to test.

    Its published figures stand on these clips.
    """

    name = "random-emobox"
    title = "Random clips, as EmoBox drew them"
    description = (
        "Tested on the clips of a published benchmark: other clips of the same speakers are in training. "
        "Everything fitted sees the training part only."
    )
    leaks = ("speakers",)

    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """One split; the seed draws the validation clips.

        Raises
        ------
        ConfigError
            If the corpus has no such split.
        """
        known = "emobox_test" in pool and pool["emobox_test"].notna().any()
        if not known:
            corpora = ", ".join(sorted(pool["corpus"].astype(str).unique()))
            raise ConfigError(f"EmoBox's split is known for cremad only, got {corpora}; use the protocol `random`.")
        test = pool["emobox_test"].fillna(False).to_numpy(dtype=bool)
        rest = np.flatnonzero(~test)
        n_validation = round(RANDOM_VALIDATION * len(rest))
        train, validation = stratified_two(rest, pool["emotion"].to_numpy(), n_second=n_validation, seed=seed)
        yield Split(0, train, validation, np.flatnonzero(test))


class CrossCorpus(Protocol):
    """Trained on one corpus, tested on all others: each corpus trains once, so that all pairs are measured.

    Test clips have an emotion that the training corpus has, too. Validation holds a woman and a man of the training
    corpus, or clips of it where it has two speakers.
    """

    name = "cross-corpus"
    title = "Another corpus"
    description = (
        "Trained on one corpus and tested on the others: other speakers, other sentences, other rooms and microphones, "
        "on the emotions that both have."
    )

    def groups(self, clips: pd.DataFrame) -> pd.Series:
        """What an inner split keeps together: the speaker; in corpora of two speakers, what was said."""
        inner = SpeakerIndependent().groups
        parts = [str(corpus) + "/" + inner(of_corpus) for corpus, of_corpus in clips.groupby("corpus", sort=False)]
        return pd.concat(parts).loc[clips.index].rename("group")

    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """One split per training corpus, in the order of their names.

        Raises
        ------
        ConfigError
            If there is a single corpus, or one of a single speaker.
        """
        corpus = pool["corpus"].astype(str).to_numpy()
        names = sorted(set(corpus))
        if len(names) < 2:
            raise ConfigError(
                f"The protocol `{self.name}` needs two or more corpora, got {', '.join(names) or 'none'}."
            )
        emotion = pool["emotion"].to_numpy()
        for number, name in enumerate(names):
            inside = corpus == name
            _, voices_held = next(assignments(pool[inside], seed=seed))
            held = inside & is_one_of(pool, voices_held)
            train, validation = np.flatnonzero(inside & ~held), np.flatnonzero(held)
            if not len(validation):
                n_validation = max(round(RANDOM_VALIDATION * len(train)), len(set(emotion[train])))
                train, validation = stratified_two(train, emotion, n_second=n_validation, seed=seed)
            shared = np.isin(emotion, emotion[train])
            yield Split(number, train, validation, np.flatnonzero(~inside & shared))


PROTOCOLS: dict[str, Protocol] = {each.name: each for each in (SpeakerIndependent(), Random(), Leaky())}
#: Published splits of one corpus.
NAMED_SPLITS: dict[str, Protocol] = {each.name: each for each in (EmoBox(),)}
#: Published tasks over several corpora put together.
TASKS: dict[str, Protocol] = {each.name: each for each in (RandomSeven(),)}
#: Those that need several corpora.
ACROSS: dict[str, Protocol] = {each.name: each for each in (CrossCorpus(),)}
#: All of them.
ALL: dict[str, Protocol] = PROTOCOLS | NAMED_SPLITS | TASKS | ACROSS


def get(name: str) -> Protocol:
    """The protocol called `name`.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    try:
        return ALL[name]
    except KeyError:
        raise ConfigError(f"Unknown protocol {name!r}; there are {', '.join(ALL)}.") from None
