"""EMO-DB, the Berlin database of emotional speech.

Codes, sentences, sexes and ages are those of its documentation, http://emodb.bilderbar.info/docu/.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from ser_core.corpora.base import Corpus
from ser_core.corpora.records import Source
from ser_core.errors import ConfigError

EMOTION_CODES = {
    "N": "neutral",
    "F": "happy",
    "T": "sad",
    "W": "angry",
    "A": "fear",
    "E": "disgust",
    "L": None,
}
"""Letters of the German words: neutral, Freude, Trauer, Wut, Angst, Ekel, Langeweile."""
WORDS = {
    "N": "neutral",
    "F": "happiness",
    "T": "sadness",
    "W": "anger",
    "A": "anxiety",
    "E": "disgust",
    "L": "boredom",
}
SPEAKERS = {
    "03": ("male", 31),
    "08": ("female", 34),
    "09": ("female", 21),
    "10": ("male", 32),
    "11": ("male", 26),
    "12": ("male", 30),
    "13": ("female", 32),
    "14": ("female", 35),
    "15": ("male", 25),
    "16": ("female", 31),
}
"""Speaker -> sex and age, years."""
SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}

_NAME = re.compile(rf"({'|'.join(SPEAKERS)})({'|'.join(SENTENCES)})([{''.join(EMOTION_CODES)}])([a-z])")


@dataclass(frozen=True)
class EmodbName:
    """The four parts of an EMO-DB file name.

    Attributes
    ----------
    speaker : str
        Key of `SPEAKERS`.
    sentence : str
        Key of `SENTENCES`.
    emotion : str
        Key of `EMOTION_CODES`.
    version : str
        Letter of the take.
    """

    speaker: str
    sentence: str
    emotion: str
    version: str

    def __str__(self) -> str:
        return "".join(vars(self).values())


def parse_name(stem: str) -> EmodbName:
    """Read an EMO-DB file name.

    Parameters
    ----------
    stem : str
        File name without its ending.

    Raises
    ------
    ConfigError
        If it is not built like one of the release.

    Examples
    --------
    >>> parse_name("03a01Fa")
    EmodbName(speaker='03', sentence='a01', emotion='F', version='a')
    """
    match = _NAME.fullmatch(stem)
    if match is None:
        raise ConfigError(
            f"{stem!r} is no EMO-DB file name; one reads speaker, sentence, emotion and version, as in 03a01Fa."
        )
    return EmodbName(*match.groups())


class Emodb(Corpus):
    """EMO-DB."""

    name = "emodb"
    title = "EMO-DB"
    description = (
        "Ten German actors, five women and five men of 21 to 35 years, say ten everyday sentences in seven emotions in "
        "an anechoic chamber. Only takes are kept whose emotion 80% of the listeners recognised."
    )
    language = "de"
    licence = "Free use"
    licence_url = "http://emodb.bilderbar.info/docu/"
    citation = (
        "Burkhardt F, Paeschke A, Rolfes M, Sendlmeier WF, Weiss B (2005). A database of German emotional speech. "
        "Proc. Interspeech 2005, 1517-1520. https://doi.org/10.21437/Interspeech.2005-446"
    )
    homepage = "http://emodb.bilderbar.info/docu/"
    expected = {"clips": 535, "speakers": 10}
    sources = (
        Source(
            url="http://emodb.bilderbar.info/download/download.zip",
            file="emodb-download.zip",
            # Neither size nor checksum is published; clients have logged 40,567,066 bytes.
            size_bytes=None,
            md5=None,
            unpacked_bytes=60_000_000,
            about_bytes=40_600_000,
        ),
    )
    expected_labels = {
        "neutral": 79,
        "happiness": 71,
        "sadness": 62,
        "anger": 127,
        "anxiety": 69,
        "disgust": 46,
        "boredom": 81,
    }
    labels = EMOTION_CODES
    words = WORDS
    unmapped = {"boredom": "Weary and unengaged: neither calm, which is at ease, nor sad; no other corpus here has it."}
    tops = ("wav",)

    def parse(self, relative: PurePosixPath) -> dict | None:
        """Fields of a clip from its file name, whatever folder it lies in; None for anything else."""
        try:
            name = parse_name(relative.stem)
        except ConfigError:
            return None
        sex, age = SPEAKERS[name.speaker]
        return {
            "key": str(name),
            "speaker": name.speaker,
            "sex": sex,
            "age": age,
            "emotion": EMOTION_CODES[name.emotion],
            "label": WORDS[name.emotion],
            "text": SENTENCES[name.sentence],
            "extra": {"version": name.version},
        }


CORPUS = Emodb()
