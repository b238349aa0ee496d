"""What people heard against what was meant: CREMA-D's votes by the voice alone.

2,443 people rated the recordings; for each, the release names the emotion chosen most often (`voice_vote`). Where
several were chosen equally often the vote is split: a tie of two counts half for each. The release's table gives
neither the number of raters of a clip nor their single answers, so a clip counts once however many heard it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ser_core.describe import UNKNOWN, categories
from ser_core.errors import ConfigError
from ser_core.evaluation import ConfusionMatrix, Interval
from ser_core.labels import EMOTIONS

VOTE = "voice_vote"
"""Column of the manifest with the votes: names of emotions, joined by a colon where they tie."""
RATING = "voice_level"
"""Column with the mean strength that raters gave the emotion they chose, 0 to 100."""

N_RESAMPLES = 2000


@dataclass(frozen=True)
class Votes:
    """Clips with a vote, and how it is split.

    Attributes
    ----------
    clips : pd.DataFrame
        The rows of the manifest with an emotion and a vote.
    shares : np.ndarray [shape=(n_clips, k)]
        Share of each emotion of `labels` in the vote of each clip; rows sum to 1.
    labels : tuple of str
        Emotions that were meant or heard, in the fixed order.
    """

    clips: pd.DataFrame
    shares: np.ndarray
    labels: tuple[str, ...]

    @cached_property
    def meant(self) -> np.ndarray:
        """Index in `labels` of the emotion that each clip was meant to have [shape=(n_clips,)]."""
        return pd.Categorical(self.clips["emotion"], categories=self.labels).codes.astype(int)

    @cached_property
    def agreement(self) -> np.ndarray:
        """Share of each clip's vote that went to the emotion meant [shape=(n_clips,)]."""
        return self.shares[np.arange(len(self.clips)), self.meant]


def has_votes(manifest: pd.DataFrame) -> bool:
    """Whether a manifest brings any vote."""
    return VOTE in manifest and bool(manifest[VOTE].notna().any())


def votes(manifest: pd.DataFrame) -> Votes:
    """The votes of a manifest.

    Raises
    ------
    ConfigError
        If it has none, or one names an emotion outside the label set.

    Examples
    --------
    >>> found = votes(pd.DataFrame({"emotion": ["sad", "angry"], "voice_vote": ["sad:fear", "angry"]}))
    >>> found.labels, found.shares.tolist(), found.agreement.tolist()
    (('sad', 'angry', 'fear'), [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]], [0.5, 1.0])
    """
    if not has_votes(manifest):
        raise ConfigError(f"Votes stand in the column {VOTE!r}, as in the manifest of CREMA-D; this one has none.")
    clips = manifest[manifest[VOTE].notna() & manifest["emotion"].notna()]
    # Few votes differ, so each is read once.
    code, known = pd.factorize(clips[VOTE])
    split = [vote.split(":") for vote in known]
    labels = EMOTIONS.ordered({name for vote in split for name in vote} | set(clips["emotion"]))
    table = np.zeros((len(known), len(labels)))
    for row, vote in zip(table, split, strict=True):
        row[[labels.index(name) for name in vote]] = 1 / len(set(vote))
    return Votes(clips, table[code], labels)


def confusion(found: Votes) -> ConfusionMatrix:
    """Emotions meant (rows) against emotions heard (columns); clips whose vote is tied count in parts."""
    counts = np.zeros((len(found.labels), len(found.labels)))
    np.add.at(counts, found.meant, found.shares)
    return ConfusionMatrix(counts, found.labels)


def agreement(found: Votes, *, by: str | None = None, seed: int = 0) -> pd.DataFrame:
    """How often people heard what was meant: the mean over the emotions, so that each weighs the same.

    Parameters
    ----------
    found : Votes
        From `votes`.
    by : str, optional
        Column of the manifest; one row for each of its values, in reading order. Without it, one row for all clips.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        `by` if given, ``agreement`` in [0, 1], ``low, high`` (its 95% interval by a bootstrap over speakers, NaN with
        fewer than two), ``clips, speakers``. By emotion it is the plain share of that emotion.
    """
    if by is None:
        return pd.DataFrame([_row(found, np.ones(len(found.clips), dtype=bool), seed=seed)])
    values = found.clips[by].astype(object).where(found.clips[by].notna(), UNKNOWN)
    rows = []
    for value in categories(found.clips, by):
        keep = (values == value).to_numpy()
        if keep.any():
            rows.append({by: value, **_row(found, keep, seed=seed)})
    return pd.DataFrame(rows)


def _row(found: Votes, keep: np.ndarray, *, seed: int) -> dict:
    interval, speakers = _mean_over_emotions(
        found.agreement[keep],
        found.meant[keep],
        found.clips["speaker"].to_numpy()[keep],
        k=len(found.labels),
        seed=seed,
    )
    ends = {"agreement": interval.value, "low": interval.low, "high": interval.high}
    return {**ends, "clips": int(keep.sum()), "speakers": speakers}


def _mean_over_emotions(
    right: np.ndarray, meant: np.ndarray, speaker: np.ndarray, *, k: int, seed: int
) -> tuple[Interval, int]:
    """Mean recall over the emotions that occur, with an interval from speakers drawn with replacement."""
    code, names = pd.factorize(speaker)
    n = len(names)
    hits, clips = np.zeros((n, k)), np.zeros((n, k))
    np.add.at(hits, (code, meant), right)
    np.add.at(clips, (code, meant), 1)
    value = float(np.nanmean(_ratio(hits.sum(axis=0), clips.sum(axis=0))))
    if n < 2:
        return Interval(value, np.nan, np.nan), n
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
    drawn = np.nanmean(_ratio(weights @ hits, weights @ clips), axis=1)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Interval(value, float(low), float(high)), n


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def heard_otherwise(
    found: Votes, *, meant: str | None = None, heard: str | None = None, surest_first: bool = True
) -> pd.DataFrame:
    """The clips whose vote did not go to the emotion meant, or those of one cell of the confusion matrix.

    Parameters
    ----------
    found : Votes
        From `votes`.
    meant, heard : str, optional
        The emotion meant, and one that took part in the vote. Both the same lists the clips heard as meant.
    surest_first : bool
        Clear votes before tied ones, and within these those that raters found strongest.

    Returns
    -------
    pd.DataFrame
        Rows of the manifest with their index, and ``share``: that part of the vote that went to `heard` (without it,
        to emotions that were not meant).
    """
    shares = 1 - found.agreement if heard is None else _column(found, heard)
    keep = shares > 0
    if meant is not None:
        keep &= (found.clips["emotion"] == meant).to_numpy()
    rows = found.clips[keep].assign(share=shares[keep])
    order = ["share", *([RATING] if RATING in rows else [])]
    return rows.sort_values(order, ascending=False, kind="stable") if surest_first else rows


def _column(found: Votes, heard: str) -> np.ndarray:
    return found.shares[:, found.labels.index(heard)] if heard in found.labels else np.zeros(len(found.clips))
