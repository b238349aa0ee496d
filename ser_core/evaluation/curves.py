"""Learning curves: how the scores grow with the clips to learn from."""

import pandas as pd

from ser_core.evaluation.metrics import Tally, uar


def learning_curve(predictions: pd.DataFrame, trainings: pd.DataFrame) -> pd.DataFrame:
    """UAR of each fold at each training size.

    Parameters
    ----------
    predictions : pd.DataFrame
        Stored predictions of all training sizes (``seed, fold, fraction, ...``).
    trainings : pd.DataFrame
        One row per training: ``seed, fold, fraction, n_train, train_uar``.

    Returns
    -------
    pd.DataFrame
        ``fraction, n_train, seed, fold, uar, train_uar``, one row per training. Folds without every emotion are
        averaged over the emotions they have.
    """
    keys = ["seed", "fold", "fraction"]
    rows = [
        {**dict(zip(keys, key, strict=True)), "uar": float(uar(Tally.of(part).counts.sum(axis=(0, 1))))}
        for key, part in predictions.groupby(keys, sort=True)
    ]
    curve = pd.DataFrame(rows, columns=[*keys, "uar"]).merge(trainings[[*keys, "n_train", "train_uar"]], on=keys)
    return curve.sort_values(["fraction", "seed", "fold"], ignore_index=True)


def curve_summary(curve: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread over folds (seeds of a fold averaged first) at each training size.

    Returns
    -------
    pd.DataFrame
        ``fraction, n_train, uar_mean, uar_sd, uar_low, uar_high, train_uar_mean, n_folds``; low and high are one
        standard deviation over the folds to either side, within [0, 1].
    """
    scores = ["n_train", "uar", "train_uar"]
    by_fold = curve.groupby(["fraction", "fold"], as_index=False)[scores].mean()
    grouped = by_fold.groupby("fraction")
    summary = pd.DataFrame(
        {
            "n_train": grouped["n_train"].mean().round().astype(int),
            "uar_mean": grouped["uar"].mean(),
            # A single fold (the leaky split) has no spread over folds.
            "uar_sd": grouped["uar"].std(ddof=1).fillna(0.0),
            "train_uar_mean": grouped["train_uar"].mean(),
            "n_folds": grouped.size(),
        }
    ).reset_index()
    summary["uar_low"] = (summary["uar_mean"] - summary["uar_sd"]).clip(0, 1)
    summary["uar_high"] = (summary["uar_mean"] + summary["uar_sd"]).clip(0, 1)
    return summary
