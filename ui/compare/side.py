"""Two or more runs of one test side by side, question by question."""

import importlib
from collections.abc import Mapping

import streamlit as st

from ser_core.evaluation.protocols import ALL
from ser_core.figures import comparison, run_titles
from ser_core.figures.marks import marks
from ui import figure, state
from ui.compare import kept, side_tasks, tables, words
from ui.compare.page import Choice
from ui.compare.scores import HONEST, Scored, order_of
from ui.format import headline_text, interval_text, score_text

PANELS = {
    "scores": "Scores",
    "learning": "Learning",
    "mix-ups": "Mix-ups",
    "trust": "Probabilities",
    "people": "Speakers",
    "robustness": "Robustness",
}
"""Question as it stands in the address -> its name; each but the first is a module ``side_<name>``."""
MOST = 6
UAR_HELP = (
    "**Unweighted average recall (UAR):** for each emotion the share of its clips that are named right, then the mean "
    "over the emotions, so that a frequent emotion counts no more than a rare one. The interval is 95% from a "
    "bootstrap over speakers: how far the figure might move with other speakers of the same kind."
)
METRIC_HELP = {
    "accuracy": "Share of all clips that are named right.",
    "macro_f1": "F1 joins recall and precision (how many clips given a name deserve it); mean over the emotions.",
    "top3": "Share of clips whose emotion is among the three most probable answers.",
}
LEAK_WORDS = {"speakers": "other clips of the test speakers", "clips": "altered copies of the test clips"}
_METRICS_A_ROW = 3


def show(chosen: Choice) -> None:
    """The whole view."""
    group, protocol = _group(chosen)
    picked = _models(group)
    panel = state.choice("What to look at", tuple(PANELS), key="show", format_func=PANELS.get, hidden=True)
    if panel == "scores":
        _scores(picked, protocol)
    else:
        module = f"ui.compare.side_{panel.replace('-', '_')}"
        importlib.import_module(module).show(picked, chosen)
    _runs(picked)


def _group(chosen: Choice) -> tuple[dict[str, Scored], str]:
    """The runs of one test: protocol and condition stand in the address."""
    table, heard = chosen.table(), chosen.table(calibrated=True)
    present = [name for name in ALL if name in table or name in heard]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        protocol = state.choice(
            "How the models were tested",
            present,
            key="protocol",
            format_func=lambda name: ALL[name].title,
            help="The protocol: which clips test the model, and what of them its training may know.",
        )
        options = [name for name, found in (("alone", table), ("calibrated", heard)) if protocol in found]
        condition = options[0]
        if len(options) > 1:
            condition = state.choice(
                "What the model knows of the speaker",
                options,
                key="condition",
                format_func={"alone": "Each clip alone", "calibrated": "Speaker calibration"}.get,
                help=(
                    "**Speaker calibration:** before judging, the model hears other clips of the same speaker, without "
                    "being told their emotions, and measures this voice against its own habits."
                ),
            )
    heard_words = " Each speaker's unlabelled clips were heard beforehand." if condition == "calibrated" else ""
    st.caption(f"{ALL[protocol].description}{heard_words} {leak_words(protocol)}")
    return (heard if condition == "calibrated" else table)[protocol], protocol


def leak_words(protocol: str) -> str:
    """What the training may know of the test, in words."""
    leaks = ALL[protocol].leaks
    if not leaks:
        return "No leak: this is the figure to expect for a new voice of the same kind."
    return f"Leak: the training knows {' and '.join(LEAK_WORDS[leak] for leak in leaks)}."


def _models(group: dict[str, Scored]) -> dict[str, Scored]:
    """The runs that are set side by side; the familiar and the best unless others are chosen."""
    if len(group) == 1:
        return group
    looks = marks(group)
    names = state.choices(
        "Models", tuple(group), key="runs", default=usual(group), format_func=lambda name: looks[name].title
    )
    if len(names) > MOST:
        st.caption(f"The first {MOST} of {len(names)} are shown.")
    return {name: group[name] for name in names[:MOST]}


def usual(group: dict[str, Scored]) -> list[str]:
    """Which two of several are set side by side at first: the best, and the most familiar of another family."""
    if len(group) < 2:
        return list(group)
    best = words.ranked(group)[0]
    others = [name for name, each in group.items() if each.entry.model != best.entry.model] or [
        name for name in group if name != best.label
    ]
    return [best.label, min(others, key=lambda name: (order_of(group[name].entry.model), name))]


# scores


