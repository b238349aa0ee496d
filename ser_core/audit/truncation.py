"""Clips that break off: less than their header promises, than the release has, or a sound that stops at full level."""

import pandas as pd

from ser_core.audit.finding import Finding
from ser_core.audit.length import relative_length
from ser_core.audit.sound import STEADY_DB, shared
from ser_core.audit.subjects import Group

SLACK_S = 0.15
"""What may be missing without a word, seconds: MP3 and AAC pad the start and the end by up to 0.1 s."""
RELEASED = 0.97
"""A clip is shorter than in the release below this share of its length (and `SLACK_S`)."""
TRIMMED = 0.5
"""Share of the clips that are shorter than in the release from which the whole copy was trimmed on purpose."""
LOUD_END_DB = -10.0
"""Level of the last 20 ms over the loudest from which a clip ends in the middle of its sound. Of the 12,162 clips of
RAVDESS, TESS, CREMA-D and SAVEE 17 do, 15 of them among the 52 of CREMA-D that were all cut at 2.236 s."""
SHORT = -0.75
"""Length over that expected, in octaves (-0.75 is 59%), below which an end above `SHORT_END_DB` is enough."""
SHORT_END_DB = -15.0
ONE_LENGTH = 0.9
"""Share of the clips that have one length, to the millisecond, from which a copy was cut to it; speech never has."""
_LEAST_CLIPS = 10


def check(clips: pd.DataFrame, groups: list[Group]) -> list[Finding]:
    """Findings of the kind truncated.

    Parameters
    ----------
    clips : pd.DataFrame
        From `ser_core.audit.run.look`.
    groups : list of Group
        What they belong to.
    """
    found = []
    for group in groups:
        rows = clips[clips["group"] == group.name]
        broken = _broken_off(rows)
        found += broken
        rest = rows[(rows["sound_s"] > 0) & ~rows["clip_id"].isin([finding.clip_id for finding in broken])]
        same = _one_length(rest)
        if same.any():
            found.append(_cut_to_length(rest[same], rest, group))
        shorter = _shorter_than_released(rest[~same], group)
        found += shorter
        known = [clip_id for finding in shorter for clip_id in finding.clips]
        found += _abrupt(rest[~same & ~rest["clip_id"].isin(known)], group)
    return found


def _broken_off(clips: pd.DataFrame) -> list[Finding]:
    found = []
    for clip in clips.itertuples():
        decoded = clip.decoded_s if clip.decoded_s == clip.decoded_s else 0.0
        if clip.promised_s > decoded + SLACK_S:
            detail = f"The header promises {clip.promised_s:.2f} s, the file holds {decoded:.2f} s."
        elif clip.breaks_off:
            detail = f"The file breaks off after {decoded:.2f} s: its last page is not the end of the stream."
        else:
            continue
        found.append(Finding("truncated", clip.clip_id, detail, "error", (), clip.group))
    return found


def _one_length(clips: pd.DataFrame) -> pd.Series:
    """Whether a clip has the one length of its group; False throughout where lengths differ as those of speech do."""
    lengths = clips["decoded_s"].round(3)
    most = lengths.value_counts()
    if len(clips) < _LEAST_CLIPS or most.iloc[0] < ONE_LENGTH * len(clips):
        return pd.Series(False, index=clips.index)
    return lengths == most.index[0]


def _cut_to_length(clips: pd.DataFrame, group_clips: pd.DataFrame, group: Group) -> Finding:
    loud = clips[clips["end_db"] > SHORT_END_DB]
    padded = int((clips["zero_tail_s"] > 0.02).sum())
    detail = (
        f"{len(clips):,} of {len(group_clips):,} clips last exactly {clips['decoded_s'].iloc[0]:.3f} s, which "
        f"speech does not: this copy was cut to one length. {len(loud):,} of them end in the middle of the sound, "
        f"{padded:,} are filled up with zeros."
    )
    return Finding("truncated", None, detail, "warning", tuple(loud["clip_id"]), group.name)


def _shorter_than_released(clips: pd.DataFrame, group: Group) -> list[Finding]:
    known = clips[clips["released_s"].notna() & ~clips["wrong_rate"]]
    shorter = known[known["decoded_s"] < (RELEASED * known["released_s"]).clip(upper=known["released_s"] - SLACK_S)]
    return shared(
        shorter,
        len(known),
        group,
        kind="truncated",
        severity="error",
        each=lambda row: f"{row.decoded_s:.2f} s here, {row.released_s:.2f} s in the release.",
        together="are shorter than in the release: this copy was trimmed.",
        share=TRIMMED,
    )


def _abrupt(clips: pd.DataFrame, group: Group) -> list[Finding]:
    speech = clips[clips["spread_db"] >= STEADY_DB]
    short = relative_length(speech) < SHORT
    rows = speech[(speech["end_db"] > LOUD_END_DB) | (short & (speech["end_db"] > SHORT_END_DB))]
    return shared(
        rows,
        len(speech),
        group,
        kind="truncated",
        severity="warning",
        each=lambda row: (
            f"The sound stops after {row.decoded_s:.2f} s at {row.end_db:.0f} dB of its loudest moment, without fading."
        ),
        together="end in the middle of the sound.",
        share=TRIMMED,
    )
