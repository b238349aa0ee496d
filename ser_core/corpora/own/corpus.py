"""A user's own corpus behind the interface of all corpora."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ser_core import settings
from ser_core.corpora.base import LANGUAGES, Corpus
from ser_core.corpora.own import paths
from ser_core.corpora.own.definition import Definition
from ser_core.corpora.own.reading import Reading, read
from ser_core.corpora.own.tables import read_table
from ser_core.corpora.records import Clip
from ser_core.corpora.scan import audio_files
from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS
from ser_core.progress import CancelCallback, ProgressCallback

LANGUAGE_NAMES = {
    **LANGUAGES,
    "ar": "Arabic",
    "bn": "Bengali",
    "cs": "Czech",
    "da": "Danish",
    "el": "Greek",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""Names of languages (ISO 639) that speech corpora come in."""

# Definition -> (state of its folder and table, a clip that was found then): whether a corpus is here is asked at every
# run of a page.
_FIRST: dict[str, tuple[tuple, Path | None]] = {}
_FIRST_AT_MOST = 256


class OwnCorpus(Corpus):
    """A corpus that a user added. Paths of its manifest are relative to its own folder, whatever the data root.

    Parameters
    ----------
    definition : Definition
        Where it lies and what its words mean.
    """

    own = True

    def __init__(self, definition: Definition):
        self.definition = definition
        self.name = definition.name
        self.title = definition.title or definition.name
        self.description = definition.description or "Added by a user of this app."
        self.language = definition.language
        self.licence = definition.licence or "not stated"
        self.licence_url = definition.licence_url
        self.citation = definition.citation or "Not stated."
        self.how_to_get = (
            f"It was added from {definition.table or definition.folder}: put the files back there, or remove it with "
            f"`python -m ser_core corpora remove {definition.name}`."
        )
        self.labels = {**{name: name for name in EMOTIONS}, **definition.labels}
        stated = "no counterpart, as stated when the corpus was added"
        self.unmapped = {word: stated for word, emotion in definition.labels.items() if emotion is None}
        self.expected = {"clips": definition.clips, "speakers": definition.speakers}

    @property
    def language_name(self) -> str:
        """The language in words; its code where `LANGUAGE_NAMES` does not know it."""
        return LANGUAGE_NAMES.get(self.language, self.language) or "a language not stated"

    @property
    def version(self) -> str:
        """Changes when the definition or the table does: part of the key of what is cached about this corpus."""
        return canonical_hash({"definition": self.definition.hash, "table": _stamp(self.definition.table)})

    def base(self, root: Path | str | None = None) -> Path:
        """The corpus' own folder, whatever the data root."""
        return self.folder(root)

    def folder(self, root: Path | str | None = None) -> Path:
        """The folder that was added."""
        return self.definition.folder.resolve()

    def reading(self, *, progress: ProgressCallback | None = None, cancel: CancelCallback | None = None) -> Reading:
        """What it holds now, and what is wrong with it.

        Raises
        ------
        ConfigError
            If its folder or its table is gone or cannot be read.
        """
        return read(self.definition, progress=progress, cancel=cancel)

    def clips(self, root: Path | str | None = None) -> Iterator[Clip]:
        """The clips that are here; none where folder or table are gone."""
        try:
            yield from self.reading().clips
        except ConfigError:
            return

    def is_present(self, root: Path | str | None = None) -> bool:
        """Whether at least one clip is on this machine."""
        state = (_stamp(self.folder()), _stamp(self.definition.table))
        known, first = _FIRST.get(self.definition.hash, (None, None))
        if known != state or (first is not None and not first.is_file()):
            first = self._first()
            if len(_FIRST) >= _FIRST_AT_MOST:
                _FIRST.clear()
            _FIRST[self.definition.hash] = (state, first)
        return first is not None

    def _first(self) -> Path | None:
        folder = self.folder()
        if self.definition.table is None:
            return next((file for file in audio_files(folder) if paths.check_found(folder, file) is None), None)
        try:
            rows = read_table(self.definition.table).rows
        except ConfigError:
            return None
        column = self.definition.columns.get("path")
        found = (paths.find(folder, cells[column], row=row) for row, cells in rows if column in cells)
        return next((file for file in found if isinstance(file, Path)), None)

    def clip_path(self, row_path: str, root: Path | str | None = None) -> Path | None:
        """The audio file of a manifest row; None if there is none or it leads out of the folder."""
        folder = self.folder()
        file = paths.find(folder, row_path, row=None) if isinstance(row_path, str) and row_path else None
        return file if isinstance(file, Path) else None

    def manifest(
        self,
        root: Path | str | None = None,
        *,
        complete: bool = False,
        progress: ProgressCallback | None = None,
        cancel: CancelCallback | None = None,
    ) -> pd.DataFrame:
        """The manifest of the clips that can be decoded, so that work on them need not stop at one that cannot.

        `scan` lists the others too, and `check_audio` tells what is wrong with them.

        Raises
        ------
        CorpusNotFoundError
            If no clip is here.
        """
        table = super().manifest(root, complete=complete, progress=progress, cancel=cancel)
        limits = settings.LIMITS
        sizes = pd.Series([(self.folder() / path).stat().st_size for path in table["path"]], index=table.index)
        good = (
            table["sampling_rate"].between(limits.min_sampling_rate, limits.max_sampling_rate).fillna(False)
            & table["channels"].between(1, limits.max_channels).fillna(False)
            # A container that does not state its length is given the benefit of the doubt.
            & ~((table["duration_s"] <= 0) | (table["duration_s"] > limits.max_duration_s))
            & (sizes <= limits.max_bytes)
        )
        return table[good.astype(bool)].reset_index(drop=True)


def _stamp(path: Path | None) -> tuple[int, int] | None:
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if status is not None else None
