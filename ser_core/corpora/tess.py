"""TESS, the Toronto emotional speech set.

Names, counts and ages are those of the published record, https://doi.org/10.5683/SP2/E8H2MF.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ser_core.corpora.base import Corpus
from ser_core.corpora.listings import Dataverse
from ser_core.errors import ConfigError

EMOTION_CODES = {
    "neutral": "neutral",
    "happy": "happy",
    "sad": "sad",
    "angry": "angry",
    "fear": "fear",
    "disgust": "disgust",
    "ps": "surprise",
}
WORDS = {code: code for code in EMOTION_CODES} | {"ps": "pleasant surprise"}
AGES = {"OAF": 64, "YAF": 26}
CARRIER = "Say the word {}"

# One file of the release lacks the F of its speaker.
_MISSPELT = ("OAF", "bite", "neutral")
_NAME = re.compile(rf"(OAF|YAF|OA(?=_bite_neutral\Z))_([a-z]+)_({'|'.join(EMOTION_CODES)})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class TessName:
    """The three parts of a TESS file name.

    Attributes
    ----------
    speaker : str
        ``"OAF"``, the older, or ``"YAF"``, the younger actress.
    word : str
        Word that is said after the carrier phrase, lower case.
    emotion : str
        Key of `EMOTION_CODES`.
    """

    speaker: str
    word: str
    emotion: str

    def __str__(self) -> str:
        parts = (self.speaker, self.word, self.emotion)
        return "_".join(parts) if parts != _MISSPELT else "OA_bite_neutral"


def parse_name(stem: str) -> TessName:
    """Read a TESS file name, in any case.

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
    >>> parse_name("YAF_back_ps")
    TessName(speaker='YAF', word='back', emotion='ps')
    >>> parse_name("OA_bite_neutral").speaker
    'OAF'
    """
    match = _NAME.fullmatch(stem)
    if match is None:
        raise ConfigError(f"{stem!r} is no TESS file name; one reads speaker_word_emotion, as in OAF_back_angry.")
    speaker, word, emotion = match.groups()
    return TessName("YAF" if speaker.upper() == "YAF" else "OAF", word.lower(), emotion.lower())


def _place(fields: Mapping[str, Any]) -> str:
    """In a folder per actress and emotion, as in most copies; the publisher lists the files flat."""
    return f"{fields['speaker']}_{fields['key'].rpartition('_')[2]}/{fields['key']}"


class Tess(Corpus):
    """TESS. The folders, whose spelling varies from copy to copy, are not looked at: all is in the file names."""

    name = "tess"
    title = "TESS"
    description = (
        'Two actresses from the Toronto area, one of 26 and one of 64 years, say 200 words, each after "Say the '
        'word", in seven emotions. With two speakers it tells how those two act, not how people sound.'
    )
    language = "en"
    licence = "CC BY-NC-ND 4.0"
    licence_url = "https://creativecommons.org/licenses/by-nc-nd/4.0/"
    citation = (
        "Pichora-Fuller MK, Dupuis K (2020). Toronto emotional speech set (TESS). Borealis, V1. "
        "https://doi.org/10.5683/SP2/E8H2MF"
    )
    homepage = "https://doi.org/10.5683/SP2/E8H2MF"
    expected = {"clips": 2800, "speakers": 2}
    # Of 1.6 hours at 24,414 Hz and 16 bit.
    sources = (Dataverse(281_000_000, server="https://borealisdata.ca", doi="doi:10.5683/SP2/E8H2MF", place=_place),)
    expected_labels = dict.fromkeys(WORDS.values(), 400)
    labels = EMOTION_CODES
    words = WORDS

    def parse(self, relative: PurePosixPath) -> dict | None:
        """Fields of a clip from its file name, whatever folder it lies in; None for anything else."""
        try:
            name = parse_name(relative.stem)
        except ConfigError:
            return None
        return {
            "key": str(name),
            "speaker": name.speaker,
            "sex": "female",
            "age": AGES[name.speaker],
            "emotion": EMOTION_CODES[name.emotion],
            "label": WORDS[name.emotion],
            "text": CARRIER.format(name.word),
            "extra": {"word": name.word},
        }


CORPUS = Tess()
