"""When a model should give no answer: no voice, a voice drowned in noise or clipped, or nothing like its training.

What a model asks for stands in the ``thresholds`` of its card; a card that names none of these is never in doubt about
them. Silence and clips of hardly any length are refused before, see `ser_core.audio.require_usable`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ser_core.audio import Quality, resample
from ser_core.errors import ConfigError
from ser_core.speech import FRAME, FRAME_S, SAMPLING_RATE, speech_probabilities

MIN_SPEECH_S = 0.2
"""Least speech that is judged, seconds. It rejects 0.9% of RAVDESS's clips, 1.0% of CREMA-D's, 1 of TESS's and none of
SAVEE's and EMO-DB's, most of them fearful, angry or sad: the detector takes some shouting and whispering for none."""

MAX_CLIPPED = 0.1
"""Largest share of samples cut off at full scale. Amplified so far, clips of RAVDESS lose about half of
the right answers of both models trained on it (the network from .77 to .47)."""

MIN_SNR_DB = 3.0
"""Least ratio of speech to noise, dB as `Hearing.snr_db` estimates it: about that of white noise as loud as the voice,
in which the models trained on RAVDESS do no better than chance."""

NOISY_DB = 10.0
"""Ratio below which an answer is marked uncertain, dB."""

_SPEAKS = 0.5
_QUIET_PERCENTILE = 10
_FLOOR = 1e-12


@dataclass(frozen=True)
class Hearing:
    """What the speech detector finds in a clip.

    Attributes
    ----------
    speech_s : float
        Time in which somebody speaks, seconds.
    snr_db : float
        Mean power of the frames with speech over that of the frame that a tenth of all frames lies below, dB. A clip
        that is speech from end to end has few quiet frames, and seems noisier than it is; NaN without speech.
    """

    speech_s: float
    snr_db: float


def hear(signal: np.ndarray, *, sr: int, speech: np.ndarray | None = None) -> Hearing:
    """How much of a clip is speech, and how far it stands out from the rest.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz.
    speech : np.ndarray [shape=(ceil(t / FRAME),)], optional
        What `ser_core.speech.speech_probabilities` gives, where it is known.

    Raises
    ------
    ConfigError
        If `speech` is of another length.

    Examples
    --------
    >>> hear(np.zeros(16_000, np.float32), sr=16_000)
    Hearing(speech_s=0.0, snr_db=nan)
    """
    signal = resample(signal, sr=sr, to=SAMPLING_RATE)
    speech = speech_probabilities(signal) if speech is None else speech
    if len(speech) != -(-len(signal) // FRAME):
        raise ConfigError(f"Speech is known in {len(speech)} frames, the clip has {-(-len(signal) // FRAME)}.")
    spoken = speech > _SPEAKS
    if not spoken.any():
        return Hearing(0.0, float("nan"))
    frames = np.pad(signal, (0, len(speech) * FRAME - len(signal))).reshape(len(speech), FRAME)
    power = np.square(frames - signal.mean(), dtype=np.float64).mean(axis=1)
    quiet = np.percentile(power, _QUIET_PERCENTILE)
    ratio = max(power[spoken].mean(), _FLOOR) / max(quiet, _FLOOR)
    return Hearing(float(spoken.sum() * FRAME_S), float(10 * np.log10(ratio)))


def reasons_to_abstain(
    thresholds: Mapping[str, float], *, quality: Quality, hearing: Hearing | None, distance: float | None
) -> list[str]:
    """Why there should be no answer; empty where there may be one.

    Parameters
    ----------
    thresholds : mapping
        Of the model's card; those that it does not name are not asked for.
    quality : Quality
        Of the signal.
    hearing : Hearing or None
        Of the signal; None if it was not asked for.
    distance : float or None
        How far the clip lies from the training data, see `ser_core.serving.reference`.
    """
    found = []
    if hearing is not None and "min_speech_s" in thresholds and hearing.speech_s < thresholds["min_speech_s"]:
        found.append("no speech found" if hearing.speech_s == 0 else f"only {hearing.speech_s:.2f} s of speech found")
    elif hearing is not None and "min_snr_db" in thresholds and hearing.snr_db < thresholds["min_snr_db"]:
        found.append(f"too noisy: the voice stands {max(hearing.snr_db, 0):.0f} dB above the noise")
    if "max_clipped" in thresholds and quality.clipped_fraction > thresholds["max_clipped"]:
        found.append(f"too clipped: {quality.clipped_fraction:.0%} of the samples are at full scale")
    if distance is not None and "max_distance" in thresholds and distance > thresholds["max_distance"]:
        found.append("unlike anything that the model was trained on")
    return found


def reasons_to_doubt(thresholds: Mapping[str, float], *, hearing: Hearing | None, distance: float | None) -> list[str]:
    """Why an answer should not be relied on, beside its probability, level and length; see `reasons_to_abstain`."""
    found = []
    if hearing is not None and "min_snr_db" in thresholds and hearing.snr_db < NOISY_DB:
        found.append(f"noisy: the voice stands {hearing.snr_db:.0f} dB above the noise")
    if distance is not None and "usual_distance" in thresholds and distance > thresholds["usual_distance"]:
        found.append("sounds unlike the recordings that the model was trained on")
    return found
