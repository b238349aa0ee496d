"""The log-mel image that networks trained on AudioSet read, computed at the sampling rate of the speech.

EfficientAT (Schmid, Koutini and Widmer, "Efficient large-scale audio tagging", ICASSP 2023) listens at 32 kHz. Speech
at 16 kHz would only be resampled to leave the bands above 8 kHz empty, so the image is computed at the rate of the
spec: window and hop last as long, the emphasis of treble is applied to the spectrum, and the bands that the rate cannot
hold are left out.
"""

from functools import lru_cache

import numpy as np
import scipy.fft

from ser_core.audio import trim
from ser_core.features.mel import hz_to_mel, mel_frequencies, mel_power
from ser_core.features.spec import AudioSetSpec
from ser_core.features.stft import frame, frequencies

#: What the front end of EfficientAT was trained with.
REFERENCE_SR = 32_000
PREEMPHASIS = 0.97
WINDOW_S, HOP_S = 0.025, 0.010
FLOOR_POWER = 1e-5
SHIFT, SCALE = 4.5, 5.0

SILENCE = (np.log(FLOOR_POWER) + SHIFT) / SCALE
"""Value of a band without any sound, -1.4."""
_LEAST_PEAK = 1e-4


def extract(signal: np.ndarray, *, spec: AudioSetSpec) -> np.ndarray:
    """Log-mel image of the sound in a clip, cut to or filled up to a fixed number of frames.

    The silence before and after the sound is trimmed and the sound scaled to a peak of 1. Of more than
    `spec.n_frames` frames the middle ones are kept; fewer are repeated from the start, so that the network, which
    averages over time, hears nothing but the clip.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Samples in [-1, 1] at `spec.sr`.
    spec : AudioSetSpec
        What to compute.

    Returns
    -------
    np.ndarray [shape=(n_bands(spec) + level_row, n_frames)]
        float32, finite; about -1.4 (nothing) to 2. With ``n_frames=0`` as many frames as the sound has. The last row is
        the level where the spec asks for it, see `level`.

    Examples
    --------
    >>> image = extract(np.zeros(1600, np.float32), spec=AudioSetSpec(n_frames=20))
    >>> image.shape, round(float(image.max()), 3)
    ((104, 20), -1.403)
    """
    sound = _sound(signal, spec=spec)
    peak = max(float(np.abs(sound).max()), _LEAST_PEAK)
    image = log_mel(sound / peak, spec=spec)
    if spec.level_row:
        image = np.vstack([image, np.full(image.shape[1], level(peak), dtype=np.float32)])
    n_frames = spec.n_frames or image.shape[1]
    start = max(0, (image.shape[1] - n_frames) // 2)
    return np.ascontiguousarray(np.take(image, np.arange(start, start + n_frames), axis=1, mode="wrap"))


def log_mel(signal: np.ndarray, *, spec: AudioSetSpec) -> np.ndarray:
    """Log-mel image of a signal as it is, ``1 + t // hop`` frames of 10 ms.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        At least one sample at `spec.sr`.

    Returns
    -------
    np.ndarray [shape=(n_bands(spec), 1 + t // hop)]
        float32.
    """
    length, hop = round(WINDOW_S * spec.sr), round(HOP_S * spec.sr)
    n_fft = 1 << (length - 1).bit_length()
    # Frames are centred, and beyond its ends the signal is seen in a mirror, as in the original front end.
    padded = np.pad(np.asarray(signal, dtype=np.float32), length // 2, mode="reflect")
    frames = frame(padded, frame_length=length, hop_length=hop, center=False)
    spectrum = scipy.fft.rfft(frames * np.hanning(length).astype(np.float32), n=n_fft, axis=-1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    bands = mel_power(power * _emphasis(spec.sr, n_fft), filterbank(spec))
    return ((np.log(bands + np.float32(FLOOR_POWER)) + SHIFT) / SCALE).T.astype(np.float32)


def long_term_spectrum(images: np.ndarray) -> np.ndarray:
    """Long-term average spectrum of a voice: the logarithm of the mean power of a clip in each band, mean over clips.

    A line or microphone moves it as it moves every frame; pauses and faint noise hardly count.

    Parameters
    ----------
    images : np.ndarray [shape=(n_clips, n_bands, n_frames)]
        As `log_mel` gives them, each as loud as the others.

    Returns
    -------
    np.ndarray [shape=(n_bands,)]
        float32, in the unit of the images.
    """
    loudest = images.max(axis=-1).astype(np.float32)
    power = np.exp((images - loudest[..., None]) * np.float32(SCALE)).mean(axis=-1)
    return (loudest + np.log(power) / np.float32(SCALE)).mean(axis=0)


def n_bands(spec: AudioSetSpec) -> int:
    """Bands that the sampling rate can hold: those whose centre lies below half of it.

    Examples
    --------
    >>> n_bands(AudioSetSpec()), n_bands(AudioSetSpec(sr=32_000))
    (104, 128)
    """
    return int((_edges(spec)[1:-1] < spec.sr / 2).sum())


@lru_cache(maxsize=4)
def filterbank(spec: AudioSetSpec) -> np.ndarray:
    """Triangles on the mel axis with a peak of 1 between bins, as Kaldi draws them.

    Returns
    -------
    np.ndarray [shape=(n_bands(spec), f)]
        float32, read-only.
    """
    n_fft = 1 << (round(WINDOW_S * spec.sr) - 1).bit_length()
    mel = hz_to_mel(frequencies(sr=spec.sr, n_fft=n_fft), htk=True)
    edges = hz_to_mel(_edges(spec), htk=True)[: n_bands(spec) + 2]
    rising = (mel - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mel) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    weights.flags.writeable = False
    return weights


def feature_names(spec: AudioSetSpec) -> tuple[str, ...]:
    """Name of each row: mel bands by their centre frequency, lowest first, then the level if the spec asks for it."""
    bands = tuple(f"mel {centre:.0f} Hz" for centre in _edges(spec)[1 : n_bands(spec) + 1])
    return (*bands, "level") if spec.level_row else bands


def level(peak: float) -> float:
    """What scaling a sound of this peak to a peak of 1 added to its image, negative: full scale has 0.

    Added to the bands it gives the image as loud as the sound was, but for the floor. 0.046 per dB.

    Examples
    --------
    >>> round(level(0.1), 3)
    -0.921
    """
    return 2.0 * float(np.log(peak)) / SCALE


def flat_bands(spec: AudioSetSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each band holds of a sound with the same power in every bin.

    Returns
    -------
    centres : np.ndarray [shape=(n_bands(spec),)]
        Hz.
    power : np.ndarray [shape=(n_bands(spec),)]
        Of the sound itself, in bins: how many fall into the band.
    heard : np.ndarray [shape=(n_bands(spec),)]
        The same after the emphasis of treble, as in `log_mel`.
    """
    n_fft = 1 << (round(WINDOW_S * spec.sr) - 1).bit_length()
    weights = filterbank(spec)
    centres = _edges(spec)[1 : n_bands(spec) + 1]
    return centres, weights.sum(axis=1), weights @ _emphasis(spec.sr, n_fft)


def _edges(spec: AudioSetSpec) -> np.ndarray:
    """Edges of all bands, Hz [shape=(n_mels + 2,)]: each begins at the centre of the one below."""
    return mel_frequencies(spec.n_mels + 2, f_min=0.0, f_max=spec.f_max, htk=True)


@lru_cache(maxsize=4)
def _emphasis(sr: int, n_fft: int) -> np.ndarray:
    """Factor per bin of the power spectrum [shape=(f,)]: the pre-emphasis of 32 kHz, and its larger windows."""
    turn = np.exp(-2j * np.pi * frequencies(sr=sr, n_fft=n_fft) / REFERENCE_SR)
    return ((REFERENCE_SR / sr) ** 2 * np.abs(1 - PREEMPHASIS * turn) ** 2).astype(np.float32)


def _sound(signal: np.ndarray, *, spec: AudioSetSpec) -> np.ndarray:
    """A clip without the silence around it; of silence all."""
    signal = np.asarray(signal, dtype=np.float32)
    sound = trim(signal, sr=spec.sr, top_db=spec.trim_db) if spec.trim_db else signal
    if sound.size:
        return sound
    return signal if signal.size else np.zeros(1, dtype=np.float32)
