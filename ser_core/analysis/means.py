"""The mean log-mel spectrogram of each emotion, and how it differs from the same voices' neutral one.

Clips differ in length, loudness and recording gain; what is averaged is the rest. The silence around the sound is left
out; the sound is cut into `N_TIMES` equal parts, whatever its length; and levels are relative to the clip's mean
power, floored `FLOOR_DB` below it, where the noise of the room begins. Each speaker counts once: the mean is over
speakers of the mean over their clips, and the difference is over the speakers who have both emotions, each compared
with itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core import settings
from ser_core.analysis._shapes import CACHE_KEY, FLOOR_DB, N_MELS, N_TIMES, frequencies_hz, shape_of, shapes_of
from ser_core.describe import UNKNOWN
from ser_core.files import atomic_path
from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS
from ser_core.progress import CancelCallback, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FLOOR_DB",
    "N_MELS",
    "N_TIMES",
    "REFERENCE",
    "Map",
    "Maps",
    "combine",
    "frequencies_hz",
    "keep",
    "kept_file",
    "known",
    "measure",
    "shape_of",
    "shipped_file",
    "write_shipped",
]

REFERENCE = "neutral"
# Tenths of a dB ship: finer than any colour shows.
_STEPS_PER_DB = 10


@dataclass(frozen=True)
class Maps:
    """Mean spectrograms of groups of clips.

    Attributes
    ----------
    groups : pd.DataFrame
        One row per group: ``corpus, sex, emotion``, ``clips``, ``speakers``, and ``compared`` (speakers who have
        neutral clips, too).
    mean : np.ndarray [shape=(n_groups, N_MELS, N_TIMES)]
        dB relative to the clip's mean power.
    difference, error : np.ndarray [shape=(n_groups, N_MELS, N_TIMES)]
        Mean over the compared speakers of emotion minus neutral, and its standard error, dB; NaN where there is none
        (of the error: with fewer than two speakers).
    """

    groups: "pd.DataFrame"
    mean: np.ndarray
    difference: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Map:
    """One emotion over any corpora and sexes.

    Attributes
    ----------
    mean, difference, error : np.ndarray [shape=(N_MELS, N_TIMES)]
        As in `Maps`.
    clips, speakers, compared : int
        As in `Maps`.
    """

    mean: np.ndarray
    difference: np.ndarray
    error: np.ndarray
    clips: int
    speakers: int
    compared: int

    @property
    def clear(self) -> np.ndarray:
        """Where the 95% interval of the difference leaves 0 out [shape=(N_MELS, N_TIMES)], bool.

        By Student's t over the compared speakers, point by point, without correction for many tests.
        """
        from scipy.stats import t

        reach = t.ppf(0.975, self.compared - 1) if self.compared > 1 else np.inf
        return np.abs(self.difference) > reach * self.error


def measure(
    manifest: "pd.DataFrame",
    *,
    root: Path | str | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Maps:
    """Mean spectrograms of the clips of a manifest whose audio is here; what was computed before is kept in the cache.

    Clips without a known emotion of the label set or speaker do not count, nor do files that cannot be read.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, with ``clip_id, corpus, path, speaker, sex, emotion, sha256``.
    root : Path or str, optional
        Data root.
    workers : int, optional
        Threads; one per core unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Raises
    ------
    CancelledError
        If `cancel` answered true; what was computed is in the cache.
    """
    used = manifest.dropna(subset=["emotion", "speaker", "sha256"]).reset_index(drop=True)
    shapes = shapes_of(used, root=root, workers=workers, progress=progress, cancel=cancel)
    return _maps(used.assign(sex=used["sex"].fillna(UNKNOWN)), shapes)


def _maps(clips: "pd.DataFrame", shapes: np.ndarray) -> Maps:
    import pandas as pd

    clips = clips[np.isfinite(shapes[:, 0, 0])]
    means = {
        key: shapes[rows.index].astype(np.float64).mean(axis=0)
        for key, rows in clips.groupby(["corpus", "sex", "emotion", "speaker"])
    }
    rows, arrays = [], []
    for (corpus, sex), part in clips.groupby(["corpus", "sex"]):
        for emotion in EMOTIONS.ordered(set(part["emotion"])):
            own = part[part["emotion"] == emotion]
            speakers = own["speaker"].unique()
            both = [speaker for speaker in speakers if (corpus, sex, REFERENCE, speaker) in means]
            here = np.mean([means[corpus, sex, emotion, speaker] for speaker in speakers], axis=0)
            pairs = [means[corpus, sex, emotion, s] - means[corpus, sex, REFERENCE, s] for s in both]
            n = len(pairs)
            unknown = np.full(here.shape, np.nan)
            difference = np.mean(pairs, axis=0) if n else unknown
            error = np.std(pairs, axis=0, ddof=1) / np.sqrt(n) if n > 1 else unknown
            rows.append((corpus, sex, emotion, len(own), len(speakers), n))
            arrays.append((here, difference, error))
    groups = pd.DataFrame(rows, columns=["corpus", "sex", "emotion", "clips", "speakers", "compared"])
    stacked = np.array(arrays, dtype=np.float32).reshape(-1, 3, N_MELS, N_TIMES)
    return Maps(groups, *stacked.swapaxes(0, 1))


def combine(maps: Iterable[Maps], *, sexes: Sequence[str] = ()) -> dict[str, Map]:
    """Emotion -> map over all groups of some corpora, each speaker weighing the same.

    Standard errors are combined as those of independent strata: the root of the sum of squared weighted errors.

    Parameters
    ----------
    maps : iterable of Maps
        One per corpus.
    sexes : sequence of str
        Those that count; all unless given.
    """
    found = {}
    parts = [
        (row, each.mean[i], each.difference[i], each.error[i])
        for each in maps
        for i, row in enumerate(each.groups.to_dict("records"))
        if not sexes or row["sex"] in sexes
    ]
    for emotion in EMOTIONS.ordered({row["emotion"] for row, *_ in parts}):
        rows, means, differences, errors = zip(*(part for part in parts if part[0]["emotion"] == emotion), strict=True)
        speakers = np.array([row["speakers"] for row in rows], dtype=float)
        compared = np.array([row["compared"] for row in rows], dtype=float)
        shares = compared / compared.sum() if compared.any() else compared * np.nan
        with_pair = compared > 0
        found[emotion] = Map(
            mean=np.average(means, axis=0, weights=speakers),
            difference=np.tensordot(shares[with_pair], np.stack(differences)[with_pair], 1)
            if with_pair.any()
            else np.full((N_MELS, N_TIMES), np.nan),
            error=np.sqrt(np.tensordot(shares[with_pair] ** 2, np.stack(errors)[with_pair] ** 2, 1))
            if with_pair.any()
            else np.full((N_MELS, N_TIMES), np.nan),
            clips=sum(row["clips"] for row in rows),
            speakers=int(speakers.sum()),
            compared=int(compared.sum()),
        )
    return found


# shipped, and kept


def shipped_file(name: str) -> Path:
    """Where the maps of a corpus that ship lie, whether or not there are any."""
    return settings.tables_dir() / f"{name}-mean-logmel.npz"


def kept_file(manifest: "pd.DataFrame") -> Path:
    """Where the maps of a corpus that does not ship are kept: by its clips, so that a change asks for new ones."""
    columns = manifest[["sha256", "speaker", "sex", "emotion"]].astype("str").to_numpy().tolist()
    return settings.cache_dir() / "mean-logmel" / f"{canonical_hash({CACHE_KEY: sorted(columns)})}.npz"


def known(name: str, manifest: "pd.DataFrame") -> Maps | None:
    """The maps of a corpus without reading audio: those that ship, else those kept; None where there are none."""
    return _read(shipped_file(name)) or _read(kept_file(manifest))


def keep(maps: Maps, manifest: "pd.DataFrame") -> Path:
    """Keep the maps of a corpus in the cache."""
    return _write(maps, kept_file(manifest))


def write_shipped(
    name: str,
    *,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Path:
    """Average a whole corpus and write the file that ships.

    Raises
    ------
    CorpusNotFoundError
        If the corpus is not on this machine.
    """
    from ser_core import corpora

    corpus = corpora.get(name)
    if not corpus.is_present(root):
        raise corpus.not_found(root)
    return _write(measure(corpus.scan(root), root=root, progress=progress, cancel=cancel), shipped_file(name))


def _write(maps: Maps, file: Path) -> Path:
    arrays = {name: _packed(getattr(maps, name)) for name in ("mean", "difference", "error")}
    columns = {
        f"group_{name}": maps.groups[name].to_numpy(str if name in ("corpus", "sex", "emotion") else np.int32)
        for name in maps.groups
    }
    with atomic_path(file) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays, **columns)
    return file


_NONE = np.iinfo(np.int16).min


def _packed(db: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(db), _NONE, np.round(np.nan_to_num(db) * _STEPS_PER_DB)).astype(np.int16)


def _unpacked(steps: np.ndarray) -> np.ndarray:
    return np.where(steps == _NONE, np.nan, steps / np.float32(_STEPS_PER_DB)).astype(np.float32)


@lru_cache(maxsize=16)
def _load(file: Path, stamp: int) -> Maps:
    import pandas as pd

    with np.load(file, allow_pickle=False) as stored:
        groups = pd.DataFrame(
            {name.removeprefix("group_"): stored[name] for name in stored if name.startswith("group")}
        )
        return Maps(groups, *(_unpacked(stored[name]) for name in ("mean", "difference", "error")))


def _read(file: Path) -> Maps | None:
    """Maps from a file; None where there is none, or a broken one that will be written anew."""
    import zipfile

    try:
        return _load(file, file.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
