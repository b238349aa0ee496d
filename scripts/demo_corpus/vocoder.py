"""From a reading to an acted clip, through the WORLD vocoder.

Morise, Yokomori and Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system for real-time applications",
IEICE Trans. Inf. Syst. E99-D, 1877-1884 (2016).
"""

from dataclasses import dataclass

import numpy as np

from . import timbre
from .espeak import Phone, Reading
from .melody import contour, slow_noise
from .plan import Sentence, Voice
from .prosody import Prosody
from .timing import timeline, voiced

NEEDED = (
    "Making the demo corpus needs the WORLD vocoder: 'pip install -r scripts/requirements-demo.txt'. The app and the "
    "tests do not need it: the finished clips are in data/demo."
)
ANALYSIS_S = 0.005  # s between frames of the analysis
SYNTHESIS_S = 0.0025  # s between frames of the synthesis: short, so that the jitter differs from pulse to pulse
JOIN_S = 0.010  # s, smooths the steps that espeak-ng leaves between phones
# Within the 30-150 Hz that make a voice rough: Arnal et al., "Human screams occupy a privileged niche in the
# communication soundscape", Current Biology 25, 2051-2056 (2015).
ROUGH_HZ = 62.0
LOWEST_HZ, HIGHEST_HZ = 60.0, 700.0


def world():
    """The module `pyworld`.

    Raises
    ------
    RuntimeError
        If it is not installed; the message says how to get it.
    """
    try:
        import pyworld
    except ImportError:
        raise RuntimeError(NEEDED) from None
    return pyworld


@dataclass(frozen=True)
class Analysis:
    """A reading as the vocoder sees it.

    Attributes
    ----------
    envelope : np.ndarray
        dB [shape=(n_frames, n_bins)], a frame each `ANALYSIS_S`.
    noise : np.ndarray
        Amplitude of the noise relative to the whole, 0 to 1 [shape=(n_frames, n_bins)].
    voiced : np.ndarray
        bool [shape=(n_frames,)].
    sr : int
        Sampling rate, Hz.
    phones : tuple of Phone
        As read.
    """

    envelope: np.ndarray
    noise: np.ndarray
    voiced: np.ndarray
    sr: int
    phones: tuple[Phone, ...]


def analyse(reading: Reading, *, formants: float) -> Analysis:
    """Take a reading apart and give it the vocal tract of a voice.

    Parameters
    ----------
    reading : Reading
        On one note.
    formants : float
        Formant frequencies relative to the reading's.
    """
    pyworld = world()
    signal = np.ascontiguousarray(reading.signal)
    found, times = pyworld.harvest(signal, reading.sr, f0_floor=60.0, f0_ceil=200.0, frame_period=1000 * ANALYSIS_S)
    note = float(np.median(found[found > 0]))
    is_voiced = voiced(reading.phones, times) & (np.abs(found - note) < 0.2 * note)
    f0 = np.where(is_voiced, found, 0.0)
    power = pyworld.cheaptrick(signal, f0, times, reading.sr)
    noise = pyworld.d4c(signal, f0, times, reading.sr, threshold=0.0)
    envelope = 10.0 * np.log10(power + 1e-14)
    envelope = timbre.smooth_voiced(envelope, is_voiced, width=JOIN_S / ANALYSIS_S)
    envelope = timbre.fill_highs(envelope, is_voiced, sr=reading.sr)
    envelope = timbre.warp(envelope, sr=reading.sr, formants_log2=float(np.log2(formants)))
    return Analysis(envelope, noise, is_voiced, reading.sr, reading.phones)


