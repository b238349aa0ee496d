"""What a voice tells besides its emotion: the side tasks that a model may learn, and where their targets come from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class SideTask:
    """One thing to tell of a clip.

    Attributes
    ----------
    name : str
        Column of the manifest.
    title : str
        As shown to a reader.
    classes : tuple of str
        The two values of the column that are told apart; the answer is the probability of the second. Empty where the
        column is a rating in [-1, 1] and the answer one as well.
    """

    name: str
    title: str
    classes: tuple[str, ...] = ()

    @property
    def is_rating(self) -> bool:
        """Whether a number is told, not a class."""
        return not self.classes


#: CREMA-D's intensities (low, medium, high) are others than RAVDESS's and stay unknown.
SIDE_TASKS = {
    task.name: task
    for task in (
        SideTask("sex", "Sex", ("male", "female")),
        SideTask("intensity", "Intensity", ("normal", "strong")),
        SideTask("valence", "Valence"),
        SideTask("arousal", "Arousal"),
        SideTask("dominance", "Dominance"),
    )
}
"""Name -> task, in the order of the columns of `targets`."""


def targets(clips: pd.DataFrame) -> np.ndarray:
    """What the side tasks should answer of some clips.

    An intensity counts where the same corpus holds its emotion in both intensities. RAVDESS's neutral has no strong
    one: "normal" there says that the clip is neutral, nothing about how it was spoken.

    Parameters
    ----------
    clips : pd.DataFrame
        Rows of a manifest.

    Returns
    -------
    np.ndarray [shape=(n_clips, len(SIDE_TASKS))]
        float32: 0 or 1, the place among the classes, or a rating in [-1, 1]; NaN where unknown.

    Examples
    --------
    >>> rows = {"corpus": "a", "emotion": ["sad", "sad", "neutral"], "intensity": ["normal", "strong", "normal"]}
    >>> targets(pd.DataFrame({**rows, "sex": ["female", None, "male"], "valence": [0.5, -1.0, None]}))[:, :3].tolist()
    [[1.0, 0.0, 0.5], [nan, 1.0, -1.0], [0.0, nan, nan]]
    """
    found = np.full((len(clips), len(SIDE_TASKS)), np.nan, dtype=np.float32)
    for column, task in enumerate(SIDE_TASKS.values()):
        if task.name not in clips:
            continue
        values = clips[task.name]
        if task.is_rating:
            found[:, column] = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float32, na_value=np.nan)
        else:
            codes = pd.Categorical(values, categories=task.classes).codes
            found[:, column] = np.where(codes < 0, np.nan, codes)
    intensity = pd.Series(found[:, list(SIDE_TASKS).index("intensity")])
    kinds = [clips["corpus"].astype(str).to_numpy(), clips["emotion"].astype(str).to_numpy()]
    graded = intensity.groupby(kinds).transform("nunique") > 1
    found[:, list(SIDE_TASKS).index("intensity")] = intensity.where(graded)
    return found
