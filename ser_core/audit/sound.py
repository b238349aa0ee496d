"""Checks of each clip by itself and against the clips around it: readable, sounding, unclipped, of usual level."""

from collections.abc import Callable

import pandas as pd

from ser_core.audit.finding import Finding
from ser_core.audit.subjects import Group

CLIPPED = 0.002
"""Share of samples in flat tops at full scale from which a clip is named: 4 ms in 2 s. In the five corpora 34 do, 19
of SAVEE and 15 of CREMA-D, shouted into the end of the scale."""
FLAT = 0.0005
"""The same for flat tops below `FULL_DB`, which no clip of the five corpora has."""
FULL_DB = -0.1
"""Peak from which a clip reaches full scale, dBFS."""
CROWDED = 3.0
"""Samples near the peak over those just below it (`measure.crowding`) from which a clip is taken for clipped and then
converted, if at least `CROWDED_SHARE` of all samples are that near. The greatest of the clips of the five corpora
without a flat top is 2.6. Clipping that was then coded by Opus or MP3 below full scale leaves no such mark and is not
found."""
CROWDED_SHARE = 0.002
STEADY_DB = 5.0
"""A clip whose softest moments lie less than this below its loudest holds no speech; the least of the five corpora is
8.8 dB, white noise has about 2."""
LEVEL_DB = 30.0
"""Distance to the median of its corpus from which a level is called an outlier. Acted emotions span more than one would
think: the farthest clips of the five corpora lie 26 dB below (a whispered one of SAVEE) and 24 dB above (shouts)."""
EDGE_S = 1.5
"""Least silence before or after the sound that is called long, seconds; and it must be `EDGE_TIMES` as long as that of
99% of the clips. RAVDESS begins with 1 s by design, at most 1.4 s."""
EDGE_TIMES = 1.5
DC = 0.01
"""Mean from which an offset is reported (-40 dBFS). SAVEE has .01 to .045 throughout, the other four below .005."""
SHARED = 0.05
"""A trait that more clips of a group have than this share (and than 5) belongs to how it was made: it is told once."""
_SHARED_LEAST = 5


def check(clips: pd.DataFrame, groups: list[Group]) -> list[Finding]:
    """Findings of the kinds unreadable, empty, silent, no-speech, clipped, level, edge-silence and dc-offset.

    Parameters
    ----------
    clips : pd.DataFrame
        From `ser_core.audit.run.look`.
    groups : list of Group
        What they belong to.
    """
    found = [_broken(clip) for clip in clips[clips["problem"] != ""].itertuples()]
    sounding = clips[clips["sound_s"] > 0]
    found += [_silent(clip) for clip in clips[clips["sound_s"] == 0].itertuples()]
    steady = sounding[sounding["spread_db"] < STEADY_DB]
    found += [_steady(clip) for clip in steady.itertuples()]
    found += _clipped(sounding)
    for group in groups:
        own = sounding[(sounding["group"] == group.name) & ~sounding["extra"]]
        found += _level(own, group)
        found += _edges(own, group)
        found += _offset(own, group)
    return found


def shared(
    rows: pd.DataFrame,
    n: int,
    group: Group,
    *,
    kind: str,
    severity: str,
    each: Callable,
    together: str,
    share: float = SHARED,
) -> list[Finding]:
    """A finding for each clip, or one for all where they are many.

    Parameters
    ----------
    rows : pd.DataFrame
        The clips concerned.
    n : int
        Clips of the group.
    group : Group
        What they belong to.
    kind, severity : str
        Of each finding; one for all has the severity ``info``.
    each : callable
        Row -> detail.
    together : str
        Detail of the one for all, after the number of clips.
    share : float
        See `SHARED`.
    """
    if len(rows) > max(_SHARED_LEAST, share * n):
        detail = f"{len(rows):,} of {n:,} clips {together}"
        return [Finding(kind, None, detail, "info", tuple(rows["clip_id"]), group.name)]
    return [Finding(kind, row.clip_id, each(row), severity, (), group.name) for row in rows.itertuples()]


