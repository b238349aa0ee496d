"""Counts, spreads and counterparts of the clips of a manifest: what the Explore page says and draws."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS

FILTERS = {
    "emotion": "feeling",
    "speaker": "voice",
    "sex": "sex",
    "age": "decade",
    "intensity": "intensity",
    "language": "language",
}
"""What clips are chosen by -> the column that holds it, see `prepared`."""

PREPARED = ("feeling", "voice", "decade", "searched")
"""Columns that `prepared` adds."""

UNKNOWN = "unknown"
"""Stands for a missing value where clips are counted and chosen."""

_ORDERS = {
    "emotion": EMOTIONS.names,
    "feeling": EMOTIONS.names,
    "sex": ("female", "male"),
    "intensity": ("low", "normal", "medium", "strong", "high"),
}
_SEARCHED = ("clip_id", "feeling", "label", "voice", "sex", "intensity", "text", "word")
# What a counterpart should share with a clip beyond what it must share, most wanted first.
_PREFERRED = ("intensity", "repetition", "version", "sex")


def prepared(manifest: pd.DataFrame, *, corpora: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A manifest with the columns by which clips of several corpora are told apart, counted and chosen.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip.
    corpora : mapping, optional
        Name of a corpus -> how readers know it.

    Returns
    -------
    pd.DataFrame
        The manifest's columns and index, and ``feeling`` (the emotion; where it has none in the label set, the word of
        the release), ``voice`` (the speaker, with the corpus before it where there are several corpora, for two
        corpora may both have a speaker "03"), ``decade`` (the age as "20 to 29"), and ``searched`` (all that the
        search looks through, in lower case).
    """
    feeling = manifest["emotion"]
    if "label" in manifest:
        feeling = feeling.fillna(manifest["label"])
    voice = manifest["speaker"]
    if manifest["corpus"].nunique() > 1:
        voice = manifest["corpus"].replace(dict(corpora or {})) + " " + voice
    tens = manifest["age"] // 10 * 10
    decade = tens.astype("str") + " to " + (tens + 9).astype("str")
    table = manifest.assign(feeling=feeling, voice=voice, decade=decade.where(tens.notna()))
    words = [table[column].fillna("").to_numpy(dtype=object) for column in _SEARCHED if column in table]
    searched = [" ".join(row).casefold() for row in zip(*words, strict=True)]
    return table.assign(searched=pd.Series(searched, index=table.index, dtype="str"))


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
        speakers=len(manifest[["corpus", "speaker"]].dropna().drop_duplicates()),
        hours=float(manifest["duration_s"].sum()) / 3600,
        emotions=EMOTIONS.ordered(manifest["emotion"].dropna().unique()),
    )


def categories(manifest: pd.DataFrame, column: str) -> tuple[str, ...]:
    """Values of a column in reading order, `UNKNOWN` last if any is missing.

    Emotions come in the order of the label set, intensities from weak to strong, all else sorted by name.
    """
    present = set(manifest[column].dropna().unique())
    order = _ORDERS.get(column, ())
    ordered = [value for value in order if value in present] + sorted(present.difference(order))
    return (*ordered, UNKNOWN) if manifest[column].isna().any() else tuple(ordered)


def select(manifest: pd.DataFrame, *, text: str = "", **chosen: Iterable[str]) -> pd.DataFrame:
    """The clips that match.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, see `prepared`.
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
    keep = np.ones(len(manifest), dtype=bool)
    for name, values in chosen.items():
        if name not in FILTERS:
            raise ConfigError(f"Clips are chosen by {', '.join(FILTERS)}, got {name!r}.")
        values = list(values)
        if values:
            column = manifest[FILTERS[name]]
            keep &= (column.isin(values) | (column.isna() & (UNKNOWN in values))).to_numpy(dtype=bool)
    for word in text.casefold().split():
        keep &= manifest["searched"].str.contains(word, regex=False).to_numpy(dtype=bool)
    return manifest[keep]


def counts(
    manifest: pd.DataFrame, *, by: str, split: str | None = None, unit: Literal["clips", "hours"] = "clips"
) -> pd.DataFrame:
    """Number of clips, or their total length, per value of a column, or per pair of values of two.

    Returns
    -------
    pd.DataFrame
        Columns `by`, `split` if given, and ``clips`` or ``hours``; in reading order, every pair listed, also those
        with no clip.
    """
    columns = [by] if split is None or split == by else [by, split]
    values = [categories(manifest, column) for column in columns]
    groups = manifest[columns].fillna(UNKNOWN).assign(hours=manifest["duration_s"] / 3600).groupby(columns)["hours"]
    found = groups.size() if unit == "clips" else groups.sum()
    index = pd.MultiIndex.from_product(values, names=columns)
    found.index = pd.MultiIndex.from_arrays([found.index.get_level_values(column) for column in columns])
    return found.reindex(index, fill_value=0).rename(unit).reset_index()


def corpora_table(manifest: pd.DataFrame) -> pd.DataFrame:
    """The corpora side by side.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, see `prepared`, with ``here``.

    Returns
    -------
    pd.DataFrame
        Indexed by corpus: ``clips, speakers, female, male`` (speakers), ``hours``, ``language`` (ISO 639-1),
        ``sampling_rate`` (of most clips, Hz), ``emotions`` (in the order of the label set, then other labels, joined
        by commas) and ``here`` (recordings on this machine).
    """
    rows = {}
    for corpus, clips in manifest.groupby("corpus", sort=False):
        size = facts(clips)
        sexes = clips.drop_duplicates("speaker")["sex"].value_counts()
        rates = clips["sampling_rate"].mode()
        rows[corpus] = {
            "clips": size.clips,
            "speakers": size.speakers,
            "female": int(sexes.get("female", 0)),
            "male": int(sexes.get("male", 0)),
            "hours": size.hours,
            "language": ", ".join(sorted(clips["language"].dropna().unique())),
            "sampling_rate": int(rates[0]) if len(rates) else None,
            "emotions": ", ".join(value for value in categories(clips, "feeling") if value != UNKNOWN),
            "here": int(clips["here"].sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("corpus")


def spread(manifest: pd.DataFrame, column: str, *, by: str = "feeling") -> pd.DataFrame:
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
    """Clips of the same corpus that differ from a given one in one respect, and as little as possible otherwise.

    A counterpart shares speaker, sentence and emotion with the clip, save for what is changed; intensity and take are
    shared where possible. Without a known sentence there is no counterpart by the same speaker.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, see `prepared`.
    clip_id : str
        The clip to compare with.
    change : str
        Column in which the counterparts differ: ``"feeling"``, ``"speaker"``, ``"intensity"``, ``"repetition"`` or
        ``"version"``.

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
    keep = manifest[change].notna() & (manifest[change] != own[change])
    for column in ("corpus", "speaker", "text", "feeling"):
        if column != change:
            keep &= manifest[column] == own[column]
    others = manifest.loc[keep.to_numpy(dtype=bool, na_value=False)]
    wanted = [column for column in _PREFERRED if column != change and column in manifest]
    agree = pd.DataFrame({column: (others[column] == own[column]).fillna(False) for column in wanted})
    others = others.loc[agree.sort_values(wanted, ascending=False, kind="stable").index] if wanted else others
    best = others.drop_duplicates(change).set_index(change)["clip_id"]
    return {str(value): best[value] for value in in_order(best.index, change)}


def in_order(values: Iterable, column: str) -> list:
    """Values of a column in reading order, those without a place in it last and by name."""
    order = _ORDERS.get(column, ())
    return sorted(values, key=lambda value: (order.index(value) if value in order else len(order), value))
