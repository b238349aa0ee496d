"""The feature cache: arrays on disk under (audio SHA-256, spec hash), safe under several processes, bounded."""

import contextlib
import re
from pathlib import Path

import numpy as np

from ser_core.errors import ConfigError
from ser_core.files import atomic_path
from ser_core.settings import cache_dir

_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,127}")
_KEEP_FRACTION = 0.9


class FeatureCache:
    """One NPY file per clip and spec.

    Files are written beside their place and moved there in one step, so a reader sees a whole file or none; a file
    that cannot be read counts as missing and is removed.

    Parameters
    ----------
    folder : Path or str, optional
        Where the files lie; ``features`` in the cache folder of the settings unless given.
    max_bytes : int
        The oldest files go when the folder holds more than this.
    """

    def __init__(self, folder: Path | str | None = None, *, max_bytes: int = 4 * 2**30):
        if max_bytes <= 0:
            raise ConfigError(f"max_bytes must be above 0, got {max_bytes}.")
        self.folder = Path(folder) if folder is not None else cache_dir() / "features"
        self.max_bytes = max_bytes
        self._bytes: int | None = None

    def path(self, sha256: str, spec_hash: str) -> Path:
        """Where the features of this audio under this spec lie.

        Raises
        ------
        ConfigError
            If a key holds anything but letters, digits and hyphens: keys become file names.
        """
        for key in (sha256, spec_hash):
            if not _KEY.fullmatch(key):
                raise ConfigError(f"A cache key is 4 to 128 letters, digits or hyphens, got {key!r}.")
        return self.folder / spec_hash / sha256[:2] / f"{sha256}.npy"

    def get(self, sha256: str, spec_hash: str) -> np.ndarray | None:
        """The stored array, or None."""
        path = self.path(sha256, spec_hash)
        try:
            return np.load(path, allow_pickle=False)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError):
            # Cut off by a full disk or a crash: compute it again rather than fail on it for ever.
            with contextlib.suppress(OSError):
                path.unlink()
            return None

    def put(self, sha256: str, spec_hash: str, array: np.ndarray) -> None:
        """Store an array; what was there is replaced."""
        path = self.path(sha256, spec_hash)
        with atomic_path(path) as temporary:
            with temporary.open("wb") as file:
                np.save(file, array, allow_pickle=False)
            size = temporary.stat().st_size
        if self._bytes is None:
            self._bytes = sum(size for _, size, _ in self._files())
        else:
            self._bytes += size
        if self._bytes > self.max_bytes:
            self._evict()

    def _files(self) -> list[tuple[float, int, Path]]:
        """(modification time, bytes, path) of every file, skipping those another process has just removed."""
        files = []
        for path in self.folder.glob("*/*/[!.]*.npy"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        return files

    def _evict(self) -> None:
        """Remove the oldest files until `_KEEP_FRACTION` of the bound is left, so that not every `put` has to."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self.max_bytes * _KEEP_FRACTION:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
        self._bytes = total
