"""Miniature corpora: the folders and names of the real ones, filled with speech-like clips."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ser_core.audio import SAMPLING_RATE
from ser_core.labels import EMOTIONS
from ser_core.testing.files import encode
from ser_core.testing.signals import speechlike


@dataclass(frozen=True)
class _Prosody:
    """How an emotion sounds in the miniature corpus: factors on the speaker's own voice."""

    f0: float
    f0_range: float
    f0_slope: float
    level_db: float
    pace: float
    tilt: float
    breath: float


# Directions after Juslin and Laukka, "Communication of emotions in vocal expression and music performance",
# Psychological Bulletin 129, 770-814 (2003), table 11; the sizes are chosen to be learnt from a few clips.
_PROSODY = {
    "neutral": _Prosody(1.00, 0.06, -0.05, -24.0, 4.0, 0.93, 0.02),
    "calm": _Prosody(0.95, 0.03, -0.05, -29.0, 3.2, 0.96, 0.04),
    "happy": _Prosody(1.35, 0.22, 0.10, -18.0, 4.8, 0.85, 0.02),
    "sad": _Prosody(0.90, 0.02, -0.20, -33.0, 2.5, 0.98, 0.10),
    "angry": _Prosody(1.30, 0.15, -0.15, -12.0, 5.0, 0.55, 0.02),
    "fear": _Prosody(1.55, 0.05, 0.05, -22.0, 6.0, 0.90, 0.20),
    "disgust": _Prosody(0.85, 0.10, -0.25, -21.0, 3.0, 0.75, 0.30),
    "surprise": _Prosody(1.50, 0.30, 0.50, -16.0, 3.8, 0.80, 0.05),
}
# Livingstone and Russo, "The RAVDESS", PLoS ONE 13, e0196391 (2018), table "filename".
_RAVDESS_CODES = {name: code for code, name in enumerate(EMOTIONS, start=1)}


def emotional(
    emotion: str, *, speaker: int = 1, duration_s: float = 0.8, sr: int = SAMPLING_RATE, seed: int = 0
) -> np.ndarray:
    """A speech-like clip whose pitch, level, pace and timbre depend on the emotion and on the speaker.

    Parameters
    ----------
    emotion : str
        Name from `ser_core.labels.EMOTIONS`.
    speaker : int
        Number of the voice; even ones are female, as in RAVDESS.
    duration_s : float
        Length, seconds.
    sr : int
        Sampling rate, Hz.
    seed : int
        Chooses the utterance.

    Returns
    -------
    np.ndarray [shape=(duration_s * sr,)]
        float32 in [-1, 1].
    """
    EMOTIONS.index(emotion)
    prosody = _PROSODY[emotion]
    voice = np.random.default_rng([speaker, 1])
    take = np.random.default_rng([speaker, seed, 2])
    female = speaker % 2 == 0
    return speechlike(
        duration_s,
        sr=sr,
        f0=(205.0 if female else 115.0) * voice.uniform(0.9, 1.1) * prosody.f0 * take.uniform(0.95, 1.05),
        seed=seed,
        f0_range=prosody.f0_range * take.uniform(0.8, 1.2),
        f0_slope=prosody.f0_slope,
        level_db=prosody.level_db + voice.uniform(-2, 2) + take.uniform(-1, 1),
        syllables_per_s=prosody.pace,
        tilt=prosody.tilt,
        breath=prosody.breath,
        tract=(1.17 if female else 1.0) * voice.uniform(0.96, 1.04),
    )


def _ravdess_stems(actor: int, clips: int) -> Iterator[tuple[str, str]]:
    """File stems and emotions of one actor, in turns of the emotions; at most the 60 of the release."""
    turns = (
        (emotion, intensity, statement, repetition)
        for repetition in (1, 2)
        for statement in (1, 2)
        for intensity in (1, 2)
        for emotion in EMOTIONS
        if (emotion, intensity) != ("neutral", 2)  # Neutral has no strong intensity.
    )
    for (emotion, intensity, statement, repetition), _ in zip(turns, range(clips), strict=False):
        code = _RAVDESS_CODES[emotion]
        yield f"03-01-{code:02}-{intensity:02}-{statement:02}-{repetition:02}-{actor:02}", emotion


def make_ravdess(
    root: Path | str,
    *,
    actors: int | Iterable[int] = 4,
    clips: int = 16,
    duration_s: float = 0.8,
    sr: int = SAMPLING_RATE,
    kind: str = "wav",
) -> Path:
    """Write a miniature of the RAVDESS speech corpus with its folders and names, in which emotions can be learnt.

    Parameters
    ----------
    root : Path or str
        Data root; the corpus comes into its folder ``ravdess``.
    actors : int or iterable of int
        The first so many actors, or their numbers; odd ones are male, even ones female.
    clips : int
        Clips per actor, in turns of the eight emotions; the first 8 hold one each, 60 are a whole actor.
    duration_s : float
        Length of a clip, seconds.
    sr : int
        Sampling rate, Hz.
    kind : str
        Ending and encoding, see `encode`.

    Returns
    -------
    Path
        The folder ``root/ravdess``; files are ``Actor_AA/03-01-EE-II-SS-RR-AA.<kind>``.
    """
    folder = Path(root) / "ravdess"
    for actor in range(1, actors + 1) if isinstance(actors, int) else actors:
        place = folder / f"Actor_{actor:02}"
        place.mkdir(parents=True, exist_ok=True)
        for stem, emotion in _ravdess_stems(actor, clips):
            signal = emotional(emotion, speaker=actor, duration_s=duration_s, sr=sr, seed=zlib.crc32(stem.encode()))
            (place / f"{stem}.{kind}").write_bytes(encode(signal, sr=sr, kind=kind))
    return folder
