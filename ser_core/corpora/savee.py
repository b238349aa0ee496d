"""SAVEE, Surrey Audio-Visual Expressed Emotion: its audio.

Names and counts are those of ``Info.txt`` of the release and of http://kahlan.eps.surrey.ac.uk/savee/Database.html.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ser_core.corpora.base import Corpus
from ser_core.errors import ConfigError

EMOTION_CODES = {
    "n": "neutral",
    "h": "happy",
    "sa": "sad",
    "a": "angry",
    "f": "fear",
    "d": "disgust",
    "su": "surprise",
}
WORDS = {
    "n": "neutral",
    "h": "happiness",
    "sa": "sadness",
    "a": "anger",
    "f": "fear",
    "d": "disgust",
    "su": "surprise",
}
SPEAKERS = ("DC", "JE", "JK", "KL")

_NAME = re.compile(rf"({'|'.join(SPEAKERS)})_({'|'.join(EMOTION_CODES)})(0[1-9]|[12][0-9]|30)")
_LAST = {"n": 30}
_LAST_OF_OTHERS = 15


@dataclass(frozen=True)
class SaveeName:
    """The three parts of a SAVEE name.

    Attributes
    ----------
    speaker : str
        One of `SPEAKERS`.
    emotion : str
        Key of `EMOTION_CODES`.
    number : str
        Of the sentence within the emotion: ``"01"`` to ``"15"``, to ``"30"`` for neutral.
    """

    speaker: str
    emotion: str
    number: str

    def __str__(self) -> str:
        return f"{self.speaker}_{self.emotion}{self.number}"


def parse_name(name: str) -> SaveeName:
    """Read a SAVEE name with its speaker.

    Parameters
    ----------
    name : str
        Speaker and file name without its ending, joined by ``_``: as the files of the flat copy are named.

    Raises
    ------
    ConfigError
        If the release has no such file.

    Examples
    --------
    >>> parse_name("DC_sa03")
    SaveeName(speaker='DC', emotion='sa', number='03')
    """
    match = _NAME.fullmatch(name)
    if match is None or int(match[3]) > _LAST.get(match[2], _LAST_OF_OTHERS):
        raise ConfigError(f"{name!r} is no SAVEE name; one reads speaker_emotion and number, as in DC_a01.")
    return SaveeName(*match.groups())


class Savee(Corpus):
    """SAVEE, in both layouts: ``DC/a01`` as released, and ``DC_a01``."""

    name = "savee"
    title = "SAVEE"
    description = (
        "Four men of 27 to 31 years, native speakers of English at the University of Surrey, say 15 sentences in each "
        "of six emotions and 30 neutrally. Recorded in a visual media lab with markers on their faces; acted."
    )
    language = "en"
    licence = "Research only, on registration"
    licence_url = "http://kahlan.eps.surrey.ac.uk/savee/Download.html"
    citation = (
        "Haq S, Jackson PJB (2010). Multimodal emotion recognition. In: Wang W (ed.), Machine Audition: Principles, "
        "Algorithms and Systems. IGI Global, 398-423."
    )
    homepage = "http://kahlan.eps.surrey.ac.uk/savee/"
    how_to_get = (
        "1. Open <http://kahlan.eps.surrey.ac.uk/savee/Download.html> and register: the university sends a user name "
        "and a password.\n"
        "2. Download the audio data, `AudioData.zip`.\n"
        "3. Unpack it into a folder named `savee` in your data folder (`SER_DATA_ROOT`, else `data/corpora`), so that "
        "there is `savee/DC/a01.wav` or `savee/AudioData/DC/a01.wav`. A flat copy with `DC_a01.wav` is read as well.\n"
        "4. `python -m ser_core corpora` must list 480 clips."
    )
    expected = {"clips": 480, "speakers": 4}
    expected_labels = {word: 120 if word == "neutral" else 60 for word in WORDS.values()}
    labels = EMOTION_CODES
    words = WORDS
    tops = ("AudioData", "ALL")

    def parse(self, relative: PurePosixPath) -> dict | None:
        """Fields of a clip from its file name and, in the release's layout, its folder; None for anything else."""
        stem = relative.stem if "_" in relative.stem else f"{relative.parent.name}_{relative.stem}"
        try:
            name = parse_name(stem)
        except ConfigError:
            return None
        return {
            "key": str(name),
            "speaker": name.speaker,
            "sex": "male",
            "emotion": EMOTION_CODES[name.emotion],
            "label": WORDS[name.emotion],
        }

    def _spellings(self, relative: Path) -> Iterable[Path]:
        """As in any corpus, and each in the flat layout and in that with a folder per speaker."""
        for spelling in super()._spellings(relative):
            flat = Path(f"{spelling.parent.name}_{spelling.name}")
            speaker, _, rest = spelling.name.partition("_")
            yield spelling
            yield from super()._spellings(spelling.parent.parent / flat)
            if rest:
                yield from super()._spellings(spelling.parent / speaker / rest)


CORPUS = Savee()
