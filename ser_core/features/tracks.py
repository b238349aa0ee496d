"""Acoustic tracks: what is measured in each frame of a clip, all of it from one STFT."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ser_core.features import pitch, spectral
from ser_core.features.formants import N_FORMANTS, NEUTRAL, formants, harmonic_levels
from ser_core.features.mel import dct, mel_filterbank, mel_power, power_to_db
from ser_core.features.sound import Sound
from ser_core.features.spec import FunctionalsSpec
from ser_core.features.stft import frequencies, hann

_LEVEL_FLOOR = 1e-5
_POWER_FLOOR = 1e-9
_ROLLOFFS = (0.25, 0.5, 0.85, 0.95)
_LOW, _HIGH = (50.0, 1000.0), (1000.0, 5000.0)
_BANDS = ((0.0, 500.0), (500.0, 1500.0), (1500.0, 3000.0), (3000.0, 5500.0), (5500.0, 8000.0))
_SLOPES = ((31.0, 500.0), (500.0, 1500.0))
_HAMMARBERG_SPLIT, _HAMMARBERG_TOP = 2000.0, 5000.0
_A0_HZ = 27.5
# Parts whose value means nothing where there is no voice.
_PITCHED = ("f0", "harmonic", "formant")


@dataclass(frozen=True)
class Tracks:
    """Measurements of each frame.

    Attributes
    ----------
    values : np.ndarray [shape=(t, n_tracks)]
        float32, finite; each track lies in one piece in memory.
    names : tuple of str
        One per track.
    voiced : np.ndarray [shape=(t,)], bool
        Frames with a pitch.
    """

    values: np.ndarray
    names: tuple[str, ...]
    voiced: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """The track of that name [shape=(t,)]."""
        return self.values[:, self.names.index(name)]


@lru_cache(maxsize=8)
def _layout(spec: FunctionalsSpec) -> tuple[tuple[str, int], ...]:
    """(part, number of tracks) in the order of the columns."""
    return (
        ("level_db", 1),
        ("zcr", 1),
        ("mel", spec.n_mels),
        ("mfcc", spec.n_mfcc),
        ("contrast", 7),
        ("centroid", 1),
        ("bandwidth", 1),
        ("rolloff", len(_ROLLOFFS)),
        ("flatness_db", 1),
        ("entropy", 1),
        ("flux", 1),
        ("chroma", 12),
        ("alpha_ratio", 1),
        ("band", len(_BANDS)),
        ("hammarberg", 1),
        ("slope", len(_SLOPES)),
        ("f0", 1),
        ("voicing", 1),
        ("hnr", 1),
        ("voiced", 1),
        ("formant", 6),
        ("harmonic", 4),
    )


@lru_cache(maxsize=8)
def track_names(spec: FunctionalsSpec) -> tuple[str, ...]:
    """Names of the tracks: the part, and a number from 0 on where it has several."""
    return tuple(part if count == 1 else f"{part}{i}" for part, count in _layout(spec) for i in range(count))


@lru_cache(maxsize=8)
def _rows(spec: FunctionalsSpec, parts: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(i for i, name in enumerate(track_names(spec)) if name.startswith(parts))


def _slope(db: np.ndarray, *, first: int, last: int) -> np.ndarray:
    """Least-squares slope over some bins, dB per bin."""
    position = np.arange(last - first, dtype=np.float32) - np.float32((last - first - 1) / 2)
    return np.einsum("tf,f->t", db[:, first:last], position / (position**2).sum())


def measure(sound: Sound, *, spec: FunctionalsSpec, all_formants: bool = False) -> Tracks:
    """All tracks of a sound.

    Pitch is in semitones above 27.5 Hz; where there is no voice, it, the formants and the harmonics' levels are
    interpolated.

    Parameters
    ----------
    sound : Sound
        At `spec.sr`, of one sample or more.
    spec : FunctionalsSpec
        What to compute.
    all_formants : bool
        Look for formants in each frame, whether there is a voice or not.
    """
    n_fft, hop = spec.n_fft, spec.hop_length
    window = hann(spec.win_length, n_fft)
    hz = frequencies(sr=spec.sr, n_fft=n_fft)
    power = sound.power(n_fft=n_fft, hop_length=hop, win_length=spec.win_length)
    magnitude = np.sqrt(power)
    # numpy's natural logarithm of float32 is vectorised, its decadic one is not.
    db = np.log(np.maximum(power, np.float32(1e-10))) * np.float32(10 / np.log(10))
    flatness, entropy = spectral.flatness_entropy(power, db=db)
    bank = mel_filterbank(sr=spec.sr, n_fft=n_fft, n_mels=spec.n_mels, f_min=spec.f_min, f_max=spec.f_max)
    mel = power_to_db(mel_power(power, bank), amin=_POWER_FLOOR, top_db=None)
    levels = spectral.band_levels(power, frequencies=hz, edges=(_LOW, _HIGH, *_BANDS))
    voice = pitch.track(power, window=window, sr=spec.sr, hop_length=hop)
    if all_formants:
        peaks, interpolated = formants(power, sr=spec.sr, n_fft=n_fft), _PITCHED[:-1]
    else:
        peaks, interpolated = np.empty((len(power), 2 * N_FORMANTS), dtype=np.float32), _PITCHED
        peaks[:] = NEUTRAL
        peaks[voice.voiced] = formants(power[voice.voiced], sr=spec.sr, n_fft=n_fft)
    low, split, top = np.searchsorted(hz, (_LOW[0] - 4, _HAMMARBERG_SPLIT, _HAMMARBERG_TOP))
    rms = spectral.rms(power, window=window, n_fft=n_fft)
    centroid, bandwidth = spectral.centroid_bandwidth(magnitude, frequencies=hz)
    total = np.maximum(magnitude.sum(axis=1, keepdims=True), np.float32(1e-6))
    parts = {
        "level_db": 20 * np.log10(np.maximum(rms, _LEVEL_FLOOR)),
        "zcr": spectral.zero_crossing_rate(sound.signal, frame_length=spec.win_length, hop_length=hop)[: len(power)],
        "mel": mel,
        "mfcc": dct(mel, n=spec.n_mfcc),
        "contrast": spectral.contrast(magnitude, sr=spec.sr),
        "centroid": centroid,
        "bandwidth": bandwidth,
        "rolloff": spectral.rolloff(magnitude, frequencies=hz, shares=_ROLLOFFS),
        "flatness_db": flatness,
        "entropy": entropy,
        "flux": spectral.flux(magnitude / total),
        "chroma": spectral.chroma(power, sr=spec.sr, n_fft=n_fft),
        # Alpha ratio and Hammarberg index as in eGeMAPS: Eyben et al., IEEE Trans. Affective Computing 7 (2016).
        "alpha_ratio": levels[:, 0] - levels[:, 1],
        "band": levels[:, 2:] - levels[:, :1],
        "hammarberg": db[:, low:split].max(axis=1) - db[:, split:top].max(axis=1),
        "slope": np.stack(
            [_slope(db, first=a, last=b) for a, b in (np.searchsorted(hz, edges) for edges in _SLOPES)], axis=1
        ),
        "f0": 12 * np.log2(np.maximum(voice.f0, _A0_HZ) / _A0_HZ),
        "voicing": voice.strength,
        "hnr": voice.hnr_db,
        "voiced": voice.voiced,
        "formant": peaks,
        "harmonic": harmonic_levels(
            db, f0=voice.f0, formant_hz=peaks[:, :3], voiced=voice.voiced, hz_per_bin=spec.sr / n_fft
        ),
    }
    values = np.empty((len(track_names(spec)), len(power)), dtype=np.float32)
    row = 0
    for part, count in _layout(spec):
        values[row : row + count] = np.asarray(parts[part]).reshape(len(power), count).T
        row += count
    if voice.voiced.any():
        frames = np.arange(len(power))
        known = np.flatnonzero(voice.voiced)
        for i in _rows(spec, interpolated):
            values[i] = np.interp(frames, known, values[i, known])
    return Tracks(values.T, track_names(spec), voice.voiced)
