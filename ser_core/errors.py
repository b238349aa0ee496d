"""Every error that `ser_core` raises on purpose.

All derive from `SERError`, so that one ``except`` catches what the package means to say, and each also derives from
the built-in a caller would expect. A message says what was received and what to do about it, in words that a page
can show as they stand.
"""

from functools import partial


class SERError(Exception):
    """Root of the errors that `ser_core` raises on purpose."""


class ConfigError(SERError, ValueError):
    """A setting, name or configuration value that is not allowed; the message lists what is."""


class AudioError(SERError, ValueError):
    """Audio that cannot be used.

    Parameters
    ----------
    message : str
        What is wrong with the audio.
    advice : str
        What the user can do about it.
    """

    def __init__(self, message: str, *, advice: str):
        super().__init__(f"{message} {advice}")
        self.message = message
        self.advice = advice

    def __reduce__(self):
        # As it stands, an exception is rebuilt from its text alone; this one travels between processes.
        return partial(type(self), self.message, advice=self.advice), ()


class EmptyAudioError(AudioError):
    """No bytes, or a container without a single sample."""


class UnreadableAudioError(AudioError):
    """Bytes that no decoder reads as audio: wrong type, broken header, a Git-LFS pointer."""


class SilentAudioError(AudioError):
    """Samples that carry no sound."""


class ShortAudioError(AudioError):
    """Too little sound to judge."""


class LargeAudioError(AudioError):
    """More bytes, seconds or channels than the limits allow."""


class CorpusNotFoundError(SERError, FileNotFoundError):
    """A corpus whose files are not on this machine; the message says how to get them."""


class DownloadError(SERError, OSError):
    """A download that did not finish or did not match its checksum; what was received is kept for resuming."""


class UnsafeArchiveError(DownloadError):
    """An archive that tries to write outside its folder or to unpack to more than it declares."""


class CancelledError(SERError):
    """The user asked for the work to stop; what was done is kept."""


class ModelError(SERError, RuntimeError):
    """A model folder that is missing, incomplete or does not match its card."""


class RunError(SERError, RuntimeError):
    """A run folder that is missing, incomplete or was made by another configuration."""


class WorkerError(SERError, RuntimeError):
    """Processes or a cluster that could not do the work; what was done is kept."""


class HistoryError(SERError, RuntimeError):
    """A history of predictions that cannot be read or written; the message says what to do."""


class PrintError(SERError, RuntimeError):
    """A browser that did not print a report; the message says why and what to do."""
