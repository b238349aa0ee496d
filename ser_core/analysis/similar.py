"""Clips of the corpora that measure most like a given one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core.analysis import acoustics

if TYPE_CHECKING:
    import pandas as pd

ABOUT = ("clip_id", "corpus", "path", "sha256", "speaker", "sex", "emotion", "label", "intensity", "text")
"""What is known of each clip, as far as the manifest says it."""

# One measure alone must not decide: a deviation counts no further, in standard deviations.
_LARGEST_DEVIATION = 4.0


@dataclass(frozen=True)
class Library:
    """Clips with their measures, ready to be compared.

    Attributes
    ----------
    clips : pd.DataFrame
        `ABOUT` of each.
    deviations : np.ndarray [shape=(n_clips, n_measures)]
        Their measures (`ser_core.analysis.acoustics.FEATURES`), standardised over all of them; 0 where one is unknown.
    centre, scale : np.ndarray [shape=(n_measures,)]
        What they were standardised by.
    """

    clips: "pd.DataFrame"
    deviations: np.ndarray
    centre: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, manifests: "Sequence[pd.DataFrame]", *, root: Path | str | None = None) -> "Library":
        """Clips of some corpora, those whose measures ship or were computed before.

        Parameters
        ----------
        manifests : sequence of pd.DataFrame
            Of the corpora.
        root : Path or str, optional
            Data root.
        """
        import pandas as pd

        clips = pd.concat(manifests, ignore_index=True) if manifests else pd.DataFrame(columns=list(ABOUT))
        measures = acoustics.table(clips, root=root).to_numpy(np.float64)
        known = np.isfinite(measures).any(axis=1)
        clips, measures = clips[known].reindex(columns=list(ABOUT)).reset_index(drop=True), measures[known]
        if not len(clips):
            nothing = np.zeros(measures.shape[1])
            return cls(clips, measures, nothing, nothing + 1)
        centre, scale = np.nanmean(measures, axis=0), np.maximum(np.nanstd(measures, axis=0), 1e-9)
        return cls(clips, _deviations(measures, centre, scale), centre, scale)

    def nearest(self, functionals: np.ndarray, *, k: int, among: np.ndarray | None = None) -> "pd.DataFrame":
        """The clips that measure most like one.

        Parameters
        ----------
        functionals : np.ndarray [shape=(n_functionals,)]
            Of the one, under `ser_core.analysis.acoustics.SPEC`.
        k : int
            How many, at most.
        among : np.ndarray of bool [shape=(n_clips,)], optional
            Which clips count; all unless given.

        Returns
        -------
        pd.DataFrame
            `ABOUT` and ``distance`` (root mean square of the differences, in standard deviations), the nearest first.
        """
        measures = acoustics.from_functionals(functionals[np.newaxis]).astype(np.float64)
        away = self.deviations - _deviations(measures, self.centre, self.scale)
        distance = np.sqrt(np.square(away).mean(axis=1))
        if among is not None:
            distance = np.where(among, distance, np.inf)
        order = np.argsort(distance, kind="stable")[:k]
        order = order[np.isfinite(distance[order])]
        return self.clips.iloc[order].assign(distance=distance[order])


def _deviations(measures: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    found = np.nan_to_num((measures - centre) / scale)
    return np.clip(found, -_LARGEST_DEVIATION, _LARGEST_DEVIATION).astype(np.float32)