def _broken(clip) -> Finding:
    return Finding(clip.problem, clip.clip_id, clip.message, "error", (), clip.group)


def _silent(clip) -> Finding:
    zeros = "every sample is zero" if clip.zero_tail_s >= clip.decoded_s else f"its peak is {clip.peak_db:.0f} dB"
    return Finding("silent", clip.clip_id, f"{clip.decoded_s:.2f} s without sound: {zeros}.", "error", (), clip.group)


def _steady(clip) -> Finding:
    detail = f"The level moves by {clip.spread_db:.1f} dB only: noise or a tone, no speech."
    return Finding("no-speech", clip.clip_id, detail, "warning", (), clip.group)


def _clipped(clips: pd.DataFrame) -> list[Finding]:
    full = clips["clipped"] >= CLIPPED
    flat = (clips["peak_db"] < FULL_DB) & (clips["flat"] >= FLAT)
    near = (clips["crowding"] >= CROWDED) & (clips["top_share"] >= CROWDED_SHARE)
    crowded = (clips["peak_db"] < FULL_DB) & ~flat & near
    found = []
    for rows, words in (
        (clips[full], lambda clip: f"{clip.clipped:.1%} of the samples lie in flat tops at full scale."),
        (clips[flat], lambda clip: f"{clip.flat:.1%} of the samples lie in flat tops at {clip.peak_db:.1f} dB."),
        (clips[crowded], lambda clip: f"The amplitudes crowd at {clip.peak_db:.1f} dB: clipped before it was coded."),
    ):
        found += [
            Finding("clipped", clip.clip_id, words(clip), "warning", (), clip.group) for clip in rows.itertuples()
        ]
    few = clips[~full & ~flat & ~crowded & (clips["clipped"] > 0)]
    for name, rows in few.groupby("group", sort=False):
        detail = f"{len(rows):,} clips touch full scale in less than {CLIPPED:.1%} of their samples."
        found.append(Finding("clipped", None, detail, "info", tuple(rows["clip_id"]), name))
    return found


def _level(clips: pd.DataFrame, group: Group) -> list[Finding]:
    away = clips["level_db"] - clips["level_db"].median()
    found = []
    for row, distance in zip(clips[away.abs() > LEVEL_DB].itertuples(), away[away.abs() > LEVEL_DB], strict=True):
        detail = (
            f"Level {row.level_db:.0f} dB, {abs(distance):.0f} dB {'above' if distance > 0 else 'below'} the median of "
            f"{group.title}."
        )
        found.append(Finding("level", row.clip_id, detail, "warning", (), group.name))
    return found


def _edges(clips: pd.DataFrame, group: Group) -> list[Finding]:
    found = []
    for column, where in (("lead_s", "before"), ("trail_s", "after")):
        usual = clips[column].quantile(0.99) if len(clips) >= 20 else 0.0
        rows = clips[clips[column] > max(EDGE_S, EDGE_TIMES * usual)]
        found += shared(
            rows,
            len(clips),
            group,
            kind="edge-silence",
            severity="warning",
            each=lambda row, column=column, where=where: f"{getattr(row, column):.1f} s of silence {where} the sound.",
            together=f"have more than {EDGE_S:g} s of silence {where} the sound.",
        )
    return found


def _offset(clips: pd.DataFrame, group: Group) -> list[Finding]:
    rows = clips[clips["dc"].abs() >= DC]
    return shared(
        rows,
        len(clips),
        group,
        kind="dc-offset",
        severity="warning",
        each=lambda row: f"The samples have a mean of {row.dc:+.3f} of full scale instead of 0.",
        together=f"have a constant offset, {rows['dc'].min():+.3f} to {rows['dc'].max():+.3f} of full scale.",
    )
