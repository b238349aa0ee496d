"""The rhythm of a clip: which moment of the reading is heard when."""

from dataclasses import dataclass

import numpy as np

from .espeak import Phone
from .plan import Sentence
from .prosody import Prosody

VOWELS = frozenset("aeiouAEIOUV03@&")
VOICELESS = frozenset(("p", "t", "k", "f", "s", "S", "T", "h", "tS", "t#", "?", "_"))
STOPS = frozenset(("p", "b", "t", "d", "k", "g", "t#", "tS", "dZ", "?"))
FRICATIVES = frozenset(("f", "v", "s", "z", "S", "Z", "T", "D", "h"))

# How far each kind of sound follows the tempo: vowels stretch most, stops least; the amounts are ours. Gay, "Effect of
# speaking rate on vowel formant movements", J. Acoust. Soc. Am. 63, 223-230 (1978), and Klatt, "Linguistic uses of
# segmental duration in English", J. Acoust. Soc. Am. 59, 1208-1221 (1976).
ELASTICITY = {"vowel": 1.25, "sonorant": 1.0, "fricative": 0.8, "stop": 0.5}


def kind(name: str) -> str:
    """Kind of a phone by its espeak-ng mnemonic: "vowel", "sonorant", "fricative" or "stop".

    Examples
    --------
    >>> kind("eI"), kind("n"), kind("z"), kind("tS")
    ('vowel', 'sonorant', 'fricative', 'stop')
    """
    if name[0] in VOWELS:
        return "vowel"
    if name in STOPS:
        return "stop"
    return "fricative" if name in FRICATIVES else "sonorant"


@dataclass(frozen=True)
class Syllable:
    """The vowel of a syllable on the clip's own time axis, seconds, and its prominence, 0 to 1."""

    start: float
    stop: float
    accent: float


@dataclass(frozen=True)
class Timeline:
    """The rhythm of a clip.

    Attributes
    ----------
    knots : np.ndarray
        Times in the clip, seconds, rising [shape=(n,)].
    source : np.ndarray
        Time in the reading at each knot, seconds [shape=(n,)].
    syllables : tuple of Syllable
        In order.
    pause : tuple of float or None
        Start and end of the pause in the clip, seconds.
    """

    knots: np.ndarray
    source: np.ndarray
    syllables: tuple[Syllable, ...]
    pause: tuple[float, float] | None

    @property
    def duration(self) -> float:
        """Length of the clip, seconds."""
        return float(self.knots[-1])


def timeline(
    phones: tuple[Phone, ...], *, sentence: Sentence, prosody: Prosody, rate: float, rng: np.random.Generator
) -> Timeline:
    """Give each phone its length.

    Parameters
    ----------
    phones : tuple of Phone
        The reading.
    sentence : Sentence
        What was read.
    prosody : Prosody
        How to act it.
    rate : float
        Tempo of the voice relative to the reading.
    rng : np.random.Generator
        Source of the small irregularities (4%) of every phone.

    Raises
    ------
    ValueError
        If the reading has another number of syllables than the sentence has accents.
    """
    spoken = [phone for phone in phones if phone.name != "_"]
    n_vowels = sum(kind(phone.name) == "vowel" for phone in spoken)
    if n_vowels != len(sentence.accents):
        raise ValueError(f"{sentence.text!r} was read with {n_vowels} syllables, expected {len(sentence.accents)}.")
    slowness = 1.0 / (rate * 2.0**prosody.rate_log2)
    clock, knots, source, syllables, pause, pause_word = 0.0, [0.0], [spoken[0].start], [], None, None
    for i, phone in enumerate(spoken):
        sort = kind(phone.name)
        length = (phone.stop - phone.start) * slowness ** ELASTICITY[sort] * rng.normal(1.0, 0.04)
        if sort == "vowel":
            accent = sentence.accents[len(syllables)]
            length *= 1.0 + prosody.drawl * accent
            syllables.append(Syllable(clock, clock + length, accent))
            if len(syllables) - 1 == sentence.pause_after:
                pause_word = phone.word
        clock += length
        knots.append(clock)
        source.append(phone.stop)
        ends_word = i + 1 < len(spoken) and spoken[i + 1].word != phone.word
        if pause is None and phone.word == pause_word and ends_word and prosody.pause_s > 0.01:
            pause = (clock, clock + prosody.pause_s)
            clock += prosody.pause_s
            knots.append(clock)
            source.append(phone.stop + 1e-6)
    return Timeline(np.array(knots), np.array(source), tuple(syllables), pause)


def voiced(phones: tuple[Phone, ...], times: np.ndarray) -> np.ndarray:
    """Whether the vocal folds vibrate at the given times of the reading, bool [shape=(n,)]."""
    out = np.zeros(len(times), dtype=bool)
    for phone in phones:
        if phone.name not in VOICELESS:
            out |= (times >= phone.start) & (times < phone.stop)
    return out
