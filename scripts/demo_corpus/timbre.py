"""Voice quality: what happens to the spectral envelope, the noise in the voice and the loudness.

An envelope is in dB [shape=(n_frames, n_bins)], its bins evenly spaced from 0 Hz to half the sampling rate.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .melody import slow_noise
from .prosody import Prosody
from .timing import Timeline

# Average talker in third-octave bands, dB: Byrne et al., "An international comparison of long-term average speech
# spectra", J. Acoust. Soc. Am. 96, 2108-2120 (1994), men and women together.
BANDS_HZ = np.array([250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000])
TALKER_DB = np.array(
    [60.3, 59.0, 62.1, 62.1, 60.5, 56.8, 53.7, 53.0, 52.0, 48.7, 48.1, 46.8, 45.6, 44.5, 44.3, 43.7],
)
EQUALISER_LIMIT_DB = 12.0

# Noise relative to the whole, dB, of a plain modal voice: almost none in the first formant, more with frequency, as in
# human voices; the amounts are ours.
NOISE_HZ = (0.0, 500.0, 1000.0, 2000.0, 4000.0, 6000.0, 8000.0, 12000.0)
NOISE_DB = (-50.0, -38.0, -30.0, -21.0, -13.0, -8.0, -5.0, -3.0)

# What a reading lacks above its fourth formant: a floor that falls from the level of the third and fourth, with three
# weak resonances. Their places: one each kHz, as in a tube of 17.5 cm;
# Fant, Acoustic Theory of Speech Production (1960).
UPPER_FORMANTS = ((4600.0, 350.0), (5700.0, 450.0), (7000.0, 600.0))  # Hz: centre, width
UPPER_FROM_HZ = 3600.0
UPPER_BELOW_DB, UPPER_SLOPE_DB, UPPER_PEAK_DB = 18.0, 9.0, 6.0  # dB below F3-F4, dB per octave, dB

FIRST_FORMANT_HZ = (200.0, 300.0, 1000.0, 1500.0)  # where the first formant's shift fades in, holds and fades out
SLUR_S = 0.045  # s, width of the neighbourhood that slurred articulation blends
TILT_FROM_HZ, TILT_TO_HZ = 500.0, 6000.0
SILENT_DB = -120.0


def bins_hz(n_bins: int, sr: int) -> np.ndarray:
    """Frequencies of the bins, Hz [shape=(n_bins,)]."""
    return np.linspace(0.0, sr / 2.0, n_bins)


def level(envelope: np.ndarray) -> np.ndarray:
    """Level of each frame, dB [shape=(n_frames,)]."""
    return 10.0 * np.log10((10.0 ** (envelope / 10.0)).sum(axis=1))


def smooth_voiced(envelope: np.ndarray, voiced: np.ndarray, *, width: float) -> np.ndarray:
    """Average over time, voiced frames with voiced ones only.

    Parameters
    ----------
    envelope : np.ndarray
        dB [shape=(n_frames, n_bins)].
    voiced : np.ndarray
        bool [shape=(n_frames,)].
    width : float
        Standard deviation of the weights, frames.
    """
    weight = voiced.astype(float)
    total = gaussian_filter1d(weight, width, mode="constant")[:, None]
    mean = gaussian_filter1d(envelope * weight[:, None], width, axis=0, mode="constant") / np.maximum(total, 1e-9)
    return np.where(voiced[:, None], mean, envelope)


def articulate(envelope: np.ndarray, voiced: np.ndarray, *, amount: float, step: float) -> np.ndarray:
    """Move each voiced frame away from the mean of its neighbourhood (crisp) or towards it (slurred).

    Only the shape moves: each frame keeps its level.

    Parameters
    ----------
    envelope : np.ndarray
        dB [shape=(n_frames, n_bins)].
    voiced : np.ndarray
        bool [shape=(n_frames,)].
    amount : float
        -1 (all slurred) to 1.
    step : float
        Seconds between frames.
    """
    mean = smooth_voiced(envelope, voiced, width=SLUR_S / step)
    moved = envelope + amount * (envelope - mean)
    return moved + (level(envelope) - level(moved))[:, None]


def warp(envelope: np.ndarray, *, sr: int, formants_log2: float, open_log2: float = 0.0) -> np.ndarray:
    """Shift all formants, and the first one in addition.

    Parameters
    ----------
    envelope : np.ndarray
        dB [shape=(n_frames, n_bins)].
    sr : int
        Sampling rate, Hz.
    formants_log2, open_log2 : float
        Octaves, between -0.5 and 0.5.
    """
    frequencies = bins_hz(envelope.shape[1], sr)
    first = np.interp(frequencies, FIRST_FORMANT_HZ, (0.0, 1.0, 1.0, 0.0))
    moved = np.maximum.accumulate(frequencies * 2.0 ** (formants_log2 + open_log2 * first))
    source = np.interp(frequencies, moved, np.arange(len(frequencies)))
    low = np.floor(source).astype(int)
    high = np.minimum(low + 1, len(frequencies) - 1)
    part = source - low
    return envelope[:, low] * (1.0 - part) + envelope[:, high] * part


def fill_highs(envelope: np.ndarray, voiced: np.ndarray, *, sr: int) -> np.ndarray:
    """Give voiced frames the upper formants that the reading lacks.

    Parameters
    ----------
    envelope : np.ndarray
        dB [shape=(n_frames, n_bins)].
    voiced : np.ndarray
        bool [shape=(n_frames,)].
    sr : int
        Sampling rate, Hz.
    """
    frequencies = bins_hz(envelope.shape[1], sr)
    reference = (frequencies > 2300.0) & (frequencies < 4000.0)
    level = 10.0 * np.log10((10.0 ** (envelope[:, reference] / 10.0)).mean(axis=1))
    shape = -UPPER_BELOW_DB - UPPER_SLOPE_DB * np.log2(np.maximum(frequencies, UPPER_FROM_HZ) / 4000.0)
    for centre, width in UPPER_FORMANTS:
        shape += UPPER_PEAK_DB * np.exp(-(((frequencies - centre) / width) ** 2))
    floor = level[:, None] + np.where(frequencies < UPPER_FROM_HZ, SILENT_DB, shape)
    filled = 10.0 * np.log10(10.0 ** (envelope / 10.0) + 10.0 ** (floor / 10.0))
    return np.where(voiced[:, None], filled, envelope)


def tilt(frequencies: np.ndarray, db_per_octave: float) -> np.ndarray:
    """Gain that slopes between `TILT_FROM_HZ` and `TILT_TO_HZ` and is level outside, dB [shape=(n_bins,)]."""
    octaves = np.log2(np.clip(frequencies, TILT_FROM_HZ, TILT_TO_HZ) / TILT_FROM_HZ)
    return db_per_octave * octaves


def equaliser(envelope: np.ndarray, *, sr: int) -> np.ndarray:
    """Gain that brings the long-term spectrum to that of the average talker.

    Parameters
    ----------
    envelope : np.ndarray
        dB [shape=(n_frames, n_bins)].
    sr : int
        Sampling rate, Hz.

    Returns
    -------
    np.ndarray
        dB [shape=(n_bins,)], within `EQUALISER_LIMIT_DB` of its mean.
    """
    frequencies = bins_hz(envelope.shape[1], sr)
    power = (10.0 ** (envelope / 10.0)).mean(axis=0)
    edges = BANDS_HZ[:, None] * 2.0 ** np.array([-1 / 6, 1 / 6])
    found = [power[(frequencies >= low) & (frequencies < high)].sum() for low, high in edges]
    gain = TALKER_DB - 10.0 * np.log10(found)
    gain -= np.average(gain, weights=10.0 ** (TALKER_DB / 10.0))
    gain = np.clip(gain, -EQUALISER_LIMIT_DB, EQUALISER_LIMIT_DB)
    return np.interp(np.log(np.maximum(frequencies, 1.0)), np.log(BANDS_HZ), gain)


def noise_share(frequencies: np.ndarray, *, breath_db: float) -> np.ndarray:
    """Amplitude of the noise relative to the whole in a voiced frame, 0 to 1 [shape=(n_bins,)]."""
    level = np.interp(frequencies, NOISE_HZ, NOISE_DB) + breath_db
    return 10.0 ** (np.minimum(level, -0.5) / 20.0)


def loudness(
    timeline: Timeline, times: np.ndarray, prominence: np.ndarray, *, prosody: Prosody, rng: np.random.Generator
) -> np.ndarray:
    """Gain over time, without the level of the whole.

    Accents stand out, the voice fades by 3 dB over the sentence, sets in within ``attack_s``, dies away at the end and
    is silent in the pause; shimmer grows with the jitter.

    Returns
    -------
    np.ndarray
        dB [shape=(n,)].
    """
    step = times[1] - times[0]
    gain = prosody.accent_db * (prominence - prominence.mean()) - 3.0 * times / timeline.duration
    gain += 0.5 * slow_noise(len(times), step, rng) + 40.0 * prosody.jitter * rng.normal(0.0, 1.0, len(times))
    starts, ends = [0.0], [timeline.duration]
    if timeline.pause:
        starts.append(timeline.pause[1])
        ends.insert(0, timeline.pause[0])
    amplitude = np.zeros(len(times))
    for start, end in zip(starts, ends, strict=True):
        inside = (times >= start) & (times <= end)
        rise = np.clip((times - start) / prosody.attack_s, 0.0, 1.0)
        fall = np.clip((end - times) / max(0.05, prosody.attack_s), 0.0, 1.0)
        amplitude += inside * (0.15 + 0.85 * rise) * np.sin(0.5 * np.pi * fall)
    return np.maximum(gain + 20.0 * np.log10(np.maximum(amplitude, 1e-6)), SILENT_DB)
