"""Where the audio of a history lies: in memory until the visitor leaves, or in a folder where that was asked for."""

import contextlib
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from ser_core.audio.sniffing import container
from ser_core.files import write_bytes

_ENDINGS = {
    **{"WAV": ".wav", "RF64": ".rf64", "Wave64": ".w64", "FLAC": ".flac", "Ogg": ".ogg", "MP3": ".mp3"},
    **{"AIFF": ".aiff", "CAF": ".caf", "AU": ".au", "MP4": ".m4a", "WebM": ".webm", "AAC": ".aac", "AMR": ".amr"},
    "WMA": ".wma",
}


def ending_of(content: bytes) -> str:
    """Ending of a file that holds these bytes, by what they are: the name that a visitor gave proves nothing."""
    found = container(content[:64])
    return _ENDINGS[found.name] if found else ".bin"


class MemoryShelf:
    """Audio in memory, by the digests of the encoded bytes."""

    def __init__(self):
        self._held: dict[str, bytes] = {}

    def put(self, sha256: str, content: bytes) -> None:
        """Hold it."""
        self._held[sha256] = content

    def get(self, sha256: str) -> bytes | None:
        """What is held of that digest."""
        return self._held.get(sha256)

    def sizes(self) -> dict[str, int]:
        """Digest -> bytes, the oldest first."""
        return {digest: len(content) for digest, content in list(self._held.items())}

    def drop(self, sha256: str) -> None:
        """Let go of it."""
        self._held.pop(sha256, None)

    def clear(self) -> None:
        """Let go of all."""
        self._held.clear()


class FolderShelf:
    """Audio as files, named by the digests of their bytes.

    Parameters
    ----------
    folder : Path
        Made when the first file comes.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def put(self, sha256: str, content: bytes) -> None:
        """Write it, unless it is there."""
        if self.file(sha256) is None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_bytes(self.folder / f"{sha256}{ending_of(content)}", content)

    def get(self, sha256: str) -> bytes | None:
        """What lies there under that digest."""
        file = self.file(sha256)
        try:
            return file.read_bytes() if file is not None else None
        except OSError:
            return None

    def file(self, sha256: str) -> Path | None:
        """Where it lies; None if it does not."""
        return next(self.folder.glob(f"{sha256}.*"), None) if sha256.isalnum() else None

    def sizes(self) -> dict[str, int]:
        """Digest -> bytes, the oldest first."""
        found = []
        with contextlib.suppress(OSError):
            found = [(file.stat().st_mtime_ns, file.stem, file.stat().st_size) for file in self.folder.glob("[!.]*.*")]
        return {digest: size for _, digest, size in sorted(found)}

    def drop(self, sha256: str) -> None:
        """Delete it."""
        file = self.file(sha256)
        if file is not None:
            file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete all."""
        shutil.rmtree(self.folder, ignore_errors=True)


Shelf = MemoryShelf | FolderShelf


def shrink(shelf: Shelf, *, max_bytes: int, spared: Collection[str] = ()) -> None:
    """Keep to a limit: the oldest goes first, what is to be spared last."""
    sizes = shelf.sizes()
    held = sum(sizes.values())
    for digest in sorted(sizes, key=lambda each: each in spared):
        if held <= max_bytes:
            return
        shelf.drop(digest)
        held -= sizes[digest]


def shrink_all(folders: Iterable[Path], *, max_bytes: int) -> None:
    """Keep several folders together to a limit: the oldest file of all goes first."""
    files = [file for folder in folders for file in folder.glob("[!.]*.*")]
    with contextlib.suppress(OSError):  # Deleted meanwhile by its owner.
        found = sorted((file.stat().st_mtime_ns, file.stat().st_size, file) for file in files)
        held = sum(size for _, size, _ in found)
        for _, size, file in found:
            if held <= max_bytes:
                return
            file.unlink(missing_ok=True)
            held -= size
