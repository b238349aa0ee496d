"""Sounds without a voice: what a recogniser of voices should refuse to judge.

Each kind is drawn at random from its seed: pitch, pace, level, instrument. None is a recording.
"""

from collections.abc import Callable

import numpy as np

from ser_core.audio import SAMPLING_RATE
from ser_core.errors import ConfigError

_Maker = Callable[[np.random.Generator, int, int], np.ndarray]


def nonspeech(kind: str, duration_s: float, *, sr: int = SAMPLING_RATE, seed: int = 0) -> np.ndarray:
    """A sound of one of `NONSPEECH`.

    Parameters
    ----------
    kind : str
        One of `NONSPEECH`.
    duration_s : float
        Length, seconds.
    sr : int
        Sampling rate, Hz.
    seed : int
        Chooses all else; the RMS level is between -40 and -12 dBFS, but for silence.

    Returns
    -------
    np.ndarray [shape=(duration_s * sr,)]
        float32 in [-1, 1].

    Raises
    ------
    ConfigError
        If the kind is unknown.

    Examples
    --------
    >>> nonspeech("music", 2.0, seed=3).shape
    (32000,)
    """
    if kind not in NONSPEECH:
        raise ConfigError(f"Unknown kind of sound {kind!r}; there are {', '.join(NONSPEECH)}.")
    rng = np.random.default_rng([seed, list(NONSPEECH).index(kind)])
    sound = NONSPEECH[kind](rng, round(duration_s * sr), sr)
    if kind == "silence":
        return sound.astype(np.float32)
    sound = sound - sound.mean()
    sound *= 10 ** (rng.uniform(-40, -12) / 20) / max(np.sqrt(np.mean(sound**2)), 1e-12)
    return np.clip(sound, -1.0, 1.0).astype(np.float32)


