"""Sampling rates: odd ones, upper bands that are empty, and clips that a wrong rate plays too fast or too slow."""

import numpy as np
import pandas as pd

from ser_core.audit.finding import Finding
from ser_core.audit.length import relative_length
from ser_core.audit.measure import BANDS
from ser_core.audit.sound import STEADY_DB, shared
from ser_core.audit.subjects import Group

USUAL = 0.9
"""Share of the clips at one rate from which other rates are odd; below it a group is a mixture."""
SURE = 16.0
"""Evidence (difference of log-likelihoods) from which a clip at the usual rate is said to play at half or double
speed: the greatest of a right one in the five corpora is 13.8 (SAVEE). A clip whose header has an odd rate needs more
than 0."""
OCTAVE = 6
"""Bands of `BANDS` to an octave."""
MIN_CLIPS = 40
"""Clips of which the spectra must be known before others are judged by them."""
LEAST_TOP_HZ = 2_000.0
"""Edges below are those of a soft voice over hum (eleven clips of the five corpora, up to 1.1 kHz)."""
_RIDGE = 0.02
# Octaves of length count like dB of a band: one octave is ten.
_LENGTH_DB = 10.0
# Spread of log2 length where only the length can be judged: 0.30 to 0.36 in RAVDESS, TESS, CREMA-D and SAVEE.
_LENGTH_SD = 0.35
_SAME_FRAMES = 0.01
# Octaves; cutting and padding to whole frames of a codec changes the length by less.
_SAME_LENGTH = 0.05
_LEAST_OF_GROUP = 3


def wrong_rate(clips: pd.DataFrame) -> pd.Series:
    """Whether a clip has as many samples as in its release, but other seconds: its header has the wrong rate."""
    usual = clips["group"].map(clips.groupby("group")["sampling_rate"].agg(_most_frequent))
    samples, released = clips["decoded_s"] * clips["sampling_rate"], clips["released_s"] * usual
    # A rate that is right, as of a telephone copy, leaves the seconds as they are.
    other = (clips["decoded_s"] / clips["released_s"] - 1).abs() > 5 * _SAME_FRAMES
    return ((samples / released - 1).abs() < _SAME_FRAMES) & other


def check(clips: pd.DataFrame, groups: list[Group]) -> list[Finding]:
    """Findings of the kinds mislabelled-rate, sampling-rate and band-limited.

    Parameters
    ----------
    clips : pd.DataFrame
        From `ser_core.audit.run.look`.
    groups : list of Group
        What they belong to.
    """
    found = []
    for group in groups:
        rows = clips[(clips["group"] == group.name) & (clips["sound_s"] > 0) & (clips["spread_db"] >= STEADY_DB)]
        if not len(rows):
            continue
        rates = rows["sampling_rate"].value_counts()
        usual = rates.index[0]
        if len(rows) < _LEAST_OF_GROUP or rates.iloc[0] < USUAL * len(rows):
            found += _mixture(rates, group)
        else:
            found += _odd(rows, usual, group)
            found += _speed(rows[rows["sampling_rate"] == usual], group)
        found += _empty_band(rows, group)
    return found


def evidence(clips: pd.DataFrame, reference: pd.DataFrame, *, bands: int) -> np.ndarray:
    """How much better clips fit among others when their spectra are moved up, as by a faster replay.

    A linear discriminant between the reference and the reference moved down by as much, on the shape of the long-term
    spectrum (sixths of an octave, each clip's mean taken out, relative to its speaker where known) and on the length
    beside what the words let expect. A recording at half speed is all an octave lower and twice as long.

    Parameters
    ----------
    clips, reference : pd.DataFrame
        With ``spectrum, sound_s, text, speaker``; the reference at least `MIN_CLIPS`.
    bands : int
        Shift in `BANDS`; negative is down.

    Returns
    -------
    np.ndarray [shape=(len(clips),)]
        Difference of log-likelihoods; above 0 for moving.
    """
    everyone = pd.concat([reference, clips[~clips.index.isin(reference.index)]])
    length = relative_length(everyone)
    known, unknown = _spectra(reference), _spectra(clips)
    # Bands that all clips have, as they are and moved.
    here = ~np.isnan(known).any(axis=0) & ~np.isnan(unknown).all(axis=0)
    use = np.array([i for i in np.flatnonzero(here) if 0 <= i + bands < len(here) and here[i + bands]])
    if len(use) < OCTAVE:
        use = np.array([], dtype=int)
    rows = {"as it is": _centred(known[:, use]), "moved": _centred(known[:, use + bands])}
    asked = _centred(np.nan_to_num(unknown[:, use], nan=-140.0))
    base = pd.DataFrame(rows["as it is"]).groupby(reference["speaker"].fillna("").to_numpy()).median()
    octaves = bands / OCTAVE
    a, b, x = (
        np.c_[values - base.reindex(names).fillna(base.median()).to_numpy(), _LENGTH_DB * lengths]
        for values, names, lengths in (
            (rows["as it is"], reference["speaker"].fillna(""), length[reference.index]),
            # What is moved up when it is played faster was lower, and took longer.
            (rows["moved"], reference["speaker"].fillna(""), length[reference.index] + octaves),
            (asked, clips["speaker"].fillna(""), length[clips.index]),
        )
    )
    spread = (np.cov(a.T) + np.cov(b.T)) / 2
    spread = (1 - _RIDGE) * spread + _RIDGE * np.eye(len(spread)) * np.trace(spread) / len(spread)
    weights = np.linalg.solve(spread, b.mean(axis=0) - a.mean(axis=0))
    return (x - (a.mean(axis=0) + b.mean(axis=0)) / 2) @ weights


