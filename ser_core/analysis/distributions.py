"""How one measure spreads over the clips of each emotion, in few numbers, and how measures go together."""

from typing import TYPE_CHECKING

import numpy as np

from ser_core.labels import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd

_BINS = 512
_POINTS = 81
# Beyond these shares of the clips a curve is drawn by too few.
_ENDS = (0.002, 0.998)


def densities(values: "pd.Series", *, emotion: "pd.Series") -> "pd.DataFrame":
    """Smooth curves of how often each value occurs.

    A Gaussian kernel estimate; its width follows Silverman, "Density estimation" (1986), eq. 3.31:
    ``0.9 min(sd, IQR / 1.34) n^(-1/5)``.

    Parameters
    ----------
    values : pd.Series
        One number per clip; NaN is left out.
    emotion : pd.Series
        Of each clip; unknown ones are left out.

    Returns
    -------
    pd.DataFrame
        ``emotion, value, density`` (per unit of the measure), 81 rows for each emotion with at least two
        different values, in the order of the label set.
    """
    import pandas as pd
    from scipy.ndimage import gaussian_filter1d

    frames = []
    for name, x in _groups(values, emotion):
        if len(x) < 2 or np.ptp(x) == 0:
            continue
        low, high = np.quantile(x, _ENDS)
        q1, q3 = np.quantile(x, [0.25, 0.75])
        spread = min(x.std(ddof=1), (q3 - q1) / 1.34) or x.std(ddof=1)
        width = 0.9 * spread * len(x) ** -0.2
        low, high = low - 2 * width, high + 2 * width
        counts, edges = np.histogram(x, bins=_BINS, range=(low, high))
        step = edges[1] - edges[0]
        smooth = gaussian_filter1d(counts / (len(x) * step), width / step, mode="constant")
        at = np.linspace(edges[0], edges[-1], _POINTS)
        density = np.interp(at, (edges[:-1] + edges[1:]) / 2, smooth)
        frames.append(pd.DataFrame({"emotion": name, "value": at, "density": density}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["emotion", "value", "density"])


def quantiles(values: "pd.Series", *, emotion: "pd.Series") -> "pd.DataFrame":
    """The value that each share of the clips stays below.

    Returns
    -------
    pd.DataFrame
        ``emotion, share, value``: 99 rows for each emotion, shares from .01 to .99.
    """
    import pandas as pd

    shares = np.arange(1, 100) / 100
    frames = [
        pd.DataFrame({"emotion": name, "share": shares, "value": np.quantile(x, shares)})
        for name, x in _groups(values, emotion)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["emotion", "share", "value"])


def _groups(values: "pd.Series", emotion: "pd.Series") -> list[tuple[str, np.ndarray]]:
    """(emotion, its known values) in the order of the label set, without those that have none."""
    known = values.notna() & emotion.notna()
    parts = dict(list(values[known].groupby(emotion[known])))
    return [(name, parts[name].to_numpy(np.float64)) for name in EMOTIONS.ordered(parts)]


def correlations(values: "pd.DataFrame") -> "pd.DataFrame":
    """Rank correlation (Spearman's rho) of every two measures, those that go together side by side.

    The order comes from average-linkage clustering with the distance ``1 - |rho|``, its leaves arranged so that
    neighbours are as alike as possible (Bar-Joseph et al., Bioinformatics 17, S22-S29, 2001).

    Parameters
    ----------
    values : pd.DataFrame
        One row per clip, one column per measure. Clips with an unknown value are left out, and measures that do not
        vary or are known of fewer than half of the clips.

    Returns
    -------
    pd.DataFrame
        Rows and columns alike in the order found; in [-1, 1]. Empty with fewer than three clips or two measures.
    """
    import pandas as pd
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform
    from scipy.stats import rankdata

    values = values.loc[:, values.notna().mean() > 0.5].dropna()
    values = values.loc[:, values.nunique() > 1]
    if len(values) < 3 or values.shape[1] < 2:
        return pd.DataFrame()
    rho = np.clip(np.corrcoef(rankdata(values.to_numpy(), axis=0), rowvar=False), -1, 1)
    np.fill_diagonal(rho, 1)
    distance = squareform(1 - np.abs(rho), checks=False)
    order = leaves_list(linkage(distance, "average", optimal_ordering=True))
    names = values.columns[order]
    return pd.DataFrame(rho[np.ix_(order, order)], index=names, columns=names)