def _coloured(slope: float) -> _Maker:
    """Noise whose power falls with frequency to the power of `slope`."""

    def make(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
        spectrum = np.fft.rfft(rng.standard_normal(n))
        frequency = np.fft.rfftfreq(n, 1 / sr)
        # From 20 Hz on: below, nobody hears the difference and a falling spectrum has no bound.
        return np.fft.irfft(spectrum * np.maximum(frequency, 20.0) ** (-slope / 2), n)

    return make


def _tone(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
    """One sine or square wave, or two as a telephone dials them, steady or on and off."""
    t = np.arange(n) / sr
    frequencies = np.exp(rng.uniform(np.log(80), np.log(3500), rng.integers(1, 3)))
    sound = np.sum([np.sin(2 * np.pi * f * t) for f in frequencies], axis=0)
    if rng.random() < 0.3:
        sound = np.sign(sound)
    return sound * (np.sin(2 * np.pi * rng.uniform(0.5, 4) * t) > 0) if rng.random() < 0.4 else sound


def _chirp(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
    """A sweep up or down, once or again and again, or a siren."""
    t = np.arange(n) / sr
    low, high = np.sort(np.exp(rng.uniform(np.log(100), np.log(6000), 2)))
    pace = rng.uniform(0.2, 3)
    course = (t * pace) % 1 if rng.random() < 0.6 else 0.5 + 0.5 * np.sin(2 * np.pi * pace * t)
    course = 1 - course if rng.random() < 0.5 else course
    return np.sin(2 * np.pi * np.cumsum(low * (high / low) ** course) / sr)


def _hum(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
    """The mains, with harmonics and a little noise."""
    t = np.arange(n) / sr
    mains = rng.choice([50.0, 60.0])
    orders = np.arange(1, rng.integers(3, 14))
    weights = rng.uniform(0.2, 1, len(orders)) / orders ** rng.uniform(0.3, 1.5)
    phases = rng.uniform(0, 2 * np.pi, len(orders))
    tones = [w * np.sin(2 * np.pi * mains * k * t + p) for w, k, p in zip(weights, orders, phases, strict=True)]
    return np.sum(tones, axis=0) + rng.uniform(0, 0.1) * rng.standard_normal(n)


def _clicks(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
    """Ticks of a clock, keys, drops: short decays at even or uneven times."""
    sound = 0.001 * rng.standard_normal(n)
    length = round(0.05 * sr)
    t = np.arange(length) / sr
    for at in _times(rng, n, sr, per_s=rng.uniform(1, 12), even=rng.random() < 0.4):
        decay = np.exp(-t / rng.uniform(0.0005, 0.012)) * rng.standard_normal(length)
        _mix(sound, decay * rng.uniform(0.4, 1), at)
    return sound


def _applause(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
    """Many hands: short bursts of noise around 1 to 2 kHz, from a few people to a hall."""
    from scipy.signal import butter, sosfilt

    sound = np.zeros(n)
    length = round(0.03 * sr)
    t = np.arange(length) / sr
    for _ in range(rng.integers(4, 80)):
        centre = rng.uniform(700, 2200)
        band = butter(2, [0.6 * centre, 1.6 * centre], "band", fs=sr, output="sos")
        gain = rng.uniform(0.1, 1)
        for at in _times(rng, n, sr, per_s=rng.uniform(2.5, 5), even=False):
            clap = sosfilt(band, rng.standard_normal(length)) * np.exp(-t / 0.006)
            _mix(sound, gain * clap, at)
    return sound + 0.002 * rng.standard_normal(n)


def _music(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
    """A tune over chords on made-up instruments, with or without drums."""
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12]) if rng.random() < 0.5 else np.array([0, 2, 3, 5, 7, 8, 10, 12])
    root = rng.uniform(45, 60)
    beat = 60 / rng.uniform(70, 160)
    lead, chords = _instrument(rng), _instrument(rng)
    sound = np.zeros(n)
    for step in range(int(n / sr / beat) + 1):
        at = round(step * beat * sr)
        if rng.random() < 0.85:
            _mix(sound, _note(rng, root + 12 + rng.choice(scale), beat * rng.choice([0.5, 1, 2]), sr, lead), at)
        if step % 4 == 0:
            degree = rng.integers(0, 5)
            for third in (0, 2, 4):
                pitch = root + scale[(degree + third) % 7]
                _mix(sound, 0.5 * _note(rng, pitch, 4 * beat, sr, chords), at)
    if rng.random() < 0.6:
        for at in range(0, n, max(1, round(beat * sr / 2))):
            _mix(sound, _drum(rng, sr), at)
    return sound


def _instrument(rng: np.random.Generator) -> dict:
    return {
        "harmonics": 1 / np.arange(1, rng.integers(2, 12)) ** rng.uniform(0.6, 2.2),
        "decay_s": rng.uniform(0.15, 3.0),
        "attack_s": rng.uniform(0.003, 0.08),
        "vibrato": rng.choice([0.0, 0.004]),
    }


def _note(rng: np.random.Generator, pitch: float, length_s: float, sr: int, instrument: dict) -> np.ndarray:
    t = np.arange(round(length_s * sr)) / sr
    vibrato = 1 + instrument["vibrato"] * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * t)
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12) * vibrato) / sr
    tone = np.sum([w * np.sin(k * phase) for k, w in enumerate(instrument["harmonics"], 1)], axis=0)
    shape = np.minimum(t / instrument["attack_s"], 1) * np.exp(-t / instrument["decay_s"])
    return tone * shape * np.minimum(1, (length_s - t) / 0.02)


def _drum(rng: np.random.Generator, sr: int) -> np.ndarray:
    t = np.arange(round(0.15 * sr)) / sr
    if rng.random() < 0.5:
        return np.sin(2 * np.pi * 60 * t * np.exp(-t * 8)) * np.exp(-t / 0.05)
    return 0.4 * rng.standard_normal(len(t)) * np.exp(-t / 0.03)


def _silence(rng: np.random.Generator, n: int, sr: int) -> np.ndarray:
    """Nothing at all, or the last bit of a converter."""
    return np.zeros(n) if rng.random() < 0.3 else rng.standard_normal(n) * 10 ** (rng.uniform(-95, -70) / 20)


def _times(rng: np.random.Generator, n: int, sr: int, *, per_s: float, even: bool) -> np.ndarray:
    count = max(1, round(per_s * n / sr))
    if even:
        return np.arange(count) * n // count
    return rng.integers(0, n, count)


def _mix(sound: np.ndarray, part: np.ndarray, at: int) -> None:
    part = part[: max(0, len(sound) - at)]
    sound[at : at + len(part)] += part


NONSPEECH: dict[str, _Maker] = {
    "white noise": _coloured(0.0),
    "pink noise": _coloured(1.0),
    "brown noise": _coloured(2.0),
    "tone": _tone,
    "chirp": _chirp,
    "hum": _hum,
    "clicks": _clicks,
    "applause": _applause,
    "music": _music,
    "silence": _silence,
}
"""Kinds of sounds without a voice."""
