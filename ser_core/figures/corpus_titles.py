"""The sentences above the figures of corpora: what they show, from their numbers."""

from collections.abc import Mapping

import pandas as pd

from ser_core.describe import UNKNOWN
from ser_core.figures.style import count, titles

NOUNS = {"feeling": "emotion", "voice": "speaker", "decade": "age"}
"""Column of `ser_core.describe.prepared` -> what it holds in a word."""
_UNIT_SHORT = {"s": "s", "dB of full scale": "dB"}


def on_axis(by: str, value: str, names: Mapping[str, str] | None = None) -> str:
    """What stands at an axis or in a legend for a value of a column."""
    if names and value in names:
        return names[value]
    return titles([value])[0].capitalize() if by in ("feeling", "emotion") else value


def balance(counts: pd.DataFrame, *, names: Mapping[str, str] | None) -> str:
    """What a countplot shows, in a sentence: equal shares, or the least and the greatest."""
    by, unit = counts.columns[0], counts.columns[-1]
    totals = counts.groupby(by, sort=False)[unit].sum()
    if totals.empty:
        return "No clips"
    noun = NOUNS.get(by, by)
    if unit == "hours":
        total, least, most = float(totals.sum()), totals.idxmin(), totals.idxmax()
        if len(totals) == 1:
            return f"{total:.1f} hours, all {_plain(by, most, names)}"
        ends = [f"{_plain(by, value, names)} ({totals[value]:.1f} h)" for value in (most, least)]
        return f"{_capital(ends[0])} has most, {ends[1]} least{_subtitle(f'n = {total:.1f} hours')}"
    n = _subtitle(f"n = {count(int(totals.sum()), 'clip')}")
    least, most = int(totals.min()), int(totals.max())
    if len(totals) == 1:
        return f"All clips are {_plain(by, totals.index[0], names)}{n}"
    if least == most:
        return f"{count(most, 'clip')} of each {noun}{n}"
    if len(totals) == 2:
        return ", ".join(f"{clips:,} {_plain(by, value, names)}" for value, clips in totals.items()) + n
    small = totals.index[totals == least]
    if len(small) == 1 and (totals.drop(small) == most).all():
        return f"{count(least, 'clip')} of {_plain(by, small[0], names)}, {most:,} of each other {noun}{n}"
    return f"From {least:,} to {count(most, 'clip')} per {noun}{n}"


def shares(counts: pd.DataFrame, *, names: Mapping[str, str] | None) -> str:
    """What a countplot of shares shows: the largest share that one part has of one bar."""
    by, split, unit = counts.columns
    totals = counts.groupby(by, sort=False)[unit].transform("sum")
    share = (counts[unit] / totals.where(totals > 0)).fillna(0.0)
    top = counts.loc[share.idxmax()]
    n = f"n = {count(int(counts[unit].sum()), 'clip')}" if unit == "clips" else f"n = {counts[unit].sum():.1f} hours"
    part, whole = _plain(split, top[split], names), _plain(by, top[by], names)
    return f"Largest share of a bar: {share.max():.0%} of {whole} is {part}{_subtitle(n)}"


def extremes(
    spread: pd.DataFrame, *, name: str, unit: str, most: str, least: str, names: Mapping[str, str] | None
) -> str:
    """What a distribution shows, in a sentence: where the middle clip lies highest and lowest."""
    by = spread.columns[0]
    clips = int(spread["clips"].sum())
    n = _subtitle(f"n = {count(clips, 'clip')}; box: middle half, whiskers: 5th to 95th percentile")
    if len(spread) < 2 or spread["median"].nunique() < 2:
        return f"{name}{n}"
    high, low = spread.loc[spread["median"].idxmax()], spread.loc[spread["median"].idxmin()]
    numbers = [
        f"{on_axis(by, part[by], names)} ({part['median']:.1f} {_UNIT_SHORT[unit]})".replace("-", "−")
        for part in (high, low)
    ]
    return f"{_capital(numbers[0])} is {most}, {numbers[1]} {least}{n}"


def _plain(by: str, value: str, names: Mapping[str, str] | None) -> str:
    if names and value in names:
        return names[value]
    noun = NOUNS.get(by, by)
    if value == UNKNOWN:
        return f"{noun} {UNKNOWN}"
    forms = {"speaker": "speaker {}", "intensity": "{} intensity", "age": "aged {}"}
    return forms.get(noun, "{}").format(value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _subtitle(text: str) -> str:
    return f"<br><sup>{text}</sup>"
