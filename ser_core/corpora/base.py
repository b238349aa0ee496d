"""What every corpus offers: what it is, whose it is, which clips are here, and the manifest of them."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from ser_core import settings
from ser_core.corpora.listings import Listing
from ser_core.corpora.places import Places
from ser_core.corpora.records import Clip, Source
from ser_core.corpora.scan import fault, is_lfs_pointer, measure
from ser_core.corpora.tables import as_manifest
from ser_core.errors import CorpusNotFoundError
from ser_core.files import read_parquet
from ser_core.progress import CancelCallback, ProgressCallback

LANGUAGES = {"en": "English", "de": "German"}
"""Names of the languages (ISO 639-1) of the corpora."""


class Corpus(Places):
    """A corpus of emotional speech.

    A module of `ser_core.corpora` that holds an instance as ``CORPUS`` adds it to the registry. A corpus whose labels
    stand in its file names gives `parse`; one with tables of annotations gives `clips`.

    Attributes
    ----------
    name, tops, spare
        See `Places`.
    title, description : str
        Full name, and two sentences on what was recorded.
    language : str
        ISO 639-1.
    licence, licence_url, citation, homepage : str
        What may be done with it, whom to cite, where it comes from.
    expected : dict
        Published counts: ``clips`` and ``speakers``.
    synthetic : bool
        Whether a machine spoke.
    sources : tuple of Source or Listing
        What to download: archives, or services that list single files; empty where the corpus is given on request only,
        then `how_to_get` says how.
    labels : dict
        The corpus' emotion code -> name in `ser_core.labels.EMOTIONS`, None where there is no counterpart.
    words : dict
        The corpus' emotion code -> the word of the release, lower case: the manifest's ``label``.
    unmapped : dict
        Word without counterpart in the shared label set -> why it has none.
    expected_labels : dict
        Published number of clips by the word of the release.
    how_to_get : str
        Numbered steps (Markdown) where the corpus is given on request only.
    sample_keys : tuple of str
        Clips of the sample that can be read out of the published archive.
    version : str
        Changes when the same files are to be read in another way, as after a user's change of labels.
    """

    title = ""
    description = ""
    language = ""
    licence = ""
    licence_url = ""
    citation = ""
    homepage = ""
    how_to_get = ""
    expected: dict[str, int] = {}
    synthetic = False
    sources: tuple[Source | Listing, ...] = ()
    labels: dict[str, str | None] = {}
    words: dict[str, str] = {}
    unmapped: dict[str, str] = {}
    expected_labels: dict[str, int] = {}
    sample_keys: tuple[str, ...] = ()
    version = ""

    def __repr__(self) -> str:
        return f"<Corpus {self.name}>"

    @property
    def language_name(self) -> str:
        """The language in words; its code where `LANGUAGES` does not know it."""
        return LANGUAGES.get(self.language, self.language)

    # clips

    def parse(self, relative: PurePosixPath) -> dict | None:
        """Fields of `Clip` (without ``file``) from a path relative to the corpus' folder; None if it is no clip."""
        raise NotImplementedError(f"{type(self).__name__} gives neither parse nor clips.")

    def clips(self, root: Path | str | None = None) -> Iterator[Clip]:
        """The clips that are here, in order of their files; of several copies of a clip the first."""
        seen = set()
        for folder in self.folders(root):
            above = len(str(folder)) + 1
            for file in self._files(folder):
                fields = self.parse(PurePosixPath(str(file)[above:].replace(os.sep, "/")))
                if fields is not None and fields["key"] not in seen:
                    seen.add(fields["key"])
                    yield Clip(file=file, **fields)

    def is_present(self, root: Path | str | None = None) -> bool:
        """Whether at least one clip is on this machine."""
        return next(self.clips(root), None) is not None

    def found(self, root: Path | str | None = None) -> int:
        """Number of clips on this machine."""
        return sum(1 for _ in self.clips(root))

    def keys_here(self, root: Path | str | None = None) -> set[str]:
        """Keys of the clips on this machine whose file is more than a Git-LFS pointer."""
        return {clip.key for clip in self.clips(root) if not is_lfs_pointer(clip.file)}

    def is_complete(self, root: Path | str | None = None) -> bool:
        """Whether everything that is published is on this machine."""
        return len(self.keys_here(root)) >= self.expected["clips"]

    # manifests

    def manifest_file(self) -> Path:
        """Where the manifest that ships lies, whether or not there is one."""
        return settings.tables_dir() / f"{self.name}-manifest.parquet"

    def shipped_manifest(self) -> pd.DataFrame:
        """The manifest that ships with the package: complete, but of the copy of the corpus it was made from.

        Raises
        ------
        CorpusNotFoundError
            If none ships.
        """
        if not self.manifest_file().is_file():
            raise CorpusNotFoundError(f"No manifest of {self.title} ships with this package.")
        return as_manifest(read_parquet(self.manifest_file()))

    def source_of_manifest(self, root: Path | str | None = None) -> str:
        """What `manifest` reads: ``"files"`` on this machine, the table that is ``"shipped"``, or ``"nothing"``."""
        if self.is_present(root):
            return "files"
        return "shipped" if self.manifest_file().is_file() else "nothing"

    def manifest(
        self,
        root: Path | str | None = None,
        *,
        complete: bool = False,
        progress: ProgressCallback | None = None,
        cancel: CancelCallback | None = None,
    ) -> pd.DataFrame:
        """The manifest: of the files on this machine if there are any, else the one that ships.

        Parameters
        ----------
        root : Path or str, optional
            Data root.
        complete : bool
            List every clip that the shipped manifest knows, also those whose files are not here; paths, checksums
            and formats are those of the files where these are here.
        progress, cancel : callable, optional
            See `ser_core.progress`.

        Raises
        ------
        CorpusNotFoundError
            If there are neither files nor a shipped manifest.
        """
        shipped = self.manifest_file().is_file()
        if not self.is_present(root):
            if shipped:
                return self.shipped_manifest()
            raise self.not_found(root)
        scanned = self.scan(root, progress=progress, cancel=cancel)
        if not (complete and shipped):
            return scanned
        missing = self.shipped_manifest()
        missing = missing[~missing["clip_id"].isin(scanned["clip_id"])]
        return as_manifest(pd.concat([scanned, missing], ignore_index=True)) if len(missing) else scanned

    def scan(
        self,
        root: Path | str | None = None,
        *,
        progress: ProgressCallback | None = None,
        cancel: CancelCallback | None = None,
    ) -> pd.DataFrame:
        """Read the manifest off the files: labels as the corpus gives them, format and checksum from each file.

        Formats and checksums are kept in the cache by size and time of change, so that only new files are read.
        A file that cannot be read as audio, such as a Git-LFS pointer, stays in the manifest with an unknown format
        (``sampling_rate`` is NA); `unreadable` says why.

        Raises
        ------
        CorpusNotFoundError
            If no clip is here.
        CancelledError
            If the user asked to stop; what was read stays in the cache.
        """
        clips = list(self.clips(root))
        if not clips:
            raise self.not_found(root)
        measured = measure(
            [clip.file for clip in clips],
            folder=self.base(root),
            name=self.name,
            progress=progress,
            cancel=cancel,
        )
        base = self.base(root)
        rows = [
            {
                "clip_id": f"{self.name}/{clip.key}",
                "path": clip.file.relative_to(base).as_posix(),
                "corpus": self.name,
                "speaker": clip.speaker,
                "sex": clip.sex,
                "age": clip.age,
                "language": clip.language or self.language,
                "emotion": clip.emotion,
                "intensity": clip.intensity,
                "text": clip.text,
                "valence": clip.valence,
                "arousal": clip.arousal,
                "dominance": clip.dominance,
                "label": clip.label,
                **clip.extra,
            }
            for clip in clips
        ]
        return as_manifest(pd.concat([pd.DataFrame(rows), measured], axis=1))

    def unreadable(self, root: Path | str | None = None, *, table: pd.DataFrame | None = None) -> dict[str, str]:
        """The files here in which not even a format can be found, and why: a Git-LFS pointer is called one.

        Parameters
        ----------
        root : Path or str, optional
            Data root.
        table : pd.DataFrame, optional
            Result of `scan`, where the caller has it.

        Returns
        -------
        dict
            clip_id -> what is wrong and what to do about it.
        """
        if table is None:
            table = self.scan(root) if self.is_present(root) else as_manifest(pd.DataFrame())
        unknown = table[table["sampling_rate"].isna()]
        files = [self.base(root) / path for path in unknown["path"]]
        return {clip_id: fault(file) for clip_id, file in zip(unknown["clip_id"], files, strict=True)}

    def summary(
        self,
        root: Path | str | None = None,
        *,
        table: pd.DataFrame | None = None,
        progress: ProgressCallback | None = None,
    ) -> dict:
        """What is here, as `corpora --json` prints it.

        Parameters
        ----------
        root : Path or str, optional
            Data root.
        table : pd.DataFrame, optional
            Result of `scan`, where the caller has it.
        progress : callable, optional
            See `ser_core.progress`.

        Returns
        -------
        dict
            ``name, title, language, licence, expected`` (clips), ``found`` (clips), ``speakers`` (number), ``emotions``
            (name -> clips), ``hours``, ``path``; counts are of the files on this machine.
        """
        if table is None:
            table = self.scan(root, progress=progress) if self.is_present(root) else as_manifest(pd.DataFrame())
        counts = Counter(table["emotion"].dropna())
        return {
            "name": self.name,
            "title": self.title,
            "language": self.language,
            "licence": self.licence,
            "expected": self.expected.get("clips", 0),
            "found": len(table),
            "speakers": int(table["speaker"].nunique()),
            "emotions": {name: counts[name] for name in dict.fromkeys(self.labels.values()) if counts.get(name)},
            "hours": round(float(table["duration_s"].sum()) / 3600, 3),
            "path": str(self.folder(root)),
        }

    def not_found(self, root: Path | str | None = None) -> CorpusNotFoundError:
        """The error to raise where this corpus' files are needed and missing."""
        how = self.how_to_get or (
            f"Get it with `python -m ser_core corpora download {self.name}`, or set SER_DATA_ROOT to the folder that "
            f"holds {self.name}/."
        )
        return CorpusNotFoundError(f"No clip of {self.title} found in {self.folder(root)}. {how}")
