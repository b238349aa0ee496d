"""Long recordings made of clips: of each is known who speaks when and what the corpus says it expresses.

For the demo of the page, for tests and for measuring: real recordings come without the truth.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from ser_core.audio import SAMPLING_RATE, decode, sound_bounds
from ser_core.corpora.base import Corpus
from ser_core.errors import ConfigError
from ser_core.recordings.bounds import SOUND_DB, Bounds, speech_bounds

_SUBTYPES = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "OPUS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
# A quiet room, dBFS: with digital silence between the clips the task would be too easy.
_ROOM_DB = -80.0


@dataclass(frozen=True)
class Clip:
    """One clip that goes into a recording.

    Attributes
    ----------
    file : Path
        Encoded audio.
    clip_id, speaker, emotion : str
        What the corpus says of it.
    """

    file: Path
    clip_id: str
    speaker: str
    emotion: str


@dataclass(frozen=True)
class Spoken:
    """One clip in a recording.

    Attributes
    ----------
    start, end : float
        Of its speech, see `speech_bounds`, seconds from the start of the recording.
    clip : Clip
        What is heard.
    clear : bool
        Whether the clip's own background is so soft that its first and last sound are those of the speaker.
    sound : tuple of float
        First and last sound of any kind less than `SOUND_DB` below the clip's loudest, breath, offset and room
        included; seconds.
    """

    start: float
    end: float
    clip: Clip
    clear: bool
    sound: tuple[float, float]


def clips_of(corpus: Corpus, table: pd.DataFrame) -> list[Clip]:
    """The clips of some rows of a corpus' manifest whose files are here and whose emotion is known."""
    found = []
    for row in table[table["emotion"].notna()].itertuples():
        file = corpus.clip_path(row.path)
        if file is not None:
            found.append(Clip(file, row.clip_id, str(row.speaker), row.emotion))
    return found


def stitch(
    file: Path,
    clips: Sequence[Clip],
    *,
    seed: int = 0,
    pause_s: tuple[float, float] = (0.7, 2.0),
    lasting_s: float | None = None,
) -> list[Spoken]:
    """Write a recording of clips with pauses between them; memory holds one clip at a time.

    Parameters
    ----------
    file : Path
        Its ending says the format: .wav, .flac, .ogg, .opus or .mp3; 16 kHz, mono.
    clips : sequence of Clip
        In the order in which they are heard.
    seed : int
        Of the pauses' lengths and of the room's noise.
    pause_s : tuple of float
        Shortest and longest pause, seconds, on top of the silence in the clips themselves.
    lasting_s : float, optional
        Start over with the first clip until the recording has this length, seconds.

    Returns
    -------
    list of Spoken
        In order.

    Raises
    ------
    ConfigError
        If there is no clip, or the ending is another one.
    """
    if not clips:
        raise ConfigError("A recording is stitched of at least one clip, got none.")
    if file.suffix.lower() not in _SUBTYPES:
        raise ConfigError(f"A recording is written as {', '.join(_SUBTYPES)}, got {file.name!r}.")
    form, subtype = _SUBTYPES[file.suffix.lower()]
    rng = np.random.default_rng(seed)
    spoken: list[Spoken] = []
    known: dict[Clip, tuple[Bounds, tuple[int, int]]] = {}
    at = 0
    with soundfile.SoundFile(file, "w", SAMPLING_RATE, 1, format=form, subtype=subtype) as out:
        for clip in _again(clips, endless=lasting_s is not None):
            if lasting_s is not None and at >= lasting_s * SAMPLING_RATE:
                break
            at += _write(out, _room(rng, rng.uniform(*pause_s)))
            voice = decode(clip.file).signal
            if clip not in known:
                sound = sound_bounds(voice, sr=SAMPLING_RATE, top_db=SOUND_DB)
                known[clip] = speech_bounds(voice, sr=SAMPLING_RATE), sound
            found, sound = known[clip]
            start, end, first, last = ((at + each) / SAMPLING_RATE for each in (found.start, found.stop, *sound))
            spoken.append(Spoken(start, end, clip, found.clear, (first, last)))
            at += _write(out, voice)
        _write(out, _room(rng, rng.uniform(*pause_s)))
    return spoken


def _again(clips: Sequence[Clip], *, endless: bool) -> Iterable[Clip]:
    def rounds() -> Iterator[Clip]:
        while True:
            yield from clips

    return rounds() if endless else clips


def _room(rng: np.random.Generator, seconds: float) -> np.ndarray:
    return rng.normal(0, 10 ** (_ROOM_DB / 20), round(seconds * SAMPLING_RATE)).astype(np.float32)


def _write(out: soundfile.SoundFile, signal: np.ndarray) -> int:
    # libsndfile's Opus encoder overflows its stack on large writes.
    for start in range(0, len(signal), SAMPLING_RATE):
        out.write(signal[start : start + SAMPLING_RATE])
    return len(signal)
