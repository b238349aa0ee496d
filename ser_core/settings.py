"""Where things lie and how much is allowed.

Every place can be moved by an environment variable; each function reads it when called, so tests and servers may set
it at any time.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def _place(variable: str, default: Path) -> Path:
    value = os.environ.get(variable, "").strip()
    return Path(value).expanduser().resolve() if value else default


def data_root() -> Path:
    """Folder that holds one folder per corpus (``SER_DATA_ROOT``, else ``data/corpora``)."""
    return _place("SER_DATA_ROOT", PROJECT_ROOT / "data" / "corpora")


def cache_dir() -> Path:
    """Folder of everything that can be computed again (``SER_CACHE_DIR``, else the user's cache folder)."""
    from platformdirs import user_cache_path

    return _place("SER_CACHE_DIR", user_cache_path("speech-emotion-lab"))


def models_dir() -> Path:
    """Folder of the model folders that ship (``SER_MODELS_DIR``, else ``models``)."""
    return _place("SER_MODELS_DIR", PROJECT_ROOT / "models")


def runs_dir() -> Path:
    """Folder of the run folders (``SER_RUNS_DIR``, else ``data/runs``)."""
    return _place("SER_RUNS_DIR", PROJECT_ROOT / "data" / "runs")


def pretrained_dir() -> Path:
    """Folder of published weights that training starts from (``SER_PRETRAINED_DIR``, else in the cache folder)."""
    return _place("SER_PRETRAINED_DIR", cache_dir() / "pretrained")


def encoders_dir() -> Path:
    """Folder of the speech encoders that the user has taken in (``SER_ENCODERS_DIR``, else ``data/encoders``)."""
    return _place("SER_ENCODERS_DIR", PROJECT_ROOT / "data" / "encoders")


def own_dir() -> Path:
    """Folder of the user's own corpora: what describes them, and audio that was uploaded (``SER_OWN_DIR``, else
    ``data/own``)."""
    return _place("SER_OWN_DIR", PROJECT_ROOT / "data" / "own")


def own_folders() -> tuple[Path, ...]:
    """Folders whose content a visitor of the app may add as a corpus: the data root and those of ``SER_OWN_FOLDERS``,
    divided as in PATH; the user's home unless it is set, none if it is set to nothing."""
    named = os.environ.get("SER_OWN_FOLDERS")
    folders = [Path.home()] if named is None else [Path(part) for part in named.split(os.pathsep) if part.strip()]
    return (data_root(), *(folder.expanduser().resolve() for folder in folders))


def history_dir() -> Path:
    """Folder of the predictions that visitors asked to be kept (``SER_HISTORY_DIR``, else ``data/history``)."""
    return _place("SER_HISTORY_DIR", PROJECT_ROOT / "data" / "history")


def history_offered() -> str:
    """Who may have predictions kept on this machine (``SER_HISTORY``): ``"local"``, visitors who sit at it, unless set;
    ``"on"``, everybody; ``"off"``, nobody.

    Raises
    ------
    ConfigError
        If it is set to anything else.
    """
    return _offered("SER_HISTORY")


def training_offered() -> str:
    """Who may train models on this machine from the app (``SER_TRAINING``): as `history_offered`.

    Raises
    ------
    ConfigError
        If it is set to anything else.
    """
    return _offered("SER_TRAINING")


def _offered(variable: str) -> str:
    from ser_core.errors import ConfigError

    value = os.environ.get(variable, "").strip().lower() or "local"
    if value not in ("local", "on", "off"):
        raise ConfigError(f"{variable} must be local, on or off, got {value!r}.")
    return value


def tables_dir() -> Path:
    """Folder of the manifests and feature tables that ship."""
    return PROJECT_ROOT / "data" / "tables"


def demo_dir() -> Path:
    """Folder of the synthetic demo corpus that ships."""
    return PROJECT_ROOT / "data" / "demo"


@dataclass(frozen=True)
class Limits:
    """What one clip may ask of the machine.

    Attributes
    ----------
    max_bytes : int
        Largest encoded file, bytes.
    max_duration_s : float
        Longest clip that is decoded, seconds.
    min_duration_s : float
        Shortest sound that is judged, seconds.
    max_channels : int
        Most channels that are mixed down.
    min_sampling_rate, max_sampling_rate : int
        Sampling rates that are accepted, Hz.
    too_long : str
        What to do with a longer one.
    """

    max_bytes: int = 25 * 2**20
    max_duration_s: float = 60.0
    min_duration_s: float = 0.3
    max_channels: int = 8
    min_sampling_rate: int = 4_000
    max_sampling_rate: int = 384_000
    too_long: str = "Cut out the part to be judged; a sentence of 2 to 5 s works best."


LIMITS = Limits()

RECORDING_LIMITS = Limits(
    max_bytes=4 * 2**30, max_duration_s=24 * 3600, too_long="Cut it into parts of at most a day each."
)
"""The same for a long recording, which is streamed and never held whole in memory."""

RECORDING_UPLOAD_BYTES = 200 * 2**20
"""Largest recording that is uploaded in the page, bytes: the upload passes through the server's memory."""


@dataclass(frozen=True)
class OwnLimits:
    """What a user's own corpus may ask of the machine.

    Attributes
    ----------
    max_clips : int
        Rows of a table, or audio files of a folder.
    max_files : int
        Files and folders of any kind that are looked at below a folder.
    max_table_bytes : int
        Size of a table; a Parquet table may unpack to ten times as much.
    max_columns : int
        Columns of a table.
    max_upload_bytes : int
        Size of a zip file that is uploaded in the page.
    max_unpacked_bytes : int
        What it may unpack to.
    max_unpacked_files : int
        Files that it may hold.
    """

    max_clips: int = 200_000
    max_files: int = 1_000_000
    max_table_bytes: int = 64 * 2**20
    max_columns: int = 200
    max_upload_bytes: int = 200 * 2**20
    max_unpacked_bytes: int = 2 * 2**30
    max_unpacked_files: int = 20_000


OWN_LIMITS = OwnLimits()


@dataclass(frozen=True)
class HistoryLimits:
    """What a history of predictions may hold; what is oldest goes first, what was corrected last.

    Attributes
    ----------
    max_entries : int
        Predictions of one visitor.
    max_audio_bytes : int
        Audio of one visitor.
    max_all_entries, max_all_audio_bytes : int
        The same for all visitors together.
    """

    max_entries: int = 10_000
    max_audio_bytes: int = 512 * 2**20
    max_all_entries: int = 200_000
    max_all_audio_bytes: int = 4 * 2**30


HISTORY_LIMITS = HistoryLimits()

SESSION_LIMITS = HistoryLimits(
    max_entries=2_000, max_audio_bytes=16 * 2**20, max_all_entries=2_000, max_all_audio_bytes=16 * 2**20
)
"""The same for what a session holds in memory until the visitor leaves."""


BATCH_LIMITS = OwnLimits(max_clips=2_000, max_files=2_000, max_unpacked_bytes=2**30, max_unpacked_files=2_000)
"""What a visitor may have judged at once in the page; the command line knows no such limit."""
