"""Watching where a process writes, by the interpreter's audit events (PEP 578)."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Events whose arguments name what is made, moved or removed: how many of the first are paths.
_CHANGES = {
    "os.mkdir": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.utime": 1,
    "shutil.rmtree": 1,
}
_NEVER = (
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "subprocess.Popen",
    "socket.connect",
    "pickle.find_class",
    "exec.file",
)


class Fence:
    """Tells what the code under it did outside its folder.

    Parameters
    ----------
    inside : Path
        Where it may write.
    """

    def __init__(self, inside: Path):
        self._inside = str(inside)
        self._seen: list[str] | None = None
        sys.addaudithook(self._hear)

    @contextlib.contextmanager
    def watching(self, seen: list[str]) -> Iterator[None]:
        """Add to `seen` what is done outside."""
        self._seen = seen
        try:
            yield
        finally:
            self._seen = None

    def _hear(self, event: str, arguments: tuple) -> None:
        seen = self._seen
        if seen is None:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and not self._allowed(path):
                seen.append(f"opened {path!r} to write")
        elif event in _CHANGES:
            for path in arguments[: _CHANGES[event]]:
                if not self._allowed(path):
                    seen.append(f"{event} {path!r}")
        elif event in _NEVER:
            seen.append(f"{event} {arguments!r}")

    def _allowed(self, path) -> bool:
        if isinstance(path, int) or path is None:
            return True
        # Where it really leads, links on the way included.
        real = os.path.realpath(os.fsdecode(path))
        return real == self._inside or real.startswith(self._inside + os.sep) or real == os.devnull
