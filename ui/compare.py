"""What the Compare page and the front page say about the shipped runs: the words, computed from the scores."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from ser_core.evaluation import PROTOCOLS, Summary
from ser_core.figures.headline import Score
from ser_core.figures.marks import marks
from ui import cached
from ui.format import headline_text, interval_text, score_text, seconds_text

HONEST = "speaker-independent"
#: Order in which a reader meets the protocols: from what is often published to what counts.
TOLD = ("leaky", "random", HONEST)


@dataclass(frozen=True)
class Entry:
    """One run with its headline scores."""

    run: object
    summary: Summary

    @property
    def model(self) -> str:
        """Name of the model family."""
        return self.run.config.model

    @property
    def title(self) -> str:
        """Name of the model family as shown."""
        return marks([self.model])[self.model].title


def entries(*, corpus: str | None = None, calibrated: bool = False) -> dict[str, dict[str, Entry]]:
    """The runs that are here with their scores: protocol -> model family -> entry.

    Parameters
    ----------
    corpus : str, optional
        Only runs on this corpus; on the first that has any unless given.
    calibrated : bool
        Runs with or without speaker calibration; the two are never mixed.
    """
    found = [run for run in cached.runs() if run.config.speaker_calibration == calibrated]
    corpus = corpus or next((run.config.corpus for run in found), None)
    order = list(marks(["svm", "cnn"]))  # The familiar model first, whatever the names of the folders.
    chosen = [run for run in found if run.config.corpus == corpus]
    chosen.sort(key=lambda run: order.index(run.config.model) if run.config.model in order else len(order))
    table: dict[str, dict[str, Entry]] = {name: {} for name in PROTOCOLS}
    for run in chosen:
        table[run.config.protocol][run.config.model] = Entry(run, cached.score("summarise", run))
    return {protocol: models for protocol, models in table.items() if models}


def command(run) -> str:
    """The command line that makes a run again."""
    config = run.config
    parts = [f"python -m ser_core train {config.model} --corpus {config.corpus} --protocol {config.protocol}"]
    if config.seeds != (0,):
        parts.append(f"--seeds {' '.join(map(str, config.seeds))}")
    if config.fractions:
        parts.append("--learning-curve")
    if config.speaker_calibration:
        parts.append("--speaker-calibration")
    return " ".join(parts)


def commands(chosen: Mapping[str, Entry]) -> str:
    """The command lines that make several runs again, one a line."""
    return "\n".join(command(entry.run) for entry in chosen.values())


def leak_scores(table: Mapping[str, Mapping[str, Entry]]) -> list[Score]:
    """The scores of all protocols for the figure of the leak, most flattering protocol first."""
    told = [*TOLD, *(name for name in table if name not in TOLD)]
    return [
        Score(
            model=name,
            protocol=protocol,
            protocol_title=PROTOCOLS[protocol].title,
            interval=entry.summary.uar,
            chance=entry.summary.chance,
            n_test=entry.summary.n_test,
        )
        for protocol in told
        for name, entry in table.get(protocol, {}).items()
    ]


def leak_title(table: Mapping[str, Mapping[str, Entry]]) -> str:
    """The leak in one line, from the model that has most protocols: "The same SVM: .97 leaky, .81 random clips..."."""
    words = {"leaky": "when copies leak", "random": "on random clips", HONEST: "on voices it never heard"}
    models = [name for protocol in table.values() for name in protocol]
    if not models:
        return ""
    name = max(dict.fromkeys(models), key=lambda model: sum(model in protocol for protocol in table.values()))
    parts = [
        f"{score_text(table[protocol][name].summary.uar.value)} {words.get(protocol, protocol)}"
        for protocol in TOLD
        if name in table.get(protocol, {})
    ]
    return f"The same {marks([name])[name].title}: {', '.join(parts)}"


def leak_words(table: Mapping[str, Mapping[str, Entry]]) -> str:
    """What the figure of the leak means, for who reads one sentence only (Markdown)."""
    honest = ranked(table.get(HONEST, {}))
    if not honest:
        return "None of these figures was measured on voices that the models had never heard; they promise too much."
    best = honest[0]
    return (
        "Many published figures let clips of the test speakers, or even altered copies of the test clips, into the "
        "training. The model then recognises voices and recordings rather than emotions. On voices it never heard, "
        f"the best model here reaches {headline_text('UAR', best.summary.uar, best.summary.chance)} "
        f"({best.title}). That is the figure to expect."
    )


def leak_rows(table: Mapping[str, Mapping[str, Entry]]) -> pd.DataFrame:
    """Headline scores of all protocols as rows, for download."""
    return pd.concat(
        [summary_rows(models.values()).assign(protocol=protocol) for protocol, models in table.items()],
        ignore_index=True,
    )


def ranked(chosen: Mapping[str, Entry]) -> list[Entry]:
    """Entries by average recall, best first."""
    return sorted(chosen.values(), key=lambda entry: -entry.summary.uar.value)


def answer(table: Mapping[str, Mapping[str, Entry]]) -> str:
    """Which model to trust, in words (Markdown), from the runs on unseen speakers."""
    honest = ranked(table.get(HONEST, {}))
    if not honest:
        return (
            "**None yet.** No run here was tested on speakers the model had never heard, and figures of any other kind "
            "say little about a new voice."
        )
    best, *others = honest
    summary = best.summary
    lines = [
        f"On {summary.n_speakers} speakers it had never heard, the {best.title} finds the right emotion in "
        f"**{score_text(summary.uar.value)}** of the clips, averaged over the emotions "
        f"(95% interval {score_text(summary.uar.low)} to {score_text(summary.uar.high)}); "
        f"guessing finds {score_text(summary.chance, digits=3)}."
    ]
    if others:
        second = others[0]
        apart = summary.uar.low > second.summary.uar.high
        lines.insert(0, f"**The {best.title}{'' if apart else ', by a margin that may be luck'}.**")
        lines.append(
            f"The {second.title} reaches {interval_text(second.summary.uar)}. "
            + (
                "The intervals do not overlap: the difference is larger than the choice of speakers explains."
                if apart
                else "The intervals overlap, so these speakers alone do not settle which is better."
            )
        )
    else:
        lines.insert(0, f"**The {best.title}** is the only one tested so.")
    return " ".join(lines)


def calibration_words(table: Mapping[str, Mapping[str, Entry]]) -> str:
    """What speaker calibration brings on unseen speakers (Markdown); empty where no run tells.

    Parameters
    ----------
    table : mapping
        Entries of the runs with speaker calibration.
    """
    honest = ranked(table.get(HONEST, {}))
    if not honest:
        return ""
    best = honest[0]
    return (
        f"If the {best.title} may first listen to a speaker's other clips, without being told their emotions (speaker "
        f"calibration), it reaches {interval_text(best.summary.uar)}."
    )


def warning(table: Mapping[str, Mapping[str, Entry]]) -> str:
    """What a leak pretends, in words (Markdown); empty where no leaky or random run is here to show it."""
    honest = table.get(HONEST, {})
    for protocol, why in (
        ("leaky", "when altered copies of the test clips are in its training"),
        ("random", "when other clips of the same speakers are in its training"),
    ):
        shared = [name for name in table.get(protocol, {}) if name in honest]
        if shared:
            name = shared[0]
            return (
                f"**Do not trust a figure without its test.** The same {honest[name].title} seems to reach "
                f"**{score_text(table[protocol][name].summary.uar.value)}** {why}."
            )
    return ""


def grid_table(run) -> pd.DataFrame:
    """The grid search of a run, best first; empty where there is none.

    One row for each combination of parameters: its average recall on inner folds (mean and spread over the trainings
    of the run) and how often it was chosen.
    """
    full = run.trainings[run.trainings["fraction"] == 1.0]
    found = [info for info in map(json.loads, full["info"]) if "grid" in info]
    if not found:
        return pd.DataFrame()
    table = pd.DataFrame([row for info in found for row in info["grid"]])
    parameters = list(found[0]["best"])
    chosen = pd.DataFrame([info["best"] for info in found]).value_counts(parameters).rename("Chosen")
    scores = table.groupby(parameters)["uar"].agg(**{"Average recall": "mean", "Spread": "std"})
    rows = scores.join(chosen).fillna({"Chosen": 0}).astype({"Chosen": int})
    return rows.sort_values("Average recall", ascending=False).reset_index()


def run_table(chosen: Iterable[Entry]) -> pd.DataFrame:
    """What each run was: folds, seeds, time and machine."""
    rows = []
    for entry in chosen:
        trainings = entry.run.trainings
        full = trainings[trainings["fraction"] == 1.0]
        environment = entry.run.environment
        rows.append(
            {
                "Run": entry.run.id,
                "Test clips": entry.summary.n_test,
                "Folds": full["fold"].nunique(),
                "Seeds": len(entry.summary.seeds),
                "Training, one fold": seconds_text(float(full["seconds"].median())),
                "Machine": f"{environment.get('architecture', 'unknown')}, {environment.get('cores', '?')} cores",
                "Finished": str(environment.get("finished", ""))[:10],
                "Configuration": entry.run.config.hash,
            }
        )
    return pd.DataFrame(rows)


def summary_rows(chosen: Iterable[Entry]) -> pd.DataFrame:
    """Headline scores with intervals as rows, for download."""
    return pd.DataFrame(
        [
            {
                "run": entry.run.id,
                "model": entry.model,
                "metric": metric,
                "value": interval.value,
                "low": interval.low,
                "high": interval.high,
                "chance_uar": entry.summary.chance,
                "n_test": entry.summary.n_test,
            }
            for entry in chosen
            for metric in ("uar", "accuracy", "macro_f1", "top3")
            for interval in [getattr(entry.summary, metric)]
        ]
    )


def stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of several models as one, with the model in the first column, for download."""
    return pd.concat([table.assign(model=name) for name, table in tables.items()], ignore_index=True)
