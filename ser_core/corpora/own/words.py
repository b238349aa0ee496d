"""Which of the shared emotions a user's word means."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ser_core.labels import EMOTIONS

# Words in English, German, French, Spanish and Italian, without accents; they also count inside a longer label, as in
# "OAF_angry" or "pleasant surprise".
_WORDS = {
    "neutral": "neutral neutrality neutre neutro neutrale",
    "calm": "calm calmness calmed relaxed relaxation ruhig ruhe gelassen gelassenheit entspannt calme calma tranquilo",
    "happy": "happy happiness joy joyful joyous glad gladness freude froh frohlich gluck glucklich joie heureux "
    "heureuse alegria alegre felicidad feliz gioia felice felicita",
    "sad": "sad sadness sorrow sorrowful grief trauer traurig traurigkeit tristesse triste tristeza tristezza",
    "angry": "angry anger rage fury furious wut wutend arger argerlich zorn zornig colere enfado enojo enojado rabbia "
    "arrabbiato",
    "fear": "fear fearful afraid scared anxiety anxious panic terror angst angstlich furcht peur miedo paura",
    "disgust": "disgust disgusted disgusting ekel angeekelt degout asco disgusto",
    "surprise": "surprise surprised surprising uberraschung uberrascht sorpresa sorpreso",
}
# Only as a whole label: as part of a longer one they may mean anything.
_SHORT = {
    "neutral": "neu ntr",
    "calm": "cal",
    "happy": "hap happily",
    "sad": "sadly",
    "angry": "ang angrily ira",
    "fear": "fea fearfully",
    "disgust": "dis disg dgs",
    "surprise": "sur sup ps surprisingly",
}
_NO_COUNTERPART = (
    "boredom bored langeweile gelangweilt frustration frustrated excitement excited contempt verachtung pride proud "
    "shame guilt love interest interested confusion confused disappointment disappointed sarcasm sarcastic amusement "
    "amused tired tiredness sleepy sleepiness stress stressed pain other others unknown undefined unlabeled unlabelled "
    "mixed xxx"
)
_NEGATIONS = {"not", "non", "no", "un", "nicht", "kein", "keine", "pas", "sin", "senza"}
# Share of letters in common from which a word is suggested: "angrry" is near enough to "angry", "hungry" is not.
_CLOSE = 0.75


def _by_word(table: Mapping[str, str]) -> dict[str, str | None]:
    return {word: emotion for emotion, words in table.items() for word in words.split()}


_LONG_WORDS: dict[str, str | None] = {**_by_word(_WORDS), **dict.fromkeys(_NO_COUNTERPART.split())}
_ALL_WORDS: dict[str, str | None] = {**_LONG_WORDS, **_by_word(_SHORT)}


@dataclass(frozen=True)
class Meaning:
    """What a label means.

    Attributes
    ----------
    emotion : str or None
        Name in `EMOTIONS`; None where there is no counterpart or the label is not known.
    known : bool
        Whether the label was understood, if only as one without counterpart.
    suggestion : str or None
        The emotion that an unknown label may stand for, by its spelling.
    """

    emotion: str | None
    known: bool
    suggestion: str | None = None


def key(label: str) -> str:
    """A label as mappings know it: lower case, white space closed up.

    Examples
    --------
    >>> key("  Pleasant   Surprise")
    'pleasant surprise'
    """
    return " ".join(label.casefold().split())


def meaning(label: str, *, labels: Mapping[str, str | None] | None = None) -> Meaning:
    """What a label means: as the user's mapping says, else by the common words for the eight emotions.

    Parameters
    ----------
    label : str
        As the user wrote it.
    labels : mapping, optional
        `key` of a label -> emotion, or None for "no counterpart".

    Examples
    --------
    >>> meaning("Happiness").emotion, meaning("OAF_angry").emotion, meaning("Überraschung").emotion
    ('happy', 'angry', 'surprise')
    >>> meaning("boredom")
    Meaning(emotion=None, known=True, suggestion=None)
    >>> meaning("angrry")
    Meaning(emotion=None, known=False, suggestion='angry')
    >>> meaning("wow", labels={"wow": "surprise"}).emotion
    'surprise'
    """
    if labels and key(label) in labels:
        return Meaning(labels[key(label)], True)
    return _common(label)


@lru_cache(maxsize=4096)
def _common(label: str) -> Meaning:
    words = _plain(label).split()
    whole = " ".join(words)
    if whole in _ALL_WORDS:
        return Meaning(_ALL_WORDS[whole], True)
    if not _NEGATIONS & set(words):
        found = {_LONG_WORDS[word] for word in words if word in _LONG_WORDS}
        if len(found) == 1:
            return Meaning(found.pop(), True)
    close = difflib.get_close_matches(whole[:64], [word for word in _LONG_WORDS if _LONG_WORDS[word]], 1, _CLOSE)
    return Meaning(None, False, _LONG_WORDS[close[0]] if close else None)


def _plain(label: str) -> str:
    """Words of a label, lower case, without accents: ``"PleasantSurprise_2"`` is ``"pleasant surprise 2"``."""
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", label)
    bare = "".join(c for c in unicodedata.normalize("NFKD", apart.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W\d_]+", bare))


def check_labels(labels: Mapping[str, str | None]) -> dict[str, str | None]:
    """A user's mapping with its labels as `key` has them.

    Raises
    ------
    ConfigError
        If an emotion is not in the shared set.
    """
    return {key(label): None if emotion is None else EMOTIONS[emotion].name for label, emotion in labels.items()}
