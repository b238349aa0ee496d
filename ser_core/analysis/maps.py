"""Maps of the clips of one or more corpora: the one that ships, and those of any other selection, kept in a cache."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core import settings
from ser_core.analysis import acoustics, embedding
from ser_core.analysis.neighbours import Purity, purities
from ser_core.errors import ConfigError
from ser_core.files import atomic_path
from ser_core.progress import CancelCallback, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

CORPORA = ("cremad", "emodb", "ravdess", "savee", "tess")
"""The corpora of the map that ships."""
SHIPPED_NAME = "map.parquet"
VERSION = 2
"""Raised whenever the same clips give another map."""
# A map of 12,697 clips takes 100 kB.
_MAX_KEPT = 200
_NOTES = b"speech-emotion-lab"


@dataclass(frozen=True)
class Maps:
    """Where clips lie on some maps, and who their neighbours are.

    Attributes
    ----------
    xy : pd.DataFrame
        Index clip_id; columns of two levels, (method, normalisation, axis) joined as ``"tsne-raw-x"``, float32.
    explained : dict
        ``"pca-raw"`` and ``"pca-speaker"`` -> shares of the variance on the two axes.
    neighbours : list of Purity
        What the nearest neighbours share, under each normalisation.
    """

    xy: "pd.DataFrame"
    explained: dict[str, tuple[float, ...]]
    neighbours: list[Purity]


def columns(method: str, normalisation: str) -> tuple[str, str]:
    """Names of the two coordinates of a map.

    Examples
    --------
    >>> columns("pca", "raw")
    ('pca-raw-x', 'pca-raw-y')
    """
    return f"{method}-{normalisation}-x", f"{method}-{normalisation}-y"


def speakers_of(clips: "pd.DataFrame") -> np.ndarray:
    """Whose clips are standardised together [shape=(n_clips,)], str: each speaker's, told apart over corpora.

    The clips of a corpus whose speakers are unknown count as one speaker's.

    Parameters
    ----------
    clips : pd.DataFrame
        With ``corpus, speaker``.
    """
    return (clips["corpus"].astype("string") + "/" + clips["speaker"].astype("string").fillna("")).to_numpy(str)


def known(measures: "pd.DataFrame") -> np.ndarray:
    """Which clips have measures, and so a place on a map [shape=(n_clips,)], bool."""
    return measures.notna().any(axis=1).to_numpy()


def draw(
    clips: "pd.DataFrame",
    measures: "pd.DataFrame",
    *,
    method: str,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> dict[str, embedding.Projection]:
    """Both maps of some clips by one method, from the cache where they were drawn before.

    Parameters
    ----------
    clips : pd.DataFrame
        With ``clip_id, corpus, speaker``.
    measures : pd.DataFrame
        Their measures, from `acoustics.table`; no row may be empty.
    method : str
        From `embedding.METHODS`.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    dict of str to Projection
        By normalisation; the second is turned to resemble the first.

    Raises
    ------
    ConfigError
        If the method is unknown or there are too few clips.
    CancelledError
        If `cancel` answered true; a map that was drawn by then is kept.
    """
    found: dict[str, embedding.Projection] = {}
    for normalisation in embedding.NORMALISATIONS:
        x = embedding.prepare(measures.to_numpy(), speakers=speakers_of(clips), normalisation=normalisation)
        like = found["raw"].xy if found else None
        found[normalisation] = _drawn(x, method=method, like=like, progress=progress, cancel=cancel)
    return found


def is_drawn(clips: "pd.DataFrame", measures: "pd.DataFrame", *, method: str) -> bool:
    """Whether `draw` would answer at once: the method is instant, or the cache has both maps."""
    if embedding.METHODS[method].instant:
        return True
    speakers = speakers_of(clips)
    prepared = (
        embedding.prepare(measures.to_numpy(), speakers=speakers, normalisation=each)
        for each in embedding.NORMALISATIONS
    )
    return all(_file(x, method=method).is_file() for x in prepared)


def neighbours(clips: "pd.DataFrame", measures: "pd.DataFrame") -> list[Purity]:
    """What each clip's nearest neighbours among `clips` share with it, under both normalisations.

    Parameters
    ----------
    clips : pd.DataFrame
        With ``clip_id, corpus, speaker, emotion``.
    measures : pd.DataFrame
        As for `draw`.
    """
    groups = speakers_of(clips)
    speakers = np.where(clips["speaker"].notna(), groups, "")
    emotions = clips["emotion"].astype("string").fillna("").to_numpy(str)
    found = []
    for normalisation in embedding.NORMALISATIONS:
        x = embedding.prepare(measures.to_numpy(), speakers=groups, normalisation=normalisation)
        found += purities(x, speakers=speakers, emotions=emotions, normalisation=normalisation)
    return found


# the cache


def _drawn(x: np.ndarray, *, method: str, like: np.ndarray | None, progress, cancel) -> embedding.Projection:
    if embedding.METHODS[method].instant:
        return embedding.project(x, method=method, like=like)
    file = _file(x, method=method)
    try:
        return embedding.Projection(np.load(file, allow_pickle=False))
    except (OSError, ValueError):
        drawn = embedding.project(x, method=method, like=like, progress=progress, cancel=cancel)
    with atomic_path(file) as temporary:
        np.save(temporary, drawn.xy)
    for old in sorted(file.parent.glob("*.npy"), key=lambda path: path.stat().st_mtime)[:-_MAX_KEPT]:
        old.unlink(missing_ok=True)
    return drawn


def _file(x: np.ndarray, *, method: str) -> Path:
    """Named by everything that decides the map: the same clips with the same measures share it."""
    digest = hashlib.sha256(np.ascontiguousarray(x)).hexdigest()[:32]
    return settings.cache_dir() / "maps" / f"{method}-{VERSION}-{digest}.npy"


# the map that ships


def shipped_file() -> Path:
    """Where the map of the five corpora lies, whether or not there is one."""
    return settings.tables_dir() / SHIPPED_NAME


def shipped() -> Maps | None:
    """The map that ships; None where there is none."""
    import pyarrow.parquet as pq

    file = shipped_file()
    if not file.is_file():
        return None
    table = pq.read_table(file)
    notes = json.loads(table.schema.metadata[_NOTES])
    xy = table.to_pandas().set_index("clip_id").astype(np.float32)
    explained = {name: tuple(shares) for name, shares in notes["explained"].items()}
    return Maps(xy, explained, [Purity(**each) for each in notes["neighbours"]])


def write_shipped(*, progress: ProgressCallback | None = None, cancel: CancelCallback | None = None) -> Path:
    """Draw the map of all clips of `CORPORA` by every method and write the table that ships.

    Needs the corpora's manifests and acoustic measures, no audio.

    Raises
    ------
    ConfigError
        If a clip of theirs has no measures.
    CancelledError
        If `cancel` answered true; maps that were drawn by then are kept.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from ser_core import corpora

    clips = pd.concat([corpora.load_manifest(name) for name in CORPORA], ignore_index=True)
    measures = acoustics.table(clips)
    if missing := int((~known(measures)).sum()):
        raise ConfigError(f"{missing} of {len(clips)} clips have no acoustic measures. Write their tables first.")
    table, explained = {"clip_id": clips["clip_id"].to_numpy(str)}, {}
    for method in embedding.METHODS:
        for normalisation, drawn in draw(clips, measures, method=method, progress=progress, cancel=cancel).items():
            for name, values in zip(columns(method, normalisation), drawn.xy.T, strict=True):
                # Three digits: finer than any screen.
                table[name] = values.astype(np.float16)
            if drawn.explained:
                explained[f"{method}-{normalisation}"] = drawn.explained
    notes = {"explained": explained, "neighbours": [each.to_dict() for each in neighbours(clips, measures)]}
    written = pa.table(table)
    written = written.replace_schema_metadata({_NOTES: json.dumps(notes).encode()})
    with atomic_path(shipped_file()) as temporary:
        pq.write_table(written, temporary, compression="zstd", compression_level=19, use_dictionary=False)
    return shipped_file()
