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
    """

    max_bytes: int = 25 * 2**20
    max_duration_s: float = 60.0
    min_duration_s: float = 0.3
    max_channels: int = 8
    min_sampling_rate: int = 4_000
    max_sampling_rate: int = 384_000


LIMITS = Limits()
