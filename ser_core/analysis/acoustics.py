"""Measures of a clip that a person can name: pitch, loudness, timing, voice quality, spectrum, formants, timbre.

They are some 90 of the 2,279 functionals that the classical models read, picked because each says something in words.
For the corpora that the project knows well the table ships, so that they can be explored without any audio.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core import settings
from ser_core.analysis._measures import FEATURES, GROUPS, Feature
from ser_core.errors import ConfigError
from ser_core.features.functionals import feature_names
from ser_core.features.spec import FunctionalsSpec
from ser_core.files import read_parquet
from ser_core.progress import CancelCallback, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEATURES", "GROUPS", "SPEC", "Feature", "measure", "shipped_file", "table", "write_shipped"]

SPEC = FunctionalsSpec()
"""What the measures are computed with."""

# Bits of a float32's mantissa that are kept: a relative error of at most 0.01 %, finer than any figure shows, and a
# table of half the size.
_MANTISSA_BITS = 12
# Below this many voiced frames the functionals give 0 for intonation, which is no measurement.
_MIN_VOICED_FRAMES = 5


def from_functionals(x: np.ndarray) -> np.ndarray:
    """The measures out of whole functionals.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_functionals)]
        From `ser_core.features.extract` under `SPEC`.

    Returns
    -------
    np.ndarray [shape=(n_clips, len(FEATURES))]
        float32, each in its own unit; NaN where a clip has no voice and the measure needs one.
    """
    names = feature_names(SPEC)
    place = {name: i for i, name in enumerate(names)}
    columns = [place[feature.column] for feature in FEATURES.values()]
    scales = np.array([feature.scale for feature in FEATURES.values()], dtype=np.float32)
    found = np.asarray(x, dtype=np.float32)[:, columns] * scales
    frames = x[:, place["voiced_share"]] * x[:, place["duration_s"]] * (SPEC.sr / SPEC.hop_length)
    needs_voice = np.array([feature.needs_voice for feature in FEATURES.values()])
    # Half a frame of slack: the share and the length are rounded floats.
    found[np.ix_(frames < _MIN_VOICED_FRAMES - 0.5, needs_voice)] = np.nan
    return found


def measure(
    manifest: "pd.DataFrame",
    *,
    root: Path | str | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> "pd.DataFrame":
    """Measure clips whose audio is here; what was computed before comes from the feature cache.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, with ``clip_id, corpus, path, sha256``.
    root : Path or str, optional
        Data root.
    workers : int, optional
        Processes; one per core unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    pd.DataFrame
        Columns `FEATURES`, float32, with the index of the manifest.

    Raises
    ------
    CorpusNotFoundError
        If audio that is needed is not on this machine.
    AudioError
        If a file cannot be decoded.
    CancelledError
        If `cancel` answered true; what was computed is in the cache.
    """
    import pandas as pd

    from ser_core.features.table import matrix

    x = matrix(manifest, SPEC, root=root, workers=workers, progress=progress, cancel=cancel)
    x = x.reshape(len(manifest), len(feature_names(SPEC)))
    return pd.DataFrame(from_functionals(x), index=manifest.index, columns=list(FEATURES))


def table(
    manifest: "pd.DataFrame",
    *,
    compute: bool = False,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> "pd.DataFrame":
    """The measures of the clips of a manifest.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, with ``clip_id, corpus, path, sha256, sampling_rate``.
    compute : bool
        Measure clips that neither a shipped table nor the feature cache knows, where their audio is on this machine;
        otherwise they are NaN.
    root : Path or str, optional
        Data root.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    pd.DataFrame
        Columns `FEATURES`, float32, with the index of the manifest; NaN where unknown.

    Raises
    ------
    AudioError
        If a file that is to be measured cannot be decoded.
    CancelledError
        If `cancel` answered true; what was computed is in the cache.
    """
    import pandas as pd

    columns = list(FEATURES)
    result = pd.DataFrame(np.float32(np.nan), index=manifest.index, columns=columns)
    for name in manifest["corpus"].unique():
        if (shipped := _shipped(name)) is not None:
            rows = np.flatnonzero(manifest["corpus"] == name)
            found = shipped.reindex(manifest["clip_id"].iloc[rows])
            result.iloc[rows] = found.to_numpy()
    result = _with_cached(manifest, result)
    if compute:
        rows = np.flatnonzero(result.isna().all(axis=1).to_numpy() & _here(manifest, root=root))
        if len(rows):
            measured = measure(manifest.iloc[rows], root=root, progress=progress, cancel=cancel)
            result.iloc[rows] = measured.to_numpy()
    return result


def _with_cached(manifest: "pd.DataFrame", result: "pd.DataFrame") -> "pd.DataFrame":
    """Fill rows that are unknown with what the feature cache holds."""
    from ser_core.features.cache import FeatureCache

    rows = np.flatnonzero(result.isna().all(axis=1).to_numpy() & manifest["sha256"].notna().to_numpy())
    if len(rows):
        stored, found = FeatureCache().get_many(manifest["sha256"].iloc[rows].tolist(), SPEC.hash)
        if found.any():
            result.iloc[rows[found]] = from_functionals(stored[found])
    return result


def _here(manifest: "pd.DataFrame", *, root: Path | str | None) -> np.ndarray:
    """Whether the audio of each clip is on this machine and was readable when the manifest was made."""
    from ser_core import corpora

    # A file that could not be read as audio has no sampling rate there.
    readable = manifest["sha256"].notna() & manifest["sampling_rate"].notna()
    rows = zip(manifest["corpus"], manifest["path"], readable, strict=True)
    return np.array([ok and corpora.get(name).clip_path(path, root=root) is not None for name, path, ok in rows], bool)


def shipped_file(name: str) -> Path:
    """Where the table of a corpus that ships lies, whether or not there is one."""
    return settings.tables_dir() / f"{name}-acoustics.parquet"


def write_shipped(
    name: str,
    *,
    root: Path | str | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Path:
    """Measure a whole corpus and write the table that ships.

    Raises
    ------
    CorpusNotFoundError
        If the corpus is not on this machine.
    ConfigError
        If two of its clips share a ``clip_id``.
    """
    from ser_core import corpora
    from ser_core.files import atomic_path

    corpus = corpora.get(name)
    if not corpus.is_present(root):
        raise corpus.not_found(root)
    manifest = corpus.scan(root)
    found = measure(manifest, root=root, workers=workers, progress=progress, cancel=cancel).apply(_rounded)
    found.insert(0, "clip_id", manifest["clip_id"])
    if found["clip_id"].duplicated().any():
        raise ConfigError(f"{corpus.title} lists a clip twice; each clip_id must be there once.")
    with atomic_path(shipped_file(name)) as temporary:
        # Split by byte, the bytes that rounding emptied cost nothing.
        found.to_parquet(
            temporary,
            index=False,
            compression="zstd",
            compression_level=19,
            use_dictionary=["clip_id"],
            use_byte_stream_split=list(FEATURES),
        )
    return shipped_file(name)


def _rounded(values: "pd.Series") -> np.ndarray:
    """float32 with `_MANTISSA_BITS` bits of mantissa, rounded to the nearest."""
    drop = 23 - _MANTISSA_BITS
    bits = values.to_numpy(np.float32).view(np.uint32)
    rounded = ((bits.astype(np.uint64) + (1 << (drop - 1))) >> drop << drop).astype(np.uint32).view(np.float32)
    return np.where(np.isfinite(values), rounded, values).astype(np.float32)


def _shipped(name: str) -> "pd.DataFrame | None":
    """The table of a corpus by clip; None where none ships."""

    file = shipped_file(name)
    return read_parquet(file).set_index("clip_id").reindex(columns=list(FEATURES)) if file.is_file() else None
