"""Where a corpus lies on the disk, in whichever of its published layouts."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ser_core import settings
from ser_core.corpora.scan import AUDIO_ENDINGS, audio_files


class Places:
    """Where a corpus' files lie; the half of `Corpus` that knows folders.

    Attributes
    ----------
    name : str
        Identifier of the corpus, and its folder under the data root.
    tops : tuple of str
        Folders that some copies of the release put between the corpus' folder and its content.
    spare : tuple of str
        Folders of the release whose copy of a clip is read only where there is no other.
    """

    name = ""
    tops: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()

    def base(self, root: Path | str | None = None) -> Path:
        """Folder that the manifest's paths start from: the data root."""
        return Path(root).resolve() if root is not None else settings.data_root()

    def folder(self, root: Path | str | None = None) -> Path:
        """Folder of this corpus under a data root."""
        return self.base(root) / self.name

    def folders(self, root: Path | str | None = None) -> tuple[Path, ...]:
        """Folders under a data root in which clips of this corpus may lie, its own first."""
        return (self.folder(root),)

    def clip_path(self, row_path: str, root: Path | str | None = None) -> Path | None:
        """The audio file of a manifest row.

        Any audio ending with the same stem will do, and so will a copy with or without the release's top folder, for
        the shipped manifest was made from one copy of the corpus and the user may hold another.

        Parameters
        ----------
        row_path : str
            ``path`` of a manifest, relative to the data root.
        root : Path or str, optional
            Data root.

        Returns
        -------
        Path or None
            None if there is no such file, or if the path leads out of the corpus' folder.
        """
        try:
            path = Path(os.path.normpath(self.base(root) / row_path))
        except TypeError:
            return None
        for folder in self.folders(root):
            if not path.is_relative_to(folder):
                continue
            for candidate in self._spellings(path.relative_to(folder)):
                file = _with_any_ending(folder / candidate)
                if file is not None and file.resolve().is_relative_to(folder.resolve()):
                    return file
        return None

    def _files(self, folder: Path) -> Iterator[Path]:
        """The audio files of a folder, those of `spare` folders last."""
        late = []
        for file in audio_files(folder):
            if self.spare and not set(self.spare).isdisjoint(file.parts):
                late.append(file)
            else:
                yield file
        yield from late

    def _spellings(self, relative: Path) -> Iterable[Path]:
        """Where a copy of the corpus may hold the file that lies at `relative` in another."""
        inner = Path(*relative.parts[1:]) if relative.parts and relative.parts[0] in self.tops else relative
        return dict.fromkeys([relative, inner, *(Path(top) / inner for top in self.tops)])


def _with_any_ending(path: Path) -> Path | None:
    # Without its folder there is no file under any ending: one look instead of dozens.
    if path.suffix.lower() not in AUDIO_ENDINGS or not path.parent.is_dir():
        return None
    if path.is_file():
        return path
    for ending in AUDIO_ENDINGS:
        for spelled in (ending, ending.upper()):
            candidate = path.with_suffix(spelled)
            if candidate.is_file():
                return candidate
    return None
