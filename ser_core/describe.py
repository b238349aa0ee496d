"""Counts, spreads and counterparts of the clips of a manifest: what the Explore page says and draws."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS

FILTERS = ("emotion", "speaker", "sex", "intensity")
"""Columns that clips are chosen by."""

UNKNOWN = "unknown"
"""Stands for a missing value where clips are counted and chosen."""

_ORDERS = {
    "emotion": EMOTIONS.names,
    "sex": ("female", "male"),
    "intensity": ("low", "normal", "medium", "strong", "high"),
}
_SEARCHED = ("clip_id", "emotion", "speaker", "sex", "intensity", "text")
# What a counterpart should share with a clip beyond what it must share, most wanted first.
_PREFERRED = ("intensity", "repetition", "sex")


@dataclass(frozen=True)
class Facts:
    """The size of a set of clips.

    Attributes
    ----------
    clips, speakers : int
        Their numbers.
    hours : float
        Total length; clips of unknown length count as 0.
    emotions : tuple of str
        Those that occur, in the order of the label set.
    """

    clips: int
    speakers: int
    hours: float
    emotions: tuple[str, ...]


def facts(manifest: pd.DataFrame) -> Facts:
    """How many clips, speakers, hours and which emotions a manifest holds."""
    return Facts(
        clips=len(manifest),
        speakers=int(manifest["speaker"].nunique()),
        hours=float(manifest["duration_s"].sum()) / 3600,
        emotions=EMOTIONS.ordered(manifest["emotion"].dropna().unique()),
    )


def categories(manifest: pd.DataFrame, column: str) -> tuple[str, ...]:
    """Values of a column in reading order, `UNKNOWN` last if any is missing.

    Emotions come in the order of the label set, intensities from weak to strong, all else sorted by name.
    """
    present = set(manifest[column].dropna())
    order = _ORDERS.get(column, ())
    ordered = [value for value in order if value in present] + sorted(present.difference(order))
    return (*ordered, UNKNOWN) if manifest[column].isna().any() else tuple(ordered)


def select(manifest: pd.DataFrame, *, text: str = "", **chosen: Iterable[str]) -> pd.DataFrame:
    """The clips that match.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip.
    text : str
        Words that must all occur in the clip's name, labels or sentence, in any case and order.
    **chosen : iterable of str
        Values allowed for each of `FILTERS`; none of them allows all. `UNKNOWN` chooses missing values.

    Returns
    -------
    pd.DataFrame
        The matching rows, in order, with their index.

    Raises
    ------
    ConfigError
        If a filter is not one of `FILTERS`.
    """
    keep = pd.Series(True, index=manifest.index)
    for column, values in chosen.items():
        if column not in FILTERS:
            raise ConfigError(f"Clips are chosen by {', '.join(FILTERS)}, got {column!r}.")
        values = list(values)
        if values:
            keep &= manifest[column].fillna(UNKNOWN).isin(values)
    words = text.casefold().split()
    if words:
        rows = zip(*(manifest[column].fillna("") for column in _SEARCHED), strict=True)
        texts = [" ".join(row).casefold() for row in rows]
        keep &= pd.Series([all(word in text for word in words) for text in texts], index=manifest.index, dtype=bool)
    return manifest[keep]


def counts(manifest: pd.DataFrame, *, by: str, split: str | None = None) -> pd.DataFrame:
    """Number of clips per value of a column, or per pair of values of two.

    Returns
    -------
    pd.DataFrame
        Columns `by`, `split` if given, and ``clips``; in reading order, every pair listed, also those with no clip.
    """
    columns = [by] if split is None or split == by else [by, split]
    values = [categories(manifest, column) for column in columns]
    found = manifest[columns].fillna(UNKNOWN).value_counts()
    index = pd.MultiIndex.from_product(values, names=columns)
    return found.reindex(index, fill_value=0).rename("clips").reset_index()


def spread(manifest: pd.DataFrame, column: str, *, by: str = "emotion") -> pd.DataFrame:
    """How a measure spreads over the clips of each value of a column.

    Returns
    -------
    pd.DataFrame
        Columns `by`, ``clips`` (with a value), and the quantiles ``p5, q1, median, q3, p95`` in the measure's unit; in
        reading order, without values that no clip has.
    """
    measured = manifest[[by, column]].assign(**{by: manifest[by].fillna(UNKNOWN)}).dropna(subset=[column])
    groups = measured.groupby(by, sort=False)[column]
    rows = []
    for value in categories(manifest, by):
        if value in groups.groups:
            numbers = groups.get_group(value)
            quantiles = numbers.quantile([0.05, 0.25, 0.5, 0.75, 0.95])
            rows.append((value, len(numbers), *map(float, quantiles)))
    return pd.DataFrame(rows, columns=[by, "clips", "p5", "q1", "median", "q3", "p95"])


def counterparts(manifest: pd.DataFrame, clip_id: str, *, change: str) -> Mapping[str, str]:
    """Clips that differ from a given one in one respect, and as little as possible otherwise.

    A counterpart shares speaker, sentence and emotion with the clip, save for what is changed; intensity and take are
    shared where possible. Without a known sentence there is no counterpart by the same speaker.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip.
    clip_id : str
        The clip to compare with.
    change : str
        Column in which the counterparts differ: ``"emotion"``, ``"speaker"``, ``"intensity"`` or ``"repetition"``.

    Returns
    -------
    dict
        Value of the changed column -> clip_id of the best counterpart, in reading order.

    Raises
    ------
    ConfigError
        If the manifest does not list the clip.
    """
    found = manifest.index[manifest["clip_id"] == clip_id]
    if not len(found):
        raise ConfigError(f"The manifest lists no clip {clip_id!r}.")
    own = manifest.loc[found[0]]
    if change not in manifest or pd.isna(own["text"]):
        return {}
    others = manifest[manifest[change].notna() & (manifest[change] != own[change])]
    for column in ("speaker", "text", "emotion"):
        if column != change:
            others = others[others[column] == own[column]]
    wanted = [column for column in _PREFERRED if column != change and column in manifest]
    agree = pd.DataFrame({column: (others[column] == own[column]).fillna(False) for column in wanted})
    others = others.loc[agree.sort_values(wanted, ascending=False, kind="stable").index] if wanted else others
    best = others.drop_duplicates(change).set_index(change)["clip_id"]
    return {str(value): best[value] for value in _ordered(best.index, change)}


def _ordered(values: Iterable, column: str) -> list:
    order = _ORDERS.get(column, ())
    return sorted(values, key=lambda value: (order.index(value) if value in order else len(order), value))
