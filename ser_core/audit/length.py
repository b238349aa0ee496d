"""How long a clip is beside what its words and its speaker let expect."""

import numpy as np
import pandas as pd

# From so many clips on a sentence or a speaker has a length of its own.
_LEAST = 6


def relative_length(clips: pd.DataFrame) -> pd.Series:
    """Length of the sound over that expected, octaves: -1 is half as long.

    Expected is the median of the same sentence, corrected by the median of the same speaker, each where it is known
    of enough clips; else the median of all.

    Parameters
    ----------
    clips : pd.DataFrame
        With ``sound_s`` above 0, ``text`` and ``speaker``.
    """
    length = np.log2(clips["sound_s"].astype("float64"))
    for column in ("text", "speaker"):
        length = length - length.median()
        part = length.groupby(clips[column]).transform("median")
        often = length.groupby(clips[column]).transform("size") >= _LEAST
        length = length - part.where(often, 0.0).fillna(0.0)
    return length
