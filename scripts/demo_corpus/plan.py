"""What the demo corpus holds: voices, sentences, and the list of clips."""

from collections.abc import Iterator
from dataclasses import dataclass

from ser_core.labels import EMOTIONS

INTENSITIES = ("normal", "strong")
LANGUAGE = "en"
COLUMNS = ("file", "speaker", "sex", "emotion", "intensity", "text", "language")


@dataclass(frozen=True)
class Voice:
    """One invented speaker.

    Attributes
    ----------
    name : str
        Speaker in the manifest.
    sex : str
        "female" or "male": what the voice is meant to sound like.
    espeak : str
        espeak-ng voice that reads.
    note : int
        espeak-ng's setting of the pitch it reads at, 0 to 99: low, so that the harmonics show the formants well.
    f0_hz : float
        Mean pitch of a neutral sentence, Hz. Means of adults lie near 120 Hz (men) and 210 Hz (women): Baken and
        Orlikoff, Clinical Measurement of Speech and Voice (2000).
    formants : float
        Formant frequencies relative to the reading. Women's lie some 17% above men's: Peterson and Barney, J. Acoust.
        Soc. Am. 24, 175-184 (1952); espeak-ng's voices for women go part of the way.
    breath_db : float
        More noise in the voice than the plainest voice has, dB.
    tilt_db : float
        Spectral slope relative to the average talker, dB per octave above 500 Hz.
    rate : float
        Tempo relative to the reading.
    expression : float
        How far this voice goes in every emotion, relative to the table.
    """

    name: str
    sex: str
    espeak: str
    note: int
    f0_hz: float
    formants: float
    breath_db: float
    tilt_db: float
    rate: float
    expression: float


VOICES = (
    Voice("v1", "female", "en-us+anika", 0, 216.0, 1.12, 3.0, 0.0, 0.93, 1.05),
    Voice("v2", "male", "gmw/en", 50, 116.0, 1.00, 0.0, 0.4, 1.00, 1.00),
    Voice("v3", "female", "gmw/en+Annie", 0, 194.0, 1.08, 6.0, -0.6, 0.95, 0.92),
    Voice("v4", "male", "en-us", 50, 98.0, 0.95, 2.0, -0.3, 0.93, 0.97),
)


@dataclass(frozen=True)
class Sentence:
    """A sentence whose words carry no emotion.

    Attributes
    ----------
    name : str
        Part of the file name.
    text : str
        The words.
    accents : tuple of float
        Prominence of each syllable in a neutral reading, 0 to 1.
    pause_after : int
        Index of the syllable whose word may be followed by a pause.
    """

    name: str
    text: str
    accents: tuple[float, ...]
    pause_after: int


SENTENCES = (
    Sentence("s1", "The train leaves from platform nine.", (0.0, 0.9, 0.5, 0.0, 0.8, 0.1, 1.0), 2),
    Sentence("s2", "The blue cup is on the kitchen table.", (0.0, 0.6, 0.9, 0.0, 0.2, 0.0, 0.9, 0.0, 0.8, 0.0), 2),
)


@dataclass(frozen=True)
class Item:
    """One clip to be made."""

    voice: Voice
    emotion: str
    intensity: str
    sentence: Sentence

    @property
    def file(self) -> str:
        """Path relative to ``data/demo``."""
        return f"audio/{self.voice.name}_{self.emotion}_{self.intensity}_{self.sentence.name}.ogg"

    def row(self) -> dict[str, str]:
        """The clip's row of the manifest, with the columns `COLUMNS`."""
        values = (
            self.file,
            self.voice.name,
            self.voice.sex,
            self.emotion,
            self.intensity,
            self.sentence.text,
            LANGUAGE,
        )
        return dict(zip(COLUMNS, values, strict=True))


def items() -> Iterator[Item]:
    """Every clip of the corpus, in the order of the manifest. Neutral has no strong form, as in RAVDESS."""
    for voice in VOICES:
        for emotion in EMOTIONS:
            for intensity in INTENSITIES[: 1 if emotion == "neutral" else 2]:
                for sentence in SENTENCES:
                    yield Item(voice, emotion, intensity, sentence)