def _most_frequent(values: pd.Series) -> float:
    counts = values.value_counts()
    return counts.index[0] if len(counts) else np.nan


def _spectra(clips: pd.DataFrame) -> np.ndarray:
    return np.frombuffer(b"".join(clips["spectrum"]), dtype="<f2").reshape(-1, len(BANDS)).astype(np.float64)


def _centred(spectra: np.ndarray) -> np.ndarray:
    return spectra - spectra.mean(axis=1, keepdims=True) if spectra.shape[1] else spectra


def _khz(rate: float) -> str:
    return f"{rate / 1000:g} kHz"


def _mixture(rates: pd.Series, group: Group) -> list[Finding]:
    if len(rates) < 2:
        return []
    counts = ", ".join(f"{number:,} at {_khz(rate)}" for rate, number in rates.items())
    return [Finding("sampling-rate", None, f"The clips have several rates: {counts}.", "info", (), group.name)]


def _odd(clips: pd.DataFrame, usual: float, group: Group) -> list[Finding]:
    """Clips whose header has another rate than the others."""
    odd, reference = clips[clips["sampling_rate"] != usual], clips[clips["sampling_rate"] == usual]
    found = []
    for rate, rows in odd.groupby("sampling_rate"):
        octaves = np.log2(usual / rate)
        weight = _weight(rows, reference, octaves=octaves)
        for (_, clip), sure in zip(rows.iterrows(), weight, strict=True):
            header = f"The header says {_khz(rate)}, that of the others {_khz(usual)}."
            slower = "slow" if octaves > 0 else "fast"
            if clip["wrong_rate"] or (np.isnan(clip["released_s"]) and sure > 0):
                detail = f"{header} The speech is too {slower} for it: it was recorded at {_khz(usual)}."
                found.append(Finding("mislabelled-rate", clip["clip_id"], detail, "error", (), group.name))
            else:
                detail = f"{header} The speech has its usual speed."
                found.append(Finding("sampling-rate", clip["clip_id"], detail, "warning", (), group.name))
    return found


def _weight(clips: pd.DataFrame, reference: pd.DataFrame, *, octaves: float) -> np.ndarray:
    """Evidence that clips are this many octaves too slow; by the length alone where there are few others."""
    if len(reference) >= MIN_CLIPS and abs(octaves) >= 2 / OCTAVE:
        return evidence(clips, reference, bands=round(octaves * OCTAVE))
    length = relative_length(pd.concat([reference, clips]))[clips.index].to_numpy()
    return (length**2 - (length - octaves) ** 2) / (2 * _LENGTH_SD**2)


def _speed(clips: pd.DataFrame, group: Group) -> list[Finding]:
    """Clips at the usual rate that sound as if played at half or double speed."""
    if len(clips) < MIN_CLIPS:
        return []
    stretched = np.log2(clips["decoded_s"] / clips["released_s"])
    found = []
    for octaves, speed in ((1, "half"), (-1, "double")):
        # Where the length in the release is known, only a clip that lasts twice or half as long is in question.
        suspect = (stretched - octaves).abs() < _SAME_LENGTH
        judged = clips[stretched.isna() | suspect]
        if judged.empty:
            continue
        weight = evidence(judged, clips, bands=octaves * OCTAVE)
        sure_from = np.where(suspect[judged.index], 0.0, SURE)
        for (_, clip), sure in zip(judged[weight > sure_from].iterrows(), weight[weight > sure_from], strict=True):
            if clip["clip_id"] in {finding.clip_id for finding in found}:
                continue
            if suspect[clip.name]:
                detail = (
                    f"{clip.decoded_s:.2f} s here, {clip.released_s:.2f} s in the release: played at {speed} speed."
                )
                found.append(Finding("mislabelled-rate", clip["clip_id"], detail, "error", (), group.name))
                continue
            detail = (
                f"Pitch, timbre and length are those of speech at {speed} speed (evidence {sure:.0f}, no right clip of "
                f"the five corpora reaches {SURE:.0f}): it was saved with a wrong rate, then converted."
            )
            found.append(Finding("mislabelled-rate", clip["clip_id"], detail, "warning", (), group.name))
    return found


def _empty_band(clips: pd.DataFrame, group: Group) -> list[Finding]:
    rows = clips[(clips["top_hz"] >= LEAST_TOP_HZ) & (clips["top_hz"] < 0.45 * clips["sampling_rate"])]
    if rows.empty:
        return []
    tops = rows["top_hz"] / 1000
    return shared(
        rows,
        len(clips),
        group,
        kind="band-limited",
        severity="info",
        each=lambda row: f"Nothing above {row.top_hz / 1000:.1f} kHz: converted from a lower rate, or from a codec.",
        together=f"hold nothing above {tops.min():.1f} to {tops.max():.1f} kHz: low rate or codec.",
    )
