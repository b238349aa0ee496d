"""The figures of all runs as rows, computed from the stored per-clip predictions."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ser_core.evaluation import PROBABILITY_COLUMNS, Part, full, metrics, summarise
from ser_core.experiments.store import Run


def result(run: Run, *, corpus: str | None = None) -> dict[str, Any]:
    """One run as a row, JSON-ready; scores in [0, 1], rounded to four digits.

    Parameters
    ----------
    run : Run
        A finished run.
    corpus : str, optional
        Of a run of several, the one whose clips are scored. The row then says ``uar_known``, too: UAR where only
        emotions that the corpus holds are answered, as a model trained on it alone would.
    """
    tested = run if corpus is None else Part(run, corpus)
    row = _row(run, summarise(tested), corpus or "+".join(run.config.corpora))
    if corpus is not None:
        row["uar_known"] = round(metrics.summarise(among_known(full(tested))).uar.value, 4)
    return row


def among_known(predictions: pd.DataFrame) -> pd.DataFrame:
    """Predictions of clips of one corpus whose answers are chosen among the emotions that occur there.

    The probabilities of the other emotions are shared out in proportion.
    """
    columns = list(PROBABILITY_COLUMNS)
    occur = np.isin(columns, "p_" + predictions["emotion"].astype(str).to_numpy().astype(object))
    kept = np.where(occur, np.maximum(predictions[columns].to_numpy(dtype=float), np.finfo(float).tiny), 0.0)
    kept /= kept.sum(axis=1, keepdims=True)
    return predictions.assign(**dict(zip(columns, kept.T, strict=True)))


def _row(run: Run, summary: metrics.Summary, corpus: str) -> dict[str, Any]:
    return {
        "run": run.id,
        "corpus": corpus,
        "protocol": run.config.protocol,
        "model": run.config.model,
        "speaker_calibration": run.config.speaker_calibration,
        "seeds": list(summary.seeds),
        "uar": round(summary.uar.value, 4),
        "uar_low": round(summary.uar.low, 4),
        "uar_high": round(summary.uar.high, 4),
        "uar_spread": None if summary.uar_spread is None else round(summary.uar_spread, 4),
        "accuracy": round(summary.accuracy.value, 4),
        "macro_f1": round(summary.macro_f1.value, 4),
        "top3": round(summary.top3.value, 4),
        "n_test": summary.n_test,
    }


def differences(new: Iterable[Run], shipped: Iterable[Run]) -> list[dict[str, Any]]:
    """How far runs made again lie from those that ship.

    Returns
    -------
    list of dict
        ``run, uar, uar_shipped, accuracy, accuracy_shipped, spread, same_predictions, reproduced``: `reproduced` is
        True where the predicted labels are the same, or where UAR differs by at most twice the shipped spread over
        seeds; None where the run does not ship.
    """
    by_id = {run.id: run for run in shipped}
    rows = []
    for run in new:
        row = result(run)
        other = by_id.get(run.id)
        known = result(other) if other else {}
        same = bool(other) and run.config.hash == other.config.hash and _same_labels(run, other)
        within = bool(other) and abs(row["uar"] - known["uar"]) <= 2 * (known["uar_spread"] or 0.0)
        rows.append(
            {
                "run": run.id,
                "uar": row["uar"],
                "uar_shipped": known.get("uar"),
                "accuracy": row["accuracy"],
                "accuracy_shipped": known.get("accuracy"),
                "spread": known.get("uar_spread"),
                "same_predictions": same,
                "reproduced": (same or within) if other else None,
            }
        )
    return rows


def _same_labels(run: Run, other: Run) -> bool:
    """Whether both predict the same label for every clip, seed, fold and training size."""
    keys = ["seed", "fold", "fraction", "clip_id"]

    def labels(of: Run):
        probabilities = of.predictions.filter(regex="^p_")
        named = of.predictions[keys].astype({"clip_id": str}).assign(label=probabilities.to_numpy().argmax(axis=1))
        return named.sort_values([*keys, "label"], ignore_index=True)

    return labels(run).equals(labels(other))
