"""RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song: its audio-only speech.

The rule for file names and the counts are those of the published record, https://zenodo.org/records/1188976; size and
MD5 of the archive are those that the record states and that independent projects found on what they downloaded.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from ser_core.corpora.base import Corpus
from ser_core.corpora.records import Source
from ser_core.errors import ConfigError

EMOTION_CODES = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
WORDS = {**EMOTION_CODES, "06": "fearful", "08": "surprised"}
INTENSITIES = {"01": "normal", "02": "strong"}
STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}

_NAME = re.compile(r"(0[1-3])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(0[1-9]|1[0-9]|2[0-4])")


@dataclass(frozen=True)
class RavdessName:
    """The seven codes of a RAVDESS file name.

    Attributes
    ----------
    modality : str
        ``"01"`` audio and video, ``"02"`` video only, ``"03"`` audio only.
    channel : str
        ``"01"`` speech, ``"02"`` song.
    emotion : str
        Key of `EMOTION_CODES`; song has the first six only.
    intensity : str
        Key of `INTENSITIES`; neutral has ``"01"`` only.
    statement : str
        Key of `STATEMENTS`.
    repetition : str
        ``"01"`` or ``"02"``.
    actor : str
        ``"01"`` to ``"24"``, odd male, even female.
    """

    modality: str
    channel: str
    emotion: str
    intensity: str
    statement: str
    repetition: str
    actor: str

    def __str__(self) -> str:
        return "-".join(vars(self).values())

    @property
    def is_speech_audio(self) -> bool:
        """Whether this is a clip of the speech corpus: audio only, spoken."""
        return self.modality == "03" and self.channel == "01"

    @property
    def is_song(self) -> bool:
        """Whether the statement is sung."""
        return self.channel == "02"

    @property
    def sex(self) -> str:
        """Of the actor."""
        return "male" if int(self.actor) % 2 else "female"


def parse_name(stem: str) -> RavdessName:
    """Read a RAVDESS file name.

    Parameters
    ----------
    stem : str
        File name without its ending.

    Raises
    ------
    ConfigError
        If the release has no file of this name.

    Examples
    --------
    >>> name = parse_name("03-01-06-01-02-01-12")
    >>> EMOTION_CODES[name.emotion], STATEMENTS[name.statement], name.sex
    ('fear', 'Dogs are sitting by the door', 'female')
    """
    match = _NAME.fullmatch(stem)
    name = RavdessName(*match.groups()) if match else None
    if name is None or (name.emotion, name.intensity) == ("01", "02") or (name.is_song and name.emotion > "06"):
        raise ConfigError(
            f"{stem!r} is no RAVDESS file name; one reads modality-channel-emotion-intensity-statement-repetition-"
            "actor, as in 03-01-06-01-02-01-12."
        )
    return name


class Ravdess(Corpus):
    """RAVDESS speech. Song files lying in the same folders are recognised and left out of the manifest."""

    name = "ravdess"
    title = "RAVDESS speech"
    description = (
        "24 professional actors, 12 women and 12 men of 21 to 33 years, say two sentences in a North American accent "
        "in eight emotions, each but neutral at two intensities. Recorded in a studio; acted, not felt."
    )
    language = "en"
    licence = "CC BY-NC-SA 4.0"
    licence_url = "https://creativecommons.org/licenses/by-nc-sa/4.0/"
    citation = (
        "Livingstone SR, Russo FA (2018). The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS): "
        "A dynamic, multimodal set of facial and vocal expressions in North American English. PLoS ONE 13(5): "
        "e0196391. https://doi.org/10.1371/journal.pone.0196391"
    )
    homepage = "https://zenodo.org/records/1188976"
    expected = {"clips": 1440, "speakers": 24}
    expected_labels = {word: 96 if word == "neutral" else 192 for word in WORDS.values()}
    sources = (
        Source(
            url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1",
            file="Audio_Speech_Actors_01-24.zip",
            size_bytes=208_468_073,
            md5="bc696df654c87fed845eb13823edef8a",
            # 1.48 hours at 48 kHz and 16 bit are 512 MB; a few clips are stereo.
            unpacked_bytes=530_000_000,
        ),
    )
    labels = EMOTION_CODES
    words = WORDS
    tops = ("Audio_Speech_Actors_01-24", "audio_speech_actors_01-24")
    # Two men and two women, each sentence by one of either sex, every emotion, both intensities: twelve clips each.
    sample_keys = tuple(
        f"03-01-{emotion}-{intensity}-{statement}-01-{actor}"
        for actor, statement in (("01", "01"), ("02", "01"), ("03", "02"), ("04", "02"))
        for emotion in EMOTION_CODES
        for intensity in (("01", "02") if emotion in ("03", "04", "05", "06") else ("01",))
    )

    def holds(self, name: RavdessName) -> bool:
        """Whether a file of the release is a clip of this corpus."""
        return name.is_speech_audio

    def parse(self, relative: PurePosixPath) -> dict | None:
        """Fields of a clip from its file name, whatever folder it lies in; None for anything else."""
        try:
            name = parse_name(relative.stem)
        except ConfigError:
            return None
        if not self.holds(name):
            return None
        return {
            "key": str(name),
            "speaker": name.actor,
            "sex": name.sex,
            "emotion": EMOTION_CODES[name.emotion],
            "label": WORDS[name.emotion],
            "intensity": INTENSITIES[name.intensity],
            "text": STATEMENTS[name.statement],
            "extra": {"repetition": int(name.repetition)},
        }


CORPUS = Ravdess()
