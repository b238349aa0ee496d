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
    return _curve(_of_all_speakers(predictions), _of_all_speakers(trainings), keys=["seed", "fold", "fraction"])


def speaker_curve(predictions: pd.DataFrame, trainings: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """UAR of each fold over the number of speakers whose clips were learnt from.

    Parameters
    ----------
    predictions, trainings : pd.DataFrame
        As of `learning_curve`, with ``n_speakers`` where trainings heard some speakers only.
    splits : pd.DataFrame
        ``seed, fold, clip_id, role``.

    Returns
    -------
    pd.DataFrame
        ``n_speakers, fraction, n_train, seed, fold, uar, train_uar``, one row per training, those of the first seed
        on all speakers with them; speakers that validate count. Empty where no training heard some speakers only.
    """
    columns = ["seed", "fold", "fraction", "n_speakers"]
    if "n_speakers" not in trainings or not trainings["n_speakers"].any():
        return pd.DataFrame(columns=[*columns, "uar", "n_train", "train_uar"])
    first = trainings.loc[trainings["n_speakers"] > 0, "seed"].iloc[0]
    predictions, trainings = (
        table[(table["seed"] == first) & ((table["n_speakers"] > 0) | (table["fraction"] == 1.0))]
        for table in (predictions, trainings)
    )
    curve = _curve(predictions, trainings, keys=columns)
    speakers = predictions.drop_duplicates("clip_id").set_index("clip_id")["speaker"]
    heard = splits[(splits["seed"] == first) & (splits["role"] != "test")]
    # Every clip is tested once, so the predictions know who speaks it.
    heard = heard.assign(speaker=heard["clip_id"].astype(str).map(speakers.astype(str)))
    n_all = curve["fold"].map(heard.groupby("fold")["speaker"].nunique())
    curve["n_speakers"] = curve["n_speakers"].where(curve["n_speakers"] > 0, n_all).astype(int)
    return curve.sort_values(["n_speakers", "fold"], ignore_index=True)


def _of_all_speakers(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["n_speakers"] == 0] if "n_speakers" in table else table


def _curve(predictions: pd.DataFrame, trainings: pd.DataFrame, *, keys: list[str]) -> pd.DataFrame:
    rows = [
        {**dict(zip(keys, key, strict=True)), "uar": float(uar(Tally.of(part).counts.sum(axis=(0, 1))))}
        for key, part in predictions.groupby(keys, sort=True)
    ]
    curve = pd.DataFrame(rows, columns=[*keys, "uar"]).merge(trainings[[*keys, "n_train", "train_uar"]], on=keys)
    return curve.sort_values(["fraction", "seed", "fold"], ignore_index=True)


def curve_summary(curve: pd.DataFrame, *, by: str = "fraction") -> pd.DataFrame:
    """Mean and spread over folds (seeds of a fold averaged first) at each training size.

    Parameters
    ----------
    curve : pd.DataFrame
        Of `learning_curve` or `speaker_curve`.
    by : str
        What tells the sizes apart: ``fraction``, or ``n_speakers`` of a curve over speakers.

    Returns
    -------
    pd.DataFrame
        `by` and ``n_train, uar_mean, uar_sd, uar_low, uar_high, train_uar_mean, n_folds``; low and high are one
        standard deviation over the folds to either side, within [0, 1].
    """
    scores = ["n_train", "uar", "train_uar"]
    by_fold = curve.groupby([by, "fold"], as_index=False)[scores].mean()
    grouped = by_fold.groupby(by)
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
