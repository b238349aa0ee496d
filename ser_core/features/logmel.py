"""Log-mel spectrogram of fixed shape: what the convolutional network reads.

Levels are absolute (no normalisation by clip or corpus): whatever a network needs of that is part of its graph, so
that a model file and a feature spec are all that a prediction takes.
"""

import numpy as np

from ser_core.features.mel import mel_filterbank, mel_frequencies, mel_power, power_to_db
from ser_core.features.sound import Sound
from ser_core.features.spec import LogMelSpec

FLOOR_POWER = 1e-10
"""Least power per band, -100 dB: that of silence, and librosa's `amin`."""


def extract(signal: np.ndarray | Sound, *, spec: LogMelSpec) -> np.ndarray:
    """Log-mel spectrogram of the sound in a clip, cut or padded to a fixed number of frames.

    The silence before and after the sound is trimmed, then the power in each mel band is taken to decibels and
    floored `spec.top_db` below the loudest. Of more than `spec.n_frames` frames the middle ones are kept: the ends of
    an utterance say least. Fewer are centred between frames at the floor, as if silence went on.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)] or Sound
        Samples in [-1, 1] at `spec.sr`.
    spec : LogMelSpec
        What to compute.

    Returns
    -------
    np.ndarray [shape=(n_mels, n_frames)]
        float32, dB: ``10 log10`` of mel-weighted power, at least -100; a silent clip is -100 throughout.

    Examples
    --------
    >>> float(extract(np.zeros(1000, np.float32), spec=LogMelSpec()).max())
    -100.0
    """
    sound = Sound.of(signal, sr=spec.sr).trimmed(spec.trim_db)
    if not len(sound):
        return np.full((spec.n_mels, spec.n_frames), 10.0 * np.log10(FLOOR_POWER), dtype=np.float32)
    power = sound.power(n_fft=spec.n_fft, hop_length=spec.hop_length, win_length=spec.win_length)
    bank = mel_filterbank(sr=spec.sr, n_fft=spec.n_fft, n_mels=spec.n_mels, f_min=spec.f_min, f_max=spec.f_max)
    db = power_to_db(mel_power(power, bank), amin=FLOOR_POWER, top_db=spec.top_db)
    return np.ascontiguousarray(fit_length(db.T, n_frames=spec.n_frames), dtype=np.float32)


def fit_length(logmel: np.ndarray, *, n_frames: int) -> np.ndarray:
    """The middle `n_frames` frames, or all of them centred between frames at the lowest level there is.

    Where the two sides cannot be equal, the end gets, or loses, one frame more than the start.

    Examples
    --------
    >>> fit_length(np.array([[1.0, 2.0, 3.0, 4.0]]), n_frames=2).tolist()
    [[2.0, 3.0]]
    >>> fit_length(np.array([[2.0, 1.0]]), n_frames=5).tolist()
    [[1.0, 2.0, 1.0, 1.0, 1.0]]
    """
    surplus = logmel.shape[-1] - n_frames
    if surplus >= 0:
        start = surplus // 2
        return logmel[..., start : start + n_frames]
    before = -surplus // 2
    sides = [(0, 0)] * (logmel.ndim - 1) + [(before, -surplus - before)]
    return np.pad(logmel, sides, constant_values=logmel.min())


def feature_names(spec: LogMelSpec) -> tuple[str, ...]:
    """Name of each mel band by its centre frequency, lowest first.

    Examples
    --------
    >>> feature_names(LogMelSpec())[:2]
    ('mel 96 Hz', 'mel 141 Hz')
    """
    centres = mel_frequencies(spec.n_mels + 2, f_min=spec.f_min, f_max=spec.f_max)[1:-1]
    return tuple(f"mel {centre:.0f} Hz" for centre in centres)
