"""The pitch contour of a clip, by Fujisaki's model.

The logarithm of F0 is the sum of a base, a slow phrase component and fast accent components, the responses of
critically damped systems to impulses and steps: Fujisaki and Hirose, "Analysis of voice fundamental frequency
contours for declarative sentences of Japanese", J. Acoust. Soc. Japan (E) 5, 233-242 (1984).
"""

import numpy as np

from .prosody import Prosody
from .timing import Timeline

PHRASE_SPEED = 3.0  # 1/s, Fujisaki's alpha
PHRASE_SIZE = 0.22  # ln Hz, of a neutral sentence
ACCENT_SIZE = 0.20  # ln Hz, of a fully accented syllable of a neutral sentence
ACCENT_LEAD = 0.05  # s, an accent starts before its vowel
ACCENT_CEILING = 0.9  # Fujisaki's gamma: where an accent component levels off
TREMOR_HZ = 6.5  # our choice: fast enough not to sound like a singer's vibrato
SEMITONE = np.log(2.0) / 12.0


def phrase_response(t: np.ndarray) -> np.ndarray:
    """Response of the phrase system to an impulse at 0; `t` in seconds."""
    t = np.maximum(t, 0.0)
    return PHRASE_SPEED**2 * t * np.exp(-PHRASE_SPEED * t)


def accent_response(t: np.ndarray, speed: float) -> np.ndarray:
    """Response of the accent system to a step at 0, 0 to `ACCENT_CEILING`; `t` in seconds, `speed` in 1/s."""
    t = np.maximum(t, 0.0)
    return np.minimum(1.0 - (1.0 + speed * t) * np.exp(-speed * t), ACCENT_CEILING)


def accents(timeline: Timeline, times: np.ndarray, *, speed: float, rng: np.random.Generator) -> np.ndarray:
    """Prominence over time, 0 to about 1 [shape=(n,)], each accent varied by some 15%."""
    total = np.zeros(len(times))
    for syllable in timeline.syllables:
        size = syllable.accent * rng.normal(1.0, 0.15)
        start, stop = syllable.start - ACCENT_LEAD, max(syllable.stop - ACCENT_LEAD, syllable.start + 0.06)
        total += size * (accent_response(times - start, speed) - accent_response(times - stop, speed))
    return total


def contour(
    timeline: Timeline,
    times: np.ndarray,
    *,
    f0_hz: float,
    prosody: Prosody,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Pitch and prominence of a clip.

    Parameters
    ----------
    timeline : Timeline
        Its rhythm.
    times : np.ndarray
        Evenly spaced times in the clip, seconds [shape=(n,)].
    f0_hz : float
        Mean pitch of the voice, Hz.
    prosody : Prosody
        How it is acted.
    rng : np.random.Generator
        Source of the natural irregularity.

    Returns
    -------
    f0, prominence : np.ndarray
        Hz and 0 to about 1 [shape=(n,) each]. The mean of ln F0 is that of the voice moved by ``pitch_st``, but for the
        final movement and the irregularities.
    """
    prominence = accents(timeline, times, speed=prosody.accent_speed, rng=rng)
    phrase = phrase_response(times + 0.15)
    if timeline.pause:
        phrase = phrase + 0.5 * phrase_response(times - timeline.pause[1] + 0.1)
    size = 2.0**prosody.range_log2
    shape = size * (PHRASE_SIZE * phrase + ACCENT_SIZE * prominence)
    shape -= shape.mean()
    shape += SEMITONE * (prosody.pitch_st + prosody.final_st * final_movement(timeline, times))
    shape += irregularity(times, prosody=prosody, rng=rng)
    return f0_hz * np.exp(shape), prominence


def final_movement(timeline: Timeline, times: np.ndarray) -> np.ndarray:
    """0 until the last accented vowel, then along half a cosine to 1 at the end [shape=(n,)]."""
    start = next(s for s in reversed(timeline.syllables) if s.accent > 0.5).start
    x = np.clip((times - start) / (timeline.duration - start), 0.0, 1.0)
    return 0.5 - 0.5 * np.cos(np.pi * x)


def irregularity(times: np.ndarray, *, prosody: Prosody, rng: np.random.Generator) -> np.ndarray:
    """Drift, tremor and jitter of ln F0 [shape=(n,)].

    The drift is Klatt and Klatt's flutter, three slow sines, J. Acoust. Soc. Am. 87, 820-857 (1990); the tremor wanders
    by 15% in rate and depth, so that it does not sound like a singer's vibrato.
    """
    step = times[1] - times[0]
    phases = rng.uniform(0.0, 2.0 * np.pi, 3)
    drift = 0.006 * sum(np.sin(2.0 * np.pi * f * times + p) for f, p in zip((12.7, 7.1, 4.7), phases, strict=True))
    rate = TREMOR_HZ * (1.0 + 0.15 * slow_noise(len(times), step, rng))
    depth = prosody.tremor_st * SEMITONE * (1.0 + 0.3 * slow_noise(len(times), step, rng))
    tremor = depth * np.sin(2.0 * np.pi * np.cumsum(rate) * step + rng.uniform(0.0, 2.0 * np.pi))
    return drift + tremor + prosody.jitter * rng.normal(0.0, 1.0, len(times))


def slow_noise(n: int, step: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise of about unit size that changes within some 0.15 s [shape=(n,)]; `step` in seconds."""
    knots = np.arange(0.0, n * step + 0.3, 0.15)
    return np.interp(np.arange(n) * step, knots, rng.normal(0.0, 1.0, len(knots)))