def act(
    analysis: Analysis,
    *,
    sentence: Sentence,
    voice: Voice,
    prosody: Prosody,
    equaliser: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Say a reading again with the given prosody.

    Parameters
    ----------
    analysis : Analysis
        The reading.
    sentence : Sentence
        What was read.
    voice : Voice
        Who speaks.
    prosody : Prosody
        How.
    equaliser : np.ndarray
        Gain of the voice, dB [shape=(n_bins,)].
    rng : np.random.Generator
        Source of the natural irregularity.

    Returns
    -------
    np.ndarray
        Float64 samples at the reading's sampling rate, of arbitrary level [shape=(t,)].
    """
    line = timeline(analysis.phones, sentence=sentence, prosody=prosody, rate=voice.rate, rng=rng)
    times = np.arange(0.0, line.duration, SYNTHESIS_S)
    f0, prominence = contour(line, times, f0_hz=voice.f0_hz, prosody=prosody, rng=rng)
    source = np.interp(times, line.knots, line.source) / ANALYSIS_S
    nearest = np.minimum(np.round(source).astype(int), len(analysis.voiced) - 1)
    in_pause = np.zeros(len(times), dtype=bool) if line.pause is None else _between(times, *line.pause)
    is_voiced = analysis.voiced[nearest] & ~in_pause

    frequencies = timbre.bins_hz(analysis.envelope.shape[1], analysis.sr)
    envelope = _at(analysis.envelope, source)
    envelope = timbre.articulate(envelope, is_voiced, amount=prosody.articulation, step=SYNTHESIS_S)
    envelope = timbre.warp(envelope, sr=analysis.sr, formants_log2=prosody.formants_log2, open_log2=prosody.open_log2)
    envelope += equaliser + timbre.tilt(frequencies, voice.tilt_db + prosody.tilt_db)
    envelope += timbre.loudness(line, times, prominence, prosody=prosody, rng=rng)[:, None]
    share = timbre.noise_share(frequencies, breath_db=voice.breath_db + prosody.breath_db)
    noise = np.where(is_voiced[:, None], np.maximum(_at(analysis.noise, source), share), 1.0)

    pitch = np.where(is_voiced, np.clip(f0, LOWEST_HZ, HIGHEST_HZ), 0.0)
    power = np.ascontiguousarray(10.0 ** (envelope / 10.0))
    signal = world().synthesize(pitch, power, np.clip(noise, 0.001, 0.999), analysis.sr, 1000 * SYNTHESIS_S)
    return signal * roughness(len(signal), depth=prosody.rough, sr=analysis.sr, rng=rng)


def roughness(n: int, *, depth: float, sr: int, rng: np.random.Generator) -> np.ndarray:
    """Gain that flutters at some `ROUGH_HZ`, the growl of an angry voice.

    Parameters
    ----------
    n : int
        Samples.
    depth : float
        0 (none) to 1.
    sr : int
        Sampling rate, Hz.
    rng : np.random.Generator
        The rate and the depth wander by 20%, so that no tone is heard.

    Returns
    -------
    np.ndarray
        Around 1 [shape=(n,)].
    """
    rate = ROUGH_HZ * (1.0 + 0.2 * slow_noise(n, 1.0 / sr, rng))
    phase = 2.0 * np.pi * np.cumsum(rate) / sr
    return 1.0 + depth * (1.0 + 0.2 * slow_noise(n, 1.0 / sr, rng)) * np.sin(phase)


def voice_equaliser(analyses: list[Analysis]) -> np.ndarray:
    """Gain that gives a voice the long-term spectrum of the average talker, dB [shape=(n_bins,)]."""
    return timbre.equaliser(np.concatenate([a.envelope for a in analyses]), sr=analyses[0].sr)


def _at(frames: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Rows of `frames` at fractional positions, in a straight line between neighbours."""
    low = np.clip(np.floor(position).astype(int), 0, len(frames) - 1)
    high = np.minimum(low + 1, len(frames) - 1)
    part = np.clip(position - low, 0.0, 1.0)[:, None]
    return frames[low] * (1.0 - part) + frames[high] * part


def _between(times: np.ndarray, start: float, stop: float) -> np.ndarray:
    return (times >= start) & (times < stop)
