"""RAVDESS song: the same sentences sung, https://zenodo.org/records/1188976."""

from pathlib import Path

from ser_core.corpora.ravdess import EMOTION_CODES, WORDS, Ravdess, RavdessName
from ser_core.corpora.records import Source

SUNG = ("01", "02", "03", "04", "05", "06")
"""The codes of the emotions that were sung."""


class RavdessSong(Ravdess):
    """RAVDESS song, in its own folder or among the speech of ``ravdess``."""

    name = "ravdess-song"
    title = "RAVDESS song"
    description = (
        "23 of the 24 actors of RAVDESS, 11 women and 12 men, sing the two sentences in six emotions, "
        "each but neutral at two intensities. Song is not speech: keep it apart in training and in figures."
    )
    expected = {"clips": 1012, "speakers": 23}
    expected_labels = {WORDS[code]: 92 if code == "01" else 184 for code in SUNG}
    sources = (
        Source(
            url="https://zenodo.org/records/1188976/files/Audio_Song_Actors_01-24.zip?download=1",
            file="Audio_Song_Actors_01-24.zip",
            size_bytes=225_505_317,
            md5="5411230427d67a21e18aa4d466e6d1b9",
            # Packed as well as the speech of the same actors, microphone and format.
            unpacked_bytes=573_000_000,
        ),
    )
    labels = {code: EMOTION_CODES[code] for code in SUNG}
    words = {code: WORDS[code] for code in SUNG}
    tops = ("Audio_Song_Actors_01-24", "audio_song_actors_01-24")
    sample_keys = tuple(
        f"03-02-{emotion}-{intensity}-{statement}-01-{actor}"
        for actor, statement in (("01", "01"), ("02", "01"), ("03", "02"), ("04", "02"))
        for emotion in SUNG
        for intensity in (("01", "02") if emotion in ("03", "04", "05", "06") else ("01",))
    )

    def folders(self, root: Path | str | None = None) -> tuple[Path, ...]:
        """Its own folder, and that of the speech: many copies hold both, as the release names files for both."""
        return (self.folder(root), self.base(root) / Ravdess.name)

    def holds(self, name: RavdessName) -> bool:
        """Whether a file of the release is audio only and sung."""
        return name.modality == "03" and name.is_song


CORPUS = RavdessSong()
