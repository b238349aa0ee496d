"""What is known of one published file and of one clip."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One file that a corpus is published as.

    Attributes
    ----------
    url : str
        Where it is published.
    file : str
        Its name.
    size_bytes : int or None
        Its size as published; None where it is not, then the server's word is taken.
    md5 : str or None
        Its checksum as published, hexadecimal.
    unpacked_bytes : int
        What its content takes on disk, about.
    about_bytes : int
        Its size, about, to be shown where none is published.
    """

    url: str
    file: str
    size_bytes: int | None
    md5: str | None
    unpacked_bytes: int
    about_bytes: int = 0

    @property
    def expected_bytes(self) -> int:
        """Its published size, else about."""
        return self.about_bytes if self.size_bytes is None else self.size_bytes


@dataclass(frozen=True)
class Clip:
    """What a corpus says about one of its clips; None where it says nothing.

    Attributes
    ----------
    key : str
        Name of the clip within its corpus; the clip_id is ``<corpus>/<key>``.
    file : Path
        Where the audio lies.
    speaker, emotion, sex, intensity, text, language : str or None
        As in the manifest.
    label : str or None
        The emotion in the word of the release, lower case, also where the shared label set has no counterpart.
    age : int or None
        Of the speaker, years.
    valence, arousal, dominance : float or None
        As rated for this clip, in [-1, 1].
    extra : dict
        Further columns of this corpus.
    """

    key: str
    file: Path
    speaker: str | None = None
    sex: str | None = None
    age: int | None = None
    language: str | None = None
    emotion: str | None = None
    label: str | None = None
    intensity: str | None = None
    text: str | None = None
    valence: float | None = None
    arousal: float | None = None
    dominance: float | None = None
    extra: dict = field(default_factory=dict)
