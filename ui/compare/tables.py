"""Tables about runs: to show, and to take away."""

import json
from collections.abc import Iterable, Mapping

import pandas as pd

from ser_core.evaluation.protocols import ALL
from ser_core.experiments import entries
from ser_core.figures.marks import MARKS, TITLES, family_title, score_text
from ser_core.reports.names import corpora_words
from ui.compare.scores import Scored, latency_ms
from ui.format import bytes_text, seconds_text


def command(run) -> str:
    """The command line that makes a run again."""
    return entries.command(run.config, name=run.id)


def commands(chosen: Mapping[str, Scored]) -> str:
    """The command lines that make several runs again, one a line."""
    return "\n".join(dict.fromkeys(command(each.run) for each in chosen.values()))


def leak_rows(table: Mapping[str, Mapping[str, Scored]]) -> pd.DataFrame:
    """Headline scores of all protocols as rows, for download."""
    parts = [summary_rows(models.values()).assign(protocol=protocol) for protocol, models in table.items()]
    return pd.concat(parts, ignore_index=True)


def leaderboard(found: Iterable[Scored]) -> pd.DataFrame:
    """One row for each entry, best first; index: the entry's key.

    Unknown costs are None. ``Test`` and ``Knows the speaker`` say how it was measured.
    """
    rows = []
    for each in sorted(found, key=lambda e: (-e.summary.uar.value, e.entry.key)):
        summary, cost, entry = each.summary, each.row.cost, each.entry
        latency = latency_ms(entry)
        rows.append(
            {
                "key": entry.key,
                "UAR": summary.uar.value,
                "Model": each.title,
                "95% interval": f"{score_text(summary.uar.low)} to {score_text(summary.uar.high)}",
                "Guessing": summary.chance,
                "Seeds": len(summary.seeds),
                "Spread over seeds": summary.uar_spread,
                "Accuracy": summary.accuracy.value,
                "Macro F1": summary.macro_f1.value,
                "Top 3": summary.top3.value,
                "ECE": each.row.ece,
                "Surer half right": each.row.accuracy_at_half,
                "Worst speaker": each.row.worst_uar,
                "Test": ALL[entry.protocol].title,
                "Knows the speaker": "calibrated" if entry.calibrated else "each clip alone",
                "Trained on": "each other corpus"
                if entry.protocol == "cross-corpus"
                else corpora_words(entry.trained_on),
                "Tested on": corpora_words(entry.tested_on),
                "Clips": summary.n_test,
                "Speakers": summary.n_speakers,
                "Training of a fold (s)": cost.fold_seconds,
                "Parameters": cost.parameters,
                "Model file (MB)": None if cost.model_bytes is None else cost.model_bytes / 1e6,
                "3 s clip (ms)": latency,
                "Run": entry.run.id,
            }
        )
    return pd.DataFrame(rows).set_index("key") if rows else pd.DataFrame()


def grid_table(run) -> pd.DataFrame:
    """The grid search of a run, best first; empty where there is none.

    One row for each combination of parameters: its average recall on inner folds (mean and spread over the trainings
    of the run) and how often it was chosen.
    """
    full = run.trainings[run.trainings["fraction"] == 1.0]
    found = [info for info in map(json.loads, full["info"]) if info.get("grid")]
    if not found or not found[0].get("best"):
        return pd.DataFrame()
    # What some families try is a list or nothing at all: shown as it would be written.
    shown = [[{name: _plain(value) for name, value in row.items()} for row in info["grid"]] for info in found]
    table = pd.DataFrame([row for rows in shown for row in rows])
    parameters = [name for name in found[0]["best"] if name in table]
    if not parameters or "uar" not in table:
        return pd.DataFrame()
    best = pd.DataFrame([{name: _plain(info["best"][name]) for name in parameters} for info in found])
    chosen = best.groupby(parameters, dropna=False).size().rename("Chosen")
    grouped = table.groupby(parameters, dropna=False)["uar"]
    scores = grouped.agg(**{"Average recall": "mean", "Spread": "std"})
    rows = scores.join(chosen).fillna({"Chosen": 0}).astype({"Chosen": int})
    rows = rows.sort_values("Average recall", ascending=False).reset_index()
    # A column of numbers and text (300, 1000, None) cannot be sent to a browser.
    mixed = [name for name in parameters if rows[name].dtype == object]
    return rows.astype(dict.fromkeys(mixed, str))


def weight_table(run) -> pd.DataFrame:
    """Members of an ensemble or committee and what each weighs, the heaviest first; empty for other runs.

    Members are runs, or families as readers know them; their weight is the mean over the trainings on all clips.
    """
    full = run.trainings[run.trainings["fraction"] == 1.0]
    found = pd.DataFrame([info["weights"] for info in map(json.loads, full["info"]) if info.get("weights")])
    if found.empty:
        return found
    weights = found.agg(["mean", "std"]).T.reset_index()
    weights.columns = ["Member", "Weight", "Spread"]
    weights["Member"] = [family_title(name) if name in MARKS or name in TITLES else name for name in weights["Member"]]
    return weights.sort_values("Weight", ascending=False, kind="stable", ignore_index=True)


def _plain(value):
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def run_table(chosen: Iterable[Scored]) -> pd.DataFrame:
    """What each run was: folds, seeds, time and machine."""
    rows = []
    for each in chosen:
        full = each.run.trainings
        full = full[full["fraction"] == 1.0]
        environment, cost = each.run.environment, each.row.cost
        latency = latency_ms(each.entry)
        rows.append(
            {
                "Run": each.run.id,
                "Test clips": each.summary.n_test,
                "Folds": full["fold"].nunique(),
                "Seeds": len(each.summary.seeds),
                "Training, one fold": seconds_text(float(full["seconds"].median())),
                "Training, all": seconds_text(cost.total_seconds),
                "Parameters": "" if cost.parameters is None else f"{cost.parameters:,}",
                "Model file": "" if cost.model_bytes is None else bytes_text(cost.model_bytes),
                "3 s clip": "" if latency is None else f"{latency:.0f} ms",
                "Machine": f"{environment.get('architecture', 'unknown')}, {environment.get('cores', '?')} cores",
                "Finished": str(environment.get("finished", ""))[:10],
                "Configuration": each.run.config.hash,
            }
        )
    return pd.DataFrame(rows)


def summary_rows(chosen: Iterable[Scored]) -> pd.DataFrame:
    """Headline scores with intervals as rows, for download."""
    return pd.DataFrame(
        [
            {
                "run": each.run.id,
                "tested_on": "+".join(each.entry.tested_on),
                "model": each.entry.model,
                "metric": metric,
                "value": interval.value,
                "low": interval.low,
                "high": interval.high,
                "chance_uar": each.summary.chance,
                "n_test": each.summary.n_test,
            }
            for each in chosen
            for metric in ("uar", "accuracy", "macro_f1", "top3")
            for interval in [getattr(each.summary, metric)]
        ]
    )


def stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of several models as one, with the model in the first column, for download."""
    return pd.concat([table.assign(model=name) for name, table in tables.items()], ignore_index=True)
