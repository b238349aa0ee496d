"""Synthetic signals with known answers."""

import itertools

import numpy as np

from ser_core.audio import SAMPLING_RATE


def _times(duration_s: float, sr: int) -> np.ndarray:
    return np.arange(round(duration_s * sr)) / sr


def silence(duration_s: float, *, sr: int = SAMPLING_RATE) -> np.ndarray:
    """Zeros."""
    return np.zeros(round(duration_s * sr), dtype=np.float32)


def sine(duration_s: float, *, sr: int = SAMPLING_RATE, frequency: float = 440.0, amplitude: float = 0.5) -> np.ndarray:
    """A sine; its RMS is `amplitude` / sqrt(2), its zero-crossing rate 2 `frequency` / `sr`."""
    return (amplitude * np.sin(2 * np.pi * frequency * _times(duration_s, sr))).astype(np.float32)


def square(
    duration_s: float, *, sr: int = SAMPLING_RATE, frequency: float = 440.0, amplitude: float = 0.5
) -> np.ndarray:
    """A square wave that begins high; its RMS is `amplitude`, its zero-crossing rate 2 `frequency` / `sr`."""
    low = np.floor(2 * frequency * _times(duration_s, sr) + 1e-9) % 2
    return (amplitude * (1.0 - 2.0 * low)).astype(np.float32)


def noise(duration_s: float, *, sr: int = SAMPLING_RATE, amplitude: float = 0.1, seed: int = 0) -> np.ndarray:
    """White Gaussian noise of RMS `amplitude`, clipped to [-1, 1]; its spectrum is flat."""
    samples = amplitude * np.random.default_rng(seed).standard_normal(round(duration_s * sr))
    return np.clip(samples, -1.0, 1.0).astype(np.float32)


def chirp(
    duration_s: float, *, sr: int = SAMPLING_RATE, start: float = 100.0, stop: float = 4_000.0, amplitude: float = 0.5
) -> np.ndarray:
    """A sine whose frequency rises linearly from `start` to `stop`, Hz."""
    t = _times(duration_s, sr)
    phase = 2 * np.pi * (start * t + (stop - start) * t**2 / (2 * duration_s))
    return (amplitude * np.sin(phase)).astype(np.float32)


# First three formants of five vowels of American men, Hz: Peterson and Barney, "Control methods used in a study of
# the vowels", J. Acoust. Soc. Am. 24, 175-184 (1952), table II.
_VOWELS = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410), (300, 870, 2240))
_BANDWIDTHS = (80.0, 100.0, 140.0)


def speechlike(
    duration_s: float,
    *,
    sr: int = SAMPLING_RATE,
    f0: float = 120.0,
    seed: int = 0,
    f0_range: float = 0.0,
    f0_slope: float = 0.0,
    level_db: float = -20.0,
    syllables_per_s: float = 4.0,
    tilt: float = 0.95,
    breath: float = 0.02,
    tract: float = 1.0,
) -> np.ndarray:
    """A voiced signal built like speech: glottal pulses through the formants of changing vowels, syllable by syllable.

    Parameters
    ----------
    duration_s : float
        Length, seconds.
    sr : int
        Sampling rate, at least 8000 Hz.
    f0 : float
        Mean fundamental frequency, Hz; constant unless `f0_range` or `f0_slope` is given.
    seed : int
        Chooses the vowels, the melody and the breath noise.
    f0_range : float
        Depth of the melody, as a share of `f0`.
    f0_slope : float
        Rise of the pitch from start to end, as a share of `f0`; falls if negative.
    level_db : float
        RMS level of the whole, dBFS; peaks beyond full scale are clipped.
    syllables_per_s : float
        Syllables per second.
    tilt : float
        Pole of the one-pole low-pass that shapes the pulses, [0, 1): near 1 soft, near 0 pressed and bright.
    breath : float
        Noise beside the pulses, as a share of their RMS.
    tract : float
        Factor on all formants: about 1 for men, 1.17 for women.

    Returns
    -------
    np.ndarray [shape=(duration_s * sr,)]
        float32 in [-1, 1].
    """
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    length = round(duration_s * sr)
    if not length:
        return np.zeros(0, dtype=np.float32)
    t = np.linspace(0.0, 1.0, length)
    melody = np.sin(2 * np.pi * (rng.uniform(0.7, 1.3) * duration_s * t + rng.uniform()))
    pitch = f0 * (1.0 + f0_range * melody + f0_slope * (t - 0.5))
    source = lfilter([1.0], [1.0, -tilt], _pulses(pitch, sr=sr))
    source += breath * np.sqrt(np.mean(source**2)) * rng.standard_normal(length)

    count = max(1, round(duration_s * syllables_per_s))
    edges = np.linspace(0, length, count + 1).round().astype(int)
    voice = np.zeros(length)
    for start, stop in itertools.pairwise(edges):
        syllable = source[start:stop]
        for formant, bandwidth in zip(_VOWELS[rng.integers(len(_VOWELS))], _BANDWIDTHS, strict=True):
            syllable = lfilter(*_resonator(tract * formant, bandwidth, sr=sr), syllable)
        # Down to a tenth between syllables, so that the change of vowel makes no click.
        envelope = 0.1 + 0.9 * np.sin(np.pi * (np.arange(stop - start) + 0.5) / (stop - start)) ** 0.7
        voice[start:stop] = syllable * envelope * rng.uniform(0.7, 1.0)
    voice -= voice.mean()
    voice *= 10 ** (level_db / 20) / max(np.sqrt(np.mean(voice**2)), 1e-12)
    return np.clip(voice, -1.0, 1.0).astype(np.float32)


def _pulses(pitch: np.ndarray, *, sr: int) -> np.ndarray:
    """Pulses at the pace of `pitch`, each shared by the two samples around its exact time, so that f0 is exact."""
    phase = np.cumsum(pitch / sr)
    after = np.flatnonzero(np.diff(np.floor(phase), prepend=0.0) > 0)
    early = (phase[after] % 1.0) / (pitch[after] / sr)
    pulses = np.zeros(len(pitch))
    pulses[after] = 1.0 - early
    pulses[np.maximum(after - 1, 0)] += early
    return pulses


def _resonator(frequency: float, bandwidth: float, *, sr: int) -> tuple[list[float], list[float]]:
    """Coefficients of a formant with unit gain at 0 Hz: Klatt, J. Acoust. Soc. Am. 67, 971-995 (1980), eq. 2."""
    frequency = min(frequency, 0.45 * sr)
    c = -np.exp(-2 * np.pi * bandwidth / sr)
    b = 2 * np.exp(-np.pi * bandwidth / sr) * np.cos(2 * np.pi * frequency / sr)
    return [1.0 - b - c], [1.0, -b, -c]
