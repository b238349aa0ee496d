"""A report of some runs of one test: what the Compare page shows of them, in one file that works offline."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from ser_core import corpora, evaluation
from ser_core.analysis import listeners
from ser_core.errors import ConfigError, SERError
from ser_core.evaluation import full
from ser_core.evaluation.groups import by_group, gap, with_groups
from ser_core.evaluation.protocols import ALL
from ser_core.evaluation.significance import compare_all
from ser_core.experiments.entries import Entry, command
from ser_core.experiments.robustness import scored_robustness
from ser_core.figures import comparison, confusion, degraded, learning, people, run_titles, side_tasks
from ser_core.figures.marks import joined, marks, score_text
from ser_core.reports.blocks import Block, Code, Download, Downloads, Facts, Figure, Heading, Report, Table, Text
from ser_core.reports.names import corpora_words

Score = Callable[[str, Entry], Any]
"""Name of a function of `ser_core.evaluation` that takes a run, and an entry -> the score."""


def direct(kind: str, entry: Entry) -> Any:
    """A score, computed anew."""
    return getattr(evaluation, kind)(entry.part)


def runs_report(chosen: Mapping[str, Entry], *, where: str | None = None, score: Score = direct) -> Report:
    """A report of some runs.

    Parameters
    ----------
    chosen : mapping of str to Entry
        Label, see `ser_core.reports.names.labels` -> entry; all of one test: the same corpora, protocol and
        condition.
    where : str, optional
        What was tested, as shown; the names of the corpora unless given.
    score : callable
        Gives the scores; computed anew unless given.

    Raises
    ------
    ConfigError
        If none is chosen, or they were not tested in the same way.
    """
    first = _first(chosen)
    where = where or corpora_words(first.tested_on)
    looks = marks(chosen)
    summaries = {name: score("summarise", entry) for name, entry in chosen.items()}
    protocol = ALL[first.protocol]
    best = max(summaries, key=lambda name: summaries[name].uar.value)
    uar = summaries[best].uar
    condition = "speaker calibration" if first.calibrated else "each clip alone"
    lead = (
        f"{protocol.title} of {where}, {condition}: the {looks[best].title} reaches an average recall (UAR) of "
        f"{score_text(uar.value)} [{score_text(uar.low)}, {score_text(uar.high)}], guessing "
        f"{score_text(summaries[best].chance, digits=3)}."
    )
    blocks: list[Block] = [*_scores(chosen, summaries, protocol.title), *_significance(chosen, looks)]
    for part in (_emotions, _side_tasks, _mix_ups, _trust, _people, _robustness, _learning):
        blocks += part(chosen, looks, score)
    blocks += _sources(chosen, protocol)
    return Report(title=f"Recognisers on {where}, side by side", lead=lead, blocks=blocks)


def _first(chosen: Mapping[str, Entry]) -> Entry:
    if not chosen:
        raise ConfigError("A report needs at least one run.")
    tests = {(entry.tested_on, entry.protocol, entry.calibrated) for entry in chosen.values()}
    if len(tests) > 1:
        raise ConfigError(
            "A report holds runs of one test (corpus, protocol, condition), got "
            + "; ".join(f"{entry.key}" for entry in chosen.values())
            + ". Make one report for each test."
        )
    return next(iter(chosen.values()))


def _scores(chosen, summaries, title: str) -> list[Block]:
    looks = marks(chosen)
    rows = [
        [
            looks[name].title,
            *(_interval(getattr(summary, metric)) for metric in comparison.METRICS),
            "one seed" if summary.uar_spread is None else score_text(summary.uar_spread, digits=3),
            f"{summary.n_test:,}",
            summary.n_speakers,
        ]
        for name, summary in summaries.items()
    ]
    columns = ["Model", *comparison.METRICS.values(), "Spread over seeds", "Clips", "Speakers"]
    drawn = comparison.intervals(summaries, title=run_titles.scores_title(summaries, title))
    first = next(iter(summaries.values()))
    return [
        Heading("Scores"),
        Facts([(f"{looks[name].title}, UAR", _interval(each.uar)) for name, each in summaries.items()]),
        Text(f"Guessing reaches {score_text(first.chance, digits=3)}. {ALL[_first(chosen).protocol].description}"),
        Figure(drawn),
        Table(columns, rows, "Scores with 95% intervals from a bootstrap over speakers."),
    ]


def _significance(chosen, looks) -> list[Block]:
    if len(chosen) < 2:
        return []
    table = compare_all({name: full(entry.part) for name, entry in chosen.items()})
    shown = table.assign(
        first=[looks[name].title for name in table["first"]], second=[looks[name].title for name in table["second"]]
    )
    return [
        Heading("Is the difference real?"),
        Text(
            "Difference in UAR, first minus second, with a 95% interval and p from a paired bootstrap over speakers; "
            "clips that only one gets right, with McNemar's exact test. Corrected for the number of pairs by Holm's "
            "method. Fewer than six speakers allow no p over speakers."
        ),
        Table.of(shown.round(4), "Every pair of models."),
    ]


def _emotions(chosen, looks, score: Score) -> list[Block]:
    found = {name: score("per_emotion", entry) for name, entry in chosen.items()}
    drawn = comparison.per_emotion(found, metric="recall", title=run_titles.emotion_title(found, "recall"))
    return [Heading("Emotions"), Figure(drawn, numbers=_stacked(found).round(4))]


def _side_tasks(chosen, looks, score: Score) -> list[Block]:
    found = {name: score("side_tasks", entry) for name, entry in chosen.items()}
    found = {name: table for name, table in found.items() if table is not None and len(table)}
    if not found:
        return []
    return [
        Heading("What they hear besides the emotion"),
        Text(
            "Sex and intensity: the share named right of each class, and their mean (UAR); intensity is not asked of "
            "emotions that a corpus has in one intensity only. Valence, arousal and dominance: Lin's concordance "
            "correlation (CCC) with the ratings."
        ),
        Figure(side_tasks.side_tasks(found), numbers=_stacked(found).round(4)),
    ]


def _mix_ups(chosen, looks, score: Score) -> list[Block]:
    blocks: list[Block] = [Heading("What they mix up")]
    for name, entry in chosen.items():
        matrix = score("confusion", entry)
        title = run_titles.confusion_title(looks[name].title, matrix)
        numbers = pd.DataFrame(matrix.counts.round(1), columns=matrix.labels)
        numbers.insert(0, "emotion", matrix.labels)
        blocks.append(Figure(confusion.confusion_matrix(matrix, title=title), numbers=numbers))
    return blocks


def _trust(chosen, looks, score: Score) -> list[Block]:
    found = {name: score("calibration", entry) for name, entry in chosen.items()}
    curves = {name: score("coverage", entry) for name, entry in chosen.items()}
    return [
        Heading("Whether their probabilities can be believed"),
        Figure(
            comparison.reliability(found, title=run_titles.reliability_title(found)),
            numbers=_stacked({name: each.bins for name, each in found.items()}).round(4),
        ),
        Figure(
            comparison.coverage_curves(curves, title=run_titles.coverage_title(curves)),
            numbers=_stacked(curves).round(4),
        ),
    ]


def _people(chosen, looks, score: Score) -> list[Block]:
    found = {name: score("per_speaker", entry) for name, entry in chosen.items()}
    chance = score("summarise", _first(chosen)).chance
    drawn = people.per_speaker(found, chance=chance, title=run_titles.speakers_title(found))
    blocks: list[Block] = [Heading("Speakers and groups"), Figure(drawn, numbers=_stacked(found).round(4))]
    manifest = _manifest(_first(chosen).tested_on)
    known = {name: with_groups(full(entry.part), manifest) for name, entry in chosen.items()}
    for by in ("sex", "age"):
        tables = {name: by_group(table, by) for name, table in known.items()}
        if all(len(table) > 1 for table in tables.values()):
            gaps = {name: gap(table, by) for name, table in known.items()}
            drawn = people.groups(tables, title=run_titles.groups_title(gaps, by))
            blocks.append(Figure(drawn, numbers=_stacked(tables).round(4)))
    if listeners.has_votes(manifest):
        heard = listeners.agreement(listeners.votes(manifest)).iloc[0]
        interval = evaluation.Interval(heard["agreement"], heard["low"], heard["high"])
        blocks.append(Text(f"Raters who heard the voice alone reach an average recall of {_interval(interval)}."))
    return blocks


def _robustness(chosen, looks, score: Score) -> list[Block]:
    of = {name: scored_robustness(entry.run.folder, corpus=entry.corpus) for name, entry in chosen.items()}
    found = {joined(name, way): table for name, ways in of.items() for way, table in ways.items()}
    if not found:
        return []
    drawn = degraded.robustness(found, title=run_titles.robustness_title(found))
    shown: list[Block] = [Heading("Worse recordings"), Figure(drawn, numbers=_stacked(found).round(4))]
    if any(entry.calibrated for entry in chosen.values()):
        shown.append(Text(degraded.enrolled_words(served=any(way for ways in of.values() for way in ways))))
    return shown


def _learning(chosen, looks, score: Score) -> list[Block]:
    folds = {name: score("learning_curve", entry) for name, entry in chosen.items()}
    curves = {name: evaluation.curve_summary(table) for name, table in folds.items()}
    if max(map(len, curves.values())) < 2:
        return []
    first = score("summarise", _first(chosen))
    drawn = learning.learning_curves(
        curves, folds, chance=first.chance, n_test=first.n_test, title=run_titles.learning_title(curves)
    )
    return [Heading("How they learn"), Figure(drawn, numbers=_stacked(folds).round(4))]


def _sources(chosen, protocol) -> list[Block]:
    runs = {entry.run.id: entry.run for entry in chosen.values()}
    configs = {name: {**run.config.to_dict(), "hash": run.config.hash} for name, run in runs.items()}
    facts = pd.DataFrame(
        [
            {
                "run": name,
                "configuration": run.config.hash,
                "seeds": ", ".join(map(str, run.config.seeds)),
                "finished": str(run.environment.get("finished", ""))[:10],
                "machine": f"{run.environment.get('architecture', '')}, {run.environment.get('cores', '?')} cores",
            }
            for name, run in runs.items()
        ]
    )
    files = [
        Download("configurations.json", json.dumps(configs, indent=2), "application/json"),
        Download(
            "environments.json",
            json.dumps({name: run.environment for name, run in runs.items()}, indent=2),
            "application/json",
        ),
        *(Download(f"{entry.key.replace('@', '-')}-predictions.csv", _predictions(entry)) for entry in chosen.values()),
    ]
    return [
        Heading("How it was measured"),
        Text(f"{protocol.title}: {protocol.description}"),
        Table.of(facts, "The runs."),
        Text("With the corpora at hand, these commands make the runs again:"),
        Code("\n".join(dict.fromkeys(command(entry.run.config, name=entry.run.id) for entry in chosen.values()))),
        Text("Configurations, environments and every single answer, to take out of this file:"),
        Downloads(files),
    ]


def _predictions(entry: Entry) -> str:
    """Answers of an entry as CSV; probabilities to four digits."""
    table = full(entry.part)
    columns = [name for name in table if name != "fraction"]
    return table[columns].to_csv(index=False, float_format="%.4f")


def _manifest(names: tuple[str, ...]) -> pd.DataFrame:
    """What is known of the clips of some corpora."""
    tables = []
    for name in names:
        try:
            corpus = corpora.get(name)
            tables.append(corpus.shipped_manifest() if corpus.manifest_file().is_file() else corpus.manifest())
        except SERError:
            continue
    return pd.concat(tables, ignore_index=True) if tables else corpora.as_manifest(pd.DataFrame())


def _interval(found) -> str:
    if found.value != found.value:
        return "not known"
    return f"{score_text(found.value)} [{score_text(found.low)}, {score_text(found.high)}]"


def _stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table.assign(model=name) for name, table in tables.items()], ignore_index=True)
