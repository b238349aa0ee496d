"""CREMA-D, the Crowd-sourced Emotional Multimodal Actors Dataset: its audio, and what raters heard in it.

Names, sentences and tables are those of https://github.com/CheyneyComputerScience/CREMA-D.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ser_core.corpora.base import Corpus
from ser_core.corpora.listings import GitHub
from ser_core.corpora.records import Clip
from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS

EMOTION_CODES = {
    "NEU": "neutral",
    "HAP": "happy",
    "SAD": "sad",
    "ANG": "angry",
    "FEA": "fear",
    "DIS": "disgust",
}
WORDS = {
    "NEU": "neutral",
    "HAP": "happy",
    "SAD": "sad",
    "ANG": "anger",
    "FEA": "fear",
    "DIS": "disgust",
}
VOTES = {code[0]: emotion for code, emotion in EMOTION_CODES.items()}
"""Letters of the raters' table -> emotion."""
INTENSITIES = {"LO": "low", "MD": "medium", "HI": "high", "XX": None}
SENTENCES = {
    "IEO": "It's eleven o'clock",
    "TIE": "That is exactly what happened",
    "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about",
    "TAI": "The airplane is almost full",
    "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment",
    "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}

# The table has the right name, the audio folder of the release this one.
_MISSPELT = {"1040_ITH_SAD_X": "1040_ITH_SAD_XX"}
_NAME = re.compile(
    rf"(10(?:0[1-9]|[1-8][0-9]|9[01]))_({'|'.join(SENTENCES)})_({'|'.join(EMOTION_CODES)})_({'|'.join(INTENSITIES)})"
)


@dataclass(frozen=True)
class CremadName:
    """The four codes of a CREMA-D file name.

    Attributes
    ----------
    actor : str
        ``"1001"`` to ``"1091"``.
    sentence : str
        Key of `SENTENCES`.
    emotion : str
        Key of `EMOTION_CODES`.
    intensity : str
        Key of `INTENSITIES`; asked for in the sentence IEO only, and not in neutral.
    """

    actor: str
    sentence: str
    emotion: str
    intensity: str

    def __str__(self) -> str:
        return "_".join(vars(self).values())


def parse_name(stem: str) -> CremadName:
    """Read a CREMA-D file name.

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
    >>> parse_name("1001_DFA_ANG_XX")
    CremadName(actor='1001', sentence='DFA', emotion='ANG', intensity='XX')
    """
    match = _NAME.fullmatch(_MISSPELT.get(stem, stem))
    name = CremadName(*match.groups()) if match else None
    graded = name is not None and name.sentence == "IEO" and name.emotion != "NEU"
    if name is None or (name.intensity != "XX") != graded:
        raise ConfigError(
            f"{stem!r} is no CREMA-D file name; one reads actor_sentence_emotion_intensity, as in 1001_DFA_ANG_XX or "
            "1001_IEO_ANG_HI."
        )
    return name


class Cremad(Corpus):
    """CREMA-D. Its tables may lie beside the audio folder or in ``processedResults``; what is missing stays unknown.

    ``VideoDemographics.csv`` gives sex and age, ``summaryTable.csv`` the raters' votes (``voice_vote, voice_level``),
    ``emobox_test.txt`` the test set of the EmoBox benchmark (``emobox_test``). Votes never change ``emotion``, which is
    the one that the actor was asked for.
    """

    name = "cremad"
    title = "CREMA-D"
    description = (
        "91 actors, 48 men and 43 women of 20 to 74 years and many backgrounds, say twelve sentences in six emotions. "
        "2,443 people said what they perceived in the voice alone, in the face alone and in both."
    )
    language = "en"
    licence = "ODbL 1.0, contents DbCL 1.0"
    licence_url = "https://opendatacommons.org/licenses/odbl/1-0/"
    citation = (
        "Cao H, Cooper DG, Keutmann MK, Gur RC, Nenkova A, Verma R (2014). CREMA-D: Crowd-sourced Emotional Multimodal "
        "Actors Dataset. IEEE Transactions on Affective Computing 5(4): 377-390. "
        "https://doi.org/10.1109/TAFFC.2014.2336244"
    )
    homepage = "https://github.com/CheyneyComputerScience/CREMA-D"
    expected = {"clips": 7442, "speakers": 91}
    sources = (
        GitHub(
            # Of 5.26 hours at 16 kHz and 16 bit.
            606_000_000,
            repository="CheyneyComputerScience/CREMA-D",
            branch="master",
            folder="AudioWAV",
            tables=("VideoDemographics.csv", "processedResults/summaryTable.csv"),
            place=lambda fields: f"AudioWAV/{fields['key']}",
        ),
    )
    expected_labels = {word: 1087 if word == "neutral" else 1271 for word in WORDS.values()}
    labels = EMOTION_CODES
    words = WORDS
    tops = ("AudioWAV", "AudioMP3")
    spare = ("AudioMP3",)

    def parse(self, relative: PurePosixPath) -> dict | None:
        """Fields of a clip from its file name, whatever folder it lies in; None for anything else."""
        try:
            name = parse_name(relative.stem)
        except ConfigError:
            return None
        return {
            "key": str(name),
            "speaker": name.actor,
            "emotion": EMOTION_CODES[name.emotion],
            "label": WORDS[name.emotion],
            "intensity": INTENSITIES[name.intensity],
            "text": SENTENCES[name.sentence],
        }

    def is_complete(self, root: Path | str | None = None) -> bool:
        """Whether all clips and the tables of the release are on this machine."""
        tables = ("VideoDemographics.csv", "summaryTable.csv")
        return all(_table(self.folder(root), name) for name in tables) and super().is_complete(root)

    def clips(self, root: Path | str | None = None) -> Iterator[Clip]:
        """The clips that are here, with what the tables of the release say about them."""
        folder = self.folder(root)
        people = {row["ActorID"]: row for row in _rows(folder, "VideoDemographics.csv")}
        votes = {row["FileName"]: row for row in _rows(folder, "summaryTable.csv")}
        test = _lines(folder, "emobox_test.txt")
        for clip in super().clips(root):
            person, vote = people.get(clip.speaker, {}), votes.get(clip.key, {})
            yield replace(
                clip,
                sex={"male": "male", "female": "female"}.get(person.get("Sex", "").strip().lower()),
                age=int(person["Age"]) if person.get("Age", "").strip().isdecimal() else None,
                extra={
                    "voice_vote": _vote(vote.get("VoiceVote", "")),
                    "voice_level": _level(vote.get("VoiceLevel", "")),
                    "emobox_test": None if test is None else clip.key in test,
                },
            )


def _table(folder: Path, name: str) -> Path | None:
    """A table of the release where it may lie."""
    places = (folder / part for part in (".", "processedResults", "CREMA-D", "CREMA-D/processedResults"))
    return next((place / name for place in places if (place / name).is_file()), None)


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    file = _table(folder, name)
    if file is None:
        return []
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        return [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(stream)]


def _lines(folder: Path, name: str) -> frozenset[str] | None:
    file = _table(folder, name)
    return None if file is None else frozenset(file.read_text(encoding="utf-8", errors="replace").split())


def _vote(letters: str) -> str | None:
    """Emotions of a vote such as ``A:D``, in the order of the label set; None if it is none."""
    parts = letters.split(":")
    return ":".join(EMOTIONS.ordered(VOTES[part] for part in parts)) if set(parts) <= set(VOTES) else None


def _level(levels: str) -> float | None:
    """Mean level of the winning vote, 0 to 100; of tied ones their mean: equally many raters stand behind each."""
    try:
        values = [float(level) for level in levels.split(":")]
    except ValueError:
        return None
    return round(sum(values) / len(values), 2)


CORPUS = Cremad()
