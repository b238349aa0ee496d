"""The same recording under two names: identical files, identical samples, or a processed copy."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_core.audio import decode, resample
from ser_core.audit.finding import Finding
from ser_core.audit.fingerprint import RATE, SAME, candidates, similarity
from ser_core.audit.measure import LIMITS
from ser_core.audit.store import Pairs
from ser_core.errors import AudioError
from ser_core.progress import CancelCallback, Meter, ProgressCallback

# Labels that must agree where two clips are one recording.
_LABELS = ("speaker", "emotion", "intensity", "text")


@dataclass(frozen=True)
class Copy:
    """Two clips that are one recording.

    Attributes
    ----------
    first, second : int
        Rows of the clips.
    how : str
        What is the same, for a reader.
    exact : bool
        Whether the bytes or the samples are identical.
    """

    first: int
    second: int
    how: str
    exact: bool


def find(
    clips: pd.DataFrame, *, progress: ProgressCallback | None = None, cancel: CancelCallback | None = None
) -> list[Copy]:
    """All pairs of one recording among the clips; of three identical ones, each with the first.

    Parameters
    ----------
    clips : pd.DataFrame
        From `ser_core.audit.run.look`.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Raises
    ------
    CancelledError
        If the user asked to stop; what was compared stays in the cache.
    """
    sounding = clips[clips["sound_s"] > 0]
    found, later = [], set()
    for column, how in (("sha256", "The files are identical."), ("samples", "The samples are identical.")):
        for _, rows in sounding[~sounding.index.isin(later)].groupby(column, sort=False):
            for other in rows.index[1:]:
                found.append(Copy(rows.index[0], other, how + _rates(clips, rows.index[0], other), True))
                later.add(other)
    return found + _alike(sounding[~sounding.index.isin(later)], progress=progress, cancel=cancel)


def findings(clips: pd.DataFrame, copies: list[Copy]) -> list[Finding]:
    """Findings of the kinds duplicate and near-duplicate, each pair once, under its later clip.

    A pair whose labels differ is an error: one of the two is certainly wrong.
    """
    found = []
    for copy in copies:
        first, second = clips.loc[copy.first], clips.loc[copy.second]
        differing = [
            f"{column} {first[column]!r} and {second[column]!r}"
            for column in _LABELS
            if pd.notna(first[column]) and pd.notna(second[column]) and first[column] != second[column]
        ]
        detail = f"The same recording as {first['clip_id']}. {copy.how}"
        if differing:
            detail += f" But it is labelled {' and '.join(differing)}."
        group = first["group"] if first["group"] == second["group"] else None
        kind = "duplicate" if copy.exact else "near-duplicate"
        severity = "error" if differing else "warning"
        found.append(Finding(kind, second["clip_id"], detail, severity, (first["clip_id"],), group))
    return found


def recordings(clips: pd.DataFrame, copies: list[Copy]) -> pd.Series:
    """Number of the recording behind each clip: one for all copies of it [index of `clips`]."""
    number = dict(zip(clips.index, range(len(clips)), strict=True))
    members = defaultdict(list, {value: [row] for row, value in number.items()})
    for copy in copies:
        keep, drop = sorted((number[copy.first], number[copy.second]))
        if keep != drop:
            for row in members.pop(drop):
                number[row] = keep
                members[keep].append(row)
    return pd.Series(number).reindex(clips.index)


def _rates(clips: pd.DataFrame, first: int, second: int) -> str:
    a, b = clips.loc[[first, second], "sampling_rate"]
    return "" if a == b else f" One says {a / 1000:g} kHz, the other {b / 1000:g} kHz."


def _alike(clips: pd.DataFrame, *, progress: ProgressCallback | None, cancel: CancelCallback | None) -> list[Copy]:
    """Processed copies: candidates by fingerprint, decided by the waveforms."""
    words = [np.frombuffer(each, dtype="<u4") for each in clips["words"]]
    pairs = candidates(words)
    meter = Meter(progress, total=len(pairs), unit="pairs", message="Comparing clips that sound alike", cancel=cancel)
    known, rows, waves, found = Pairs(), clips.to_dict("records"), _Waves(), []
    try:
        for a, b, _ in pairs:
            key = tuple(sorted((rows[a]["sha256"], rows[b]["sha256"])))
            alike = known.get(key)
            if alike is None:
                alike = known.add(key, similarity(waves.of(rows[a]), waves.of(rows[b]))[0])
            if alike >= SAME:
                how = f"The waveforms agree to {alike:.2f} (1 is the same, two takes reach .6 at most)."
                first, second = sorted((clips.index[a], clips.index[b]))
                found.append(Copy(first, second, how, False))
            meter.add()
    finally:
        known.flush()
    return found


class _Waves:
    """Waveforms at `RATE`, the latest few kept: a clip is in several pairs."""

    def __init__(self):
        self._kept: dict[str, np.ndarray] = {}

    def of(self, clip: dict) -> np.ndarray:
        """Signal without its mean; empty where the file has gone in the meantime."""
        key = clip["sha256"]
        if key not in self._kept:
            if len(self._kept) >= 128:
                del self._kept[next(iter(self._kept))]
            try:
                audio = decode(clip["file"], sr=None, limits=LIMITS)
                signal = resample(audio.signal, sr=audio.sr, to=RATE)
            except AudioError:
                signal = np.zeros(1, dtype=np.float32)
            self._kept[key] = signal - signal.mean()
        return self._kept[key]
