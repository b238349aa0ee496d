"""IEMOCAP, the interactive emotional dyadic motion capture database: its turns, and what raters judged them to be.

Names and tables are those of the release; see Busso et al., "IEMOCAP: interactive emotional dyadic motion capture
database", Language Resources and Evaluation 42, 335-359 (2008).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ser_core.corpora.base import Corpus
from ser_core.corpora.records import Clip
from ser_core.errors import ConfigError

EMOTION_CODES = {
    "neu": "neutral",
    "hap": "happy",
    "sad": "sad",
    "ang": "angry",
    "fea": "fear",
    "dis": "disgust",
    "sur": "surprise",
    "exc": None,
    "fru": None,
    "oth": None,
    "xxx": None,
}
WORDS = {
    "neu": "neutral",
    "hap": "happiness",
    "sad": "sadness",
    "ang": "anger",
    "fea": "fear",
    "dis": "disgust",
    "sur": "surprise",
    "exc": "excited",
    "fru": "frustration",
    "oth": "other",
    "xxx": "xxx",
}
SEXES = {"F": "female", "M": "male"}
SCENARIOS = {"impro": "improvised", "script": "scripted"}

_NAME = re.compile(r"Ses0([1-5])([FM])_((impro|script)[0-9]{2}[a-z]?(?:_[0-9][a-z]?)?)_([FM])([0-9]{3})")
_EVALUATION = re.compile(
    r"\[[0-9.]+ - [0-9.]+\]\s+(?P<turn>\w+)\s+(?P<emotion>[a-z]{3})\s+"
    r"\[(?P<valence>[0-9.]+), *(?P<arousal>[0-9.]+), *(?P<dominance>[0-9.]+)\]\s*"
)
_TRANSCRIPTION = re.compile(r"(?P<turn>Ses\w+) \[[0-9. -]+\]: *(?P<text>.*\S)\s*")


@dataclass(frozen=True)
class IemocapName:
    """The parts of an IEMOCAP turn name.

    Attributes
    ----------
    session : int
        1 to 5.
    captured : str
        ``"F"`` or ``"M"``: whose face was recorded in this dialogue, which is not who speaks.
    dialogue : str
        Such as ``"impro01"`` or ``"script02_1"``.
    sex : str
        ``"F"`` or ``"M"``: who speaks.
    turn : str
        Number of the turn of this speaker, three digits.
    """

    session: int
    captured: str
    dialogue: str
    sex: str
    turn: str

    def __str__(self) -> str:
        return f"Ses0{self.session}{self.captured}_{self.dialogue}_{self.sex}{self.turn}"

    @property
    def speaker(self) -> str:
        """Session and sex, such as ``"Ses01F"``: each session has one woman and one man, and no two sessions share."""
        return f"Ses0{self.session}{self.sex}"

    @property
    def scenario(self) -> str:
        """``"improvised"`` or ``"scripted"``."""
        return next(word for prefix, word in SCENARIOS.items() if self.dialogue.startswith(prefix))


def parse_name(stem: str) -> IemocapName:
    """Read the name of an IEMOCAP turn.

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
    >>> name = parse_name("Ses01F_script02_1_M003")
    >>> name.speaker, name.scenario
    ('Ses01M', 'scripted')
    """
    match = _NAME.fullmatch(stem)
    if match is None:
        raise ConfigError(
            f"{stem!r} is no name of an IEMOCAP turn; one reads session, dialogue and turn, as in Ses01F_impro01_M003."
        )
    session, captured, dialogue, _, sex, turn = match.groups()
    return IemocapName(int(session), captured, dialogue, sex, turn)


def rating(value: float) -> float:
    """A mean rating on the release's scale as a coordinate.

    The raters chose one of five manikins, 1 to 5 (Busso et al. 2008, section 5.2); (x - 3) / 2 puts the middle one at 0
    and the outer ones at -1 and 1, as is usual for this corpus (Atmaja and Akagi, APSIPA Transactions on Signal and
    Information Processing 9, e17, 2020). A few means of the release lie half a step beyond the scale and are cut off.

    Examples
    --------
    >>> rating(2.5), rating(5.5)
    (-0.25, 1.0)
    """
    return min(1.0, max(-1.0, (value - 3.0) / 2.0))


def parse_evaluation(text: str) -> dict[str, dict]:
    """Read a file of ``EmoEvaluation``.

    Returns
    -------
    dict
        Turn -> ``emotion``, a key of `EMOTION_CODES`, and ``valence, arousal, dominance`` in [-1, 1]. Lines of single
        raters and whatever cannot be read are left out.
    """
    found = {}
    for line in text.splitlines():
        match = _EVALUATION.fullmatch(line)
        if match is None or match["emotion"] not in EMOTION_CODES:
            continue
        try:
            ratings = {axis: rating(float(match[axis])) for axis in ("valence", "arousal", "dominance")}
        except ValueError:
            continue
        found[match["turn"]] = {"emotion": match["emotion"], **ratings}
    return found


class Iemocap(Corpus):
    """IEMOCAP's turns as cut by the release; what its tables do not say stays unknown.

    ``SessionN/dialog/EmoEvaluation/*.txt`` gives emotion, valence, arousal and dominance,
    ``SessionN/dialog/transcriptions/*.txt`` the words.
    """

    name = "iemocap"
    title = "IEMOCAP"
    description = (
        "Ten actors in five pairs, a woman and a man each, improvise and play scenes; cut into turns that at least "
        "three people labelled. Nearer to conversation than other acted corpora, with words that tell the emotion too."
    )
    language = "en"
    licence = "Research only, on a signed licence"
    licence_url = "https://sail.usc.edu/iemocap/iemocap_release.htm"
    citation = (
        "Busso C, Bulut M, Lee CC, Kazemzadeh A, Mower E, Kim S, Chang JN, Lee S, Narayanan SS (2008). IEMOCAP: "
        "interactive emotional dyadic motion capture database. Language Resources and Evaluation 42(4): 335-359. "
        "https://doi.org/10.1007/s10579-008-9076-6"
    )
    homepage = "https://sail.usc.edu/iemocap/"
    how_to_get = (
        "1. Open <https://sail.usc.edu/iemocap/iemocap_release.htm>, fill in the release form with the address of your "
        "institution, and have it signed.\n"
        "2. After some days the University of Southern California sends a link and a password. Download "
        "`IEMOCAP_full_release.tar.gz`.\n"
        "3. Unpack it into a folder named `iemocap` in your data folder (`SER_DATA_ROOT`, else `data/corpora`), so "
        "that there is `iemocap/Session1/sentences/wav` or `iemocap/IEMOCAP_full_release/Session1/sentences/wav`. Of "
        "each session only `sentences/wav`, `dialog/EmoEvaluation` and `dialog/transcriptions` are read; the videos "
        "may go.\n"
        "4. `python -m ser_core corpora` must list 10,039 clips."
    )
    expected = {"clips": 10039, "speakers": 10}
    expected_labels = {
        "neutral": 1708,
        "happiness": 595,
        "sadness": 1084,
        "anger": 1103,
        "fear": 40,
        "disgust": 2,
        "surprise": 107,
        "excited": 1041,
        "frustration": 1849,
        "other": 3,
        "xxx": 2507,
    }
    labels = EMOTION_CODES
    words = WORDS
    unmapped = {
        "excited": "Aroused and pleased: often merged with happiness, but the raters told the two apart.",
        "frustration": "Between anger and sadness: the raters had both to choose from and chose neither.",
        "other": "The raters agreed that none of the offered words fits.",
        "xxx": "The raters did not agree: no word has a majority.",
    }
    tops = ("IEMOCAP_full_release", "IEMOCAP")

    def parse(self, relative: PurePosixPath) -> dict | None:
        """Fields of a turn that its name tells; None for anything else, such as the recording of a whole dialogue."""
        try:
            name = parse_name(relative.stem)
        except ConfigError:
            return None
        return {
            "key": str(name),
            "speaker": name.speaker,
            "sex": SEXES[name.sex],
            "extra": {"session": name.session, "scenario": name.scenario},
        }

    def clips(self, root: Path | str | None = None) -> Iterator[Clip]:
        """The turns that are here, with what the raters judged and what was said."""
        evaluations: dict[str, dict] = {}
        texts: dict[str, str] = {}
        for file in self._tables("EmoEvaluation", root):
            evaluations |= parse_evaluation(_read(file))
        for file in self._tables("transcriptions", root):
            lines = map(_TRANSCRIPTION.fullmatch, _read(file).splitlines())
            texts |= {match["turn"]: match["text"] for match in lines if match}
        for clip in super().clips(root):
            found = dict(evaluations.get(clip.key, {}))
            code = found.pop("emotion", None)
            emotion, label = EMOTION_CODES.get(code), WORDS.get(code)
            yield replace(clip, emotion=emotion, label=label, text=texts.get(clip.key), **found)

    def _tables(self, kind: str, root: Path | str | None) -> Iterator[Path]:
        for top in ("", *self.tops):
            files = (self.folder(root) / top).glob(f"Session[1-5]/dialog/{kind}/*.txt")
            yield from sorted(file for file in files if not file.name.startswith("."))


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


CORPUS = Iemocap()