def _scores(picked: Mapping[str, Scored], protocol: str) -> None:
    _metrics(picked)
    summaries = {name: each.summary for name, each in picked.items()}
    drawn = kept.drawn(
        "scores",
        picked,
        lambda: comparison.intervals(summaries, title=run_titles.scores_title(summaries, ALL[protocol].title)),
    )
    figure.show(
        drawn,
        name="scores",
        alt="Four scores of each model with 95% intervals: "
        + "; ".join(f"{e.title} {headline_text('UAR', e.summary.uar, e.summary.chance)}" for e in picked.values()),
        data=lambda: tables.summary_rows(picked.values()),
        command=tables.commands(picked),
    )
    if len(picked) > 1:
        significance(picked)
    _emotions(picked)
    side_tasks.show(picked)


def _metrics(picked: Mapping[str, Scored]) -> None:
    """Headline scores of each model, side by side."""
    items = list(picked.values())
    for first in range(0, len(items), _METRICS_A_ROW):
        row = items[first : first + _METRICS_A_ROW]
        for column, each in zip(st.columns(len(row)), row, strict=True):
            summary = each.summary
            with column.container(border=True, height="stretch", gap="small"):
                st.metric(
                    f"{each.title}: average recall (UAR)",
                    score_text(summary.uar.value),
                    help=UAR_HELP,
                    delta=f"95% interval {score_text(summary.uar.low)} to {score_text(summary.uar.high)}, guessing "
                    f"{score_text(summary.chance, digits=3)}",
                    delta_color="off",
                    delta_arrow="off",
                )
                st.caption(
                    f"Accuracy {interval_text(summary.accuracy)} · macro F1 {interval_text(summary.macro_f1)} · among "
                    f"the top 3 {interval_text(summary.top3)}",
                    help="  \n".join(METRIC_HELP.values()),
                )
                st.caption(seeds_words(summary))


def seeds_words(summary) -> str:
    """How much chance in training moves the figure."""
    clips = f"{summary.n_test:,} test clips of {summary.n_speakers} speakers"
    if summary.uar_spread is None:
        return f"{clips}; one seed."
    return (
        f"{clips}; mean over {len(summary.seeds)} seeds, standard deviation {score_text(summary.uar_spread, digits=3)}."
    )


def significance(picked: Mapping[str, Scored]) -> None:
    """Whether the models differ by more than chance, pair by pair."""
    st.subheader(
        "Is the difference real?",
        anchor=False,
        help=(
            "**Paired bootstrap over speakers:** both models are scored on the same speakers drawn again and again; "
            "says whether other speakers of the same kind would give the same order. **McNemar's exact test:** counts "
            "the clips that only one of them gets right. **Holm:** both are corrected for the number of pairs."
        ),
    )
    table = kept.pairs(picked)
    for _, row in table.iterrows():
        st.markdown(f"- {words.significance(row, pairs=len(table))}")
    st.download_button(
        "All tests (CSV)",
        lambda: table.to_csv(index=False).encode(),
        file_name="significance.csv",
        mime="text/csv",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        key="csv-significance",
    )


@st.fragment
def _emotions(picked: Mapping[str, Scored]) -> None:
    st.subheader("Which emotions can they tell?", anchor=False)
    metric = state.choice(
        "Score of an emotion",
        list(comparison.EMOTION_METRICS),
        key="score",
        format_func=comparison.EMOTION_METRICS.get,
        help=(
            "**Recall:** of the clips of an emotion, the share named so.  \n**Precision:** of the clips named so, "
            "the share that are.  \n**F1:** the harmonic mean of both."
        ),
    )
    found = {name: kept.score("per_emotion", each) for name, each in picked.items()}
    drawn = kept.drawn(
        "emotions",
        picked,
        lambda: comparison.per_emotion(found, metric=metric, title=run_titles.emotion_title(found, metric)),
        metric=metric,
    )
    figure.show(
        drawn,
        name="emotions",
        alt=f"{comparison.EMOTION_METRICS[metric]} of each emotion for each model",
        data=lambda: tables.stacked(found),
        command=tables.commands(picked),
    )


# how it was measured


def _runs(picked: Mapping[str, Scored]) -> None:
    with st.expander("How it was measured"):
        for name, protocol in ALL.items():
            heading = f"**{protocol.title}**{' (the default)' if name == HONEST else ''}."
            st.markdown(f"{heading} {protocol.description} {leak_words(name)}")
        st.markdown("**The runs that are shown:**")
        st.dataframe(tables.run_table(picked.values()), hide_index=True)
        st.markdown("With the corpora on this machine, these commands make the runs again:")
        st.code(tables.commands(picked), language="bash", wrap_lines=True)
        st.caption("Add `--out build` to leave the shipped runs in place.")
