"""What a server allows: set by environment variables, so that a container needs no file."""

import os
from dataclasses import dataclass, field

from ser_core.errors import ConfigError

_MEGABYTE = 2**20
_MOST_WORKERS = 64


@dataclass(frozen=True)
class Options:
    """What callers may ask of a server.

    Attributes
    ----------
    key : str or None
        Every call but ``/health`` and ``/ready`` must show it (``SER_API_KEY``); None asks for none.
    rate : str or None
        Calls allowed to each caller (``SER_API_RATE``), as "120/minute" or "10/second"; None allows any number.
    waiting : int
        Calls that may be in work or wait for it at once (``SER_API_WAITING``); more are sent away.
    held_bytes : int
        What the bodies of these calls may take of the memory together, bytes (``SER_API_MEMORY_MB``).
    workers : int
        Processes that judge clips (``SER_API_WORKERS``); 0 judges in the server's own.
    batch_files : int
        Clips in one call to ``/batch``.
    batch_bytes : int
        Their bytes together.
    recording_bytes : int
        Largest recording, bytes (``SER_API_RECORDING_MB``).
    recordings : int
        Recordings that are in work, wait or are kept as answered at once (``SER_API_RECORDINGS``).
    keep_s : float
        How long the answer to a recording can be fetched, seconds.
    """

    key: str | None = field(default=None, repr=False)
    rate: str | None = None
    waiting: int = 64
    held_bytes: int = 512 * _MEGABYTE
    workers: int = 0
    batch_files: int = 50
    batch_bytes: int = 100 * _MEGABYTE
    recording_bytes: int = 512 * _MEGABYTE
    recordings: int = 16
    keep_s: float = 3600.0

    def __post_init__(self):
        if self.rate is not None:
            from limits import parse

            try:
                parse(self.rate)
            except ValueError:
                raise ConfigError(f"A rate reads as in '120/minute' or '10/second', got {self.rate!r}.") from None
        for name in ("waiting", "held_bytes", "batch_files", "batch_bytes", "recording_bytes", "recordings", "keep_s"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name} must be above 0, got {getattr(self, name)}.")
        if not 0 <= self.workers <= _MOST_WORKERS:
            raise ConfigError(f"workers must be 0 to {_MOST_WORKERS}, got {self.workers}.")

    @classmethod
    def from_environment(cls) -> "Options":
        """As the environment variables say.

        Raises
        ------
        ConfigError
            If a variable does not hold what it should.
        """
        return cls(
            key=os.environ.get("SER_API_KEY", "").strip() or None,
            rate=os.environ.get("SER_API_RATE", "").strip() or None,
            waiting=_number("SER_API_WAITING", cls.waiting),
            held_bytes=_MEGABYTE * _number("SER_API_MEMORY_MB", cls.held_bytes // _MEGABYTE),
            workers=_number("SER_API_WORKERS", cls.workers),
            recording_bytes=_MEGABYTE * _number("SER_API_RECORDING_MB", cls.recording_bytes // _MEGABYTE),
            recordings=_number("SER_API_RECORDINGS", cls.recordings),
        )


def _number(variable: str, default: int) -> int:
    text = os.environ.get(variable, "").strip()
    if text and not text.isdecimal():
        raise ConfigError(f"{variable} must be a whole number, got {text!r}.")
    return int(text) if text else default
