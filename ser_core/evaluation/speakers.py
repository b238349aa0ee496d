"""Who is tested in which fold, and who decides when to stop: fold plans by speaker, for one corpus or several."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ser_core.errors import ConfigError

Voice = tuple[str, str]
"""Corpus and speaker: two corpora may both have a speaker 03."""

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
    # No published ones: actor number - 1001 modulo 5, so that each fold holds 18 or 19 actors, 7 to 11 of them women.
    "cremad": tuple(tuple(str(number) for number in range(1001 + fold, 1092, 5)) for fold in range(5)),
    # Leave one session out, as most figures on IEMOCAP do: the two voices of a session talk with each other.
    "iemocap": tuple((f"Ses0{session}F", f"Ses0{session}M") for session in range(1, 6)),
}

#: Corpora of no published folds: up to this many speakers leave one out, more make `N_FOLDS` folds.
MOST_SPEAKERS_LEFT_OUT_SINGLY = 10
N_FOLDS = 6
#: A corpus gives one woman and one man to validation for each of these.
SPEAKERS_PER_VALIDATION_PAIR = 24


def voices(clips: pd.DataFrame) -> pd.Series:
    """Name of the speaker of each clip; with the corpus before it where there are several corpora.

    Examples
    --------
    >>> voices(pd.DataFrame({"corpus": ["emodb", "ravdess"], "speaker": ["03", "03"]})).tolist()
    ['emodb/03', 'ravdess/03']
    """
    if clips["corpus"].nunique() <= 1:
        return clips["speaker"]
    return (clips["corpus"].astype(str) + "/" + clips["speaker"].astype(str)).rename("speaker")


def speaker_folds(clips: pd.DataFrame) -> list[tuple[str, ...]]:
    """Test speakers of each fold: the published folds where there are any, else one speaker each or six folds.

    Speakers of the corpus that are not there (a sample of it) are left out, and folds without any with them.

    Parameters
    ----------
    clips : pd.DataFrame
        Clips of one corpus, with ``corpus``, ``speaker`` and ``sex``.

    Raises
    ------
    ConfigError
        If there are fewer than two speakers.
    """
    speakers = sorted(clips["speaker"].dropna().unique())
    corpora = clips["corpus"].unique()
    if len(speakers) < 2:
        raise ConfigError(
            f"Unseen speakers need at least 2 speakers, got {len(speakers)} in {', '.join(map(str, corpora))}."
        )
    published = PUBLISHED_FOLDS.get(corpora[0]) if len(corpora) == 1 else None
    if published:
        present = [tuple(name for name in fold if name in speakers) for fold in published]
        folds = [fold for fold in present if fold]
        if len(folds) > 1:
            return folds
    if len(speakers) <= MOST_SPEAKERS_LEFT_OUT_SINGLY:
        return [(speaker,) for speaker in speakers]
    sex = _sex(clips)
    by_sex = sorted(speakers, key=lambda name: (sex[name], name))
    return [tuple(by_sex[number::N_FOLDS]) for number in range(N_FOLDS)]


def pooled_folds(clips: pd.DataFrame) -> list[dict[str, tuple[str, ...]]]:
    """Test speakers of each fold by corpus, held out of all corpora at once: every speaker is tested exactly once.

    A corpus of `N_FOLDS` or more folds of its own is dealt out from the first fold on, so that RAVDESS's published
    folds keep their numbers; smaller ones go on where the one before ended, the larger first.

    Parameters
    ----------
    clips : pd.DataFrame
        Clips of one or more corpora.

    Returns
    -------
    list of dict
        As many folds as the largest corpus has, at most `N_FOLDS` with several corpora.

    Raises
    ------
    ConfigError
        If a corpus has fewer than two speakers.
    """
    own = {str(corpus): speaker_folds(of_corpus) for corpus, of_corpus in clips.groupby("corpus", sort=True)}
    if len(own) == 1:
        ((corpus, folds),) = own.items()
        return [{corpus: fold} for fold in folds]
    plan: list[dict[str, tuple[str, ...]]] = [{} for _ in range(min(N_FOLDS, max(map(len, own.values()))))]
    place = 0
    for corpus, folds in sorted(own.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(folds) >= len(plan):
            place = 0
        for fold in folds:
            part = plan[place % len(plan)]
            part[corpus] = part.get(corpus, ()) + fold
            place += 1
    return plan


def assignments(clips: pd.DataFrame, *, seed: int) -> Iterator[tuple[set[Voice], set[Voice]]]:
    """Test and validation voices of each fold; the rest trains.

    Validation holds one woman and one man, drawn by the seed, of the next fold that has any; of large corpora as many
    pairs as they have times 24 speakers. Of several corpora only those of more than ten speakers give any, and one
    corpus of two speakers has none to give: the set is then empty.

    Parameters
    ----------
    clips : pd.DataFrame
        Clips of one or more corpora.
    seed : int
        Draws the validation speakers.
    """
    plan = pooled_folds(clips)
    rng = np.random.default_rng(seed)
    by_corpus = {str(corpus): of_corpus for corpus, of_corpus in clips.groupby("corpus", sort=True)}
    givers = [corpus for corpus, of in by_corpus.items() if _gives(of, several=len(by_corpus) > 1)]
    for number, fold in enumerate(plan):
        validation: set[Voice] = set()
        for corpus in givers:
            later = [part[corpus] for part in plan[number + 1 :] + plan[:number] if corpus in part]
            validation |= {(corpus, name) for name in _pairs(by_corpus[corpus], later, rng)}
        yield {(corpus, name) for corpus, names in fold.items() for name in names}, validation


def is_one_of(clips: pd.DataFrame, voices: set[Voice]) -> np.ndarray:
    """Which clips are spoken by one of `voices` [shape=(n_clips,)], bool."""
    index = pd.MultiIndex.from_arrays([clips["corpus"].astype(str), clips["speaker"].astype(str)])
    return index.isin(list(voices)) if voices else np.zeros(len(clips), dtype=bool)


def _gives(clips: pd.DataFrame, *, several: bool) -> bool:
    """Whether a corpus can spare speakers for validation."""
    return clips["speaker"].nunique() > (MOST_SPEAKERS_LEFT_OUT_SINGLY if several else 2)


def _sex(clips: pd.DataFrame) -> pd.Series:
    return clips.groupby("speaker")["sex"].first().astype("string").fillna("unknown")


def _pairs(clips: pd.DataFrame, folds: list[tuple[str, ...]], rng: np.random.Generator) -> list[str]:
    """Women and men by lot, as many of each, from the first of `folds` that has any; else some of the first fold."""
    sex = _sex(clips)
    n = max(1, len(sex) // SPEAKERS_PER_VALIDATION_PAIR)
    chosen = []
    for wanted in ("female", "male"):
        candidates = next((names for fold in folds if (names := [n for n in sorted(fold) if sex[n] == wanted])), None)
        for _ in range(min(n, len(candidates or ()))):
            chosen.append(str(rng.choice(candidates)))
            candidates.remove(chosen[-1])
    return chosen or [str(name) for name in rng.permutation(sorted(folds[0]))[: 2 * n]]
