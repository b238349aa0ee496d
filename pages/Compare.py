"""Compare: which model should I trust? The answer in words, then the evidence, then how it was measured."""

import pandas as pd
import streamlit as st

from ser_core.evaluation import PROTOCOLS, curve_summary
from ser_core.figures import comparison, confusion, headline, learning
from ui import cached, compare, compare_titles, empty, figure, shell, state
from ui.format import headline_text, interval_text, score_text

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


def main() -> None:
    """The page."""
    shell.page(title="Compare", question=shell.COMPARE.question, icon=shell.COMPARE.icon)
    table = compare.entries()
    if not table:
        empty.no_runs()
        return
    st.markdown(compare.answer(table))
    for words in (compare.calibration_words(compare.entries(calibrated=True)), compare.warning(table)):
        if words:
            st.markdown(words)
    scores = compare.leak_scores(table)
    figure.show(
        headline.headline(scores, title=compare.leak_title(table)),
        name="leak",
        alt="Average recall of each model under each protocol with 95% intervals",
        data=lambda: compare.leak_rows(table),
        command="\n".join(compare.commands(models) for models in table.values()),
    )
    chosen, protocol = pick(table)
    metrics(chosen, protocol)
    learning_section(chosen)
    confusion_section(chosen)
    emotion_section(chosen)
    protocols_section()
    runs_section(chosen)


def pick(table: dict) -> tuple[dict, str]:
    """Protocol and condition that the rest of the page shows; both stand in the address."""
    st.header("The evidence", anchor=False)
    columns = st.columns([3, 2], vertical_alignment="bottom")
    with columns[0]:
        protocol = state.choice(
            "How the models were tested",
            [name for name in PROTOCOLS if name in table],
            key="protocol",
            format_func=lambda name: PROTOCOLS[name].title,
            help="The protocol: which clips test the model, and what of them its training may know.",
        )
    calibrated = compare.entries(calibrated=True).get(protocol, {})
    condition = "alone"
    if calibrated:
        with columns[1]:
            condition = state.choice(
                "What the model knows of the speaker",
                ["alone", "calibrated"],
                key="condition",
                format_func={"alone": "Each clip alone", "calibrated": "Speaker calibration"}.get,
                help=(
                    "**Speaker calibration:** before judging, the model hears other clips of the same speaker, without "
                    "being told their emotions, and measures this voice against its own habits."
                ),
            )
    heard = " Each speaker's unlabelled clips were heard beforehand." if condition == "calibrated" else ""
    st.caption(f"{PROTOCOLS[protocol].description}{heard} {leak_words(protocol)}")
    return (calibrated if condition == "calibrated" else table[protocol]), protocol


def leak_words(protocol: str) -> str:
    """What the training may know of the test, in words."""
    leaks = PROTOCOLS[protocol].leaks
    if not leaks:
        return "No leak: this is the figure to expect for a new voice of the same kind."
    return f"Leak: the training knows {' and '.join(LEAK_WORDS[leak] for leak in leaks)}."


def metrics(chosen: dict, protocol: str) -> None:
    """Headline scores of each model, side by side."""
    for column, entry in zip(st.columns(len(chosen)), chosen.values(), strict=True):
        summary = entry.summary
        with column.container(border=True, height="stretch", gap="small"):
            st.metric(
                f"{entry.title}: average recall (UAR)",
                score_text(summary.uar.value),
                help=UAR_HELP,
                delta=f"95% interval {score_text(summary.uar.low)} to {score_text(summary.uar.high)}, guessing "
                f"{score_text(summary.chance, digits=3)}",
                delta_color="off",
                delta_arrow="off",
            )
            st.caption(
                f"Accuracy {interval_text(summary.accuracy)} · macro F1 {interval_text(summary.macro_f1)} · among the "
                f"top 3 {interval_text(summary.top3)}",
                help="  \n".join(METRIC_HELP.values()),
            )
            st.caption(seeds_words(summary))
    figure.show(
        comparison.intervals(
            {name: entry.summary for name, entry in chosen.items()},
            title=compare_titles.scores_title(chosen, PROTOCOLS[protocol].title),
        ),
        name="scores",
        alt="Four scores of each model with 95% intervals: "
        + "; ".join(f"{e.title} {headline_text('UAR', e.summary.uar, e.summary.chance)}" for e in chosen.values()),
        data=lambda: compare.summary_rows(chosen.values()),
        command=compare.commands(chosen),
    )


def seeds_words(summary) -> str:
    """How much chance in training moves the figure."""
    clips = f"{summary.n_test:,} test clips of {summary.n_speakers} speakers"
    if summary.uar_spread is None:
        return f"{clips}; one seed."
    return (
        f"{clips}; mean over {len(summary.seeds)} seeds, standard deviation {score_text(summary.uar_spread, digits=3)}."
    )


def learning_section(chosen: dict) -> None:
    """Learning curves over training clips, epoch curves, grid search."""
    st.subheader("How do they learn?", anchor=False)
    folds = {name: cached.score("learning_curve", entry.run) for name, entry in chosen.items()}
    summaries = {name: curve_summary(curve) for name, curve in folds.items()}
    first = next(iter(chosen.values())).summary
    if max(len(curve) for curve in summaries.values()) > 1:
        figure.show(
            learning.learning_curves(
                summaries,
                folds,
                chance=first.chance,
                n_test=first.n_test,
                title=compare_titles.learning_title(summaries),
            ),
            name="learning-curves",
            alt="Average recall over the number of training clips",
            data=lambda: compare.stacked(folds),
            command=compare.commands(chosen),
        )
    else:
        st.caption("No learning curve: these runs trained on all clips only. `--learning-curve` adds smaller sizes.")
    for name, entry in chosen.items():
        history = entry.run.history
        history = history[history["fraction"] == 1.0]
        if history.empty:
            grid_section(entry)
        else:
            epoch_section(entry, history, n_train=int(summaries[name]["n_train"].max()))


def grid_section(entry: compare.Entry) -> None:
    """What a model that knows no epochs tried instead."""
    with st.expander(f"The {entry.title} has no epochs: it is fitted in one go. What its grid search tried"):
        grid = compare.grid_table(entry.run)
        if grid.empty:
            st.caption("This run keeps no grid-search table.")
            return
        st.caption(
            "Every combination was tried within the training clips only, on inner folds. Average recall (UAR) is the "
            "mean over the trainings of this run, spread their standard deviation; chosen counts the trainings that "
            "took the combination."
        )
        st.dataframe(grid, hide_index=True, column_config=score_columns(grid))


def epoch_section(entry: compare.Entry, history: pd.DataFrame, *, n_train: int) -> None:
    """Loss and accuracy over epochs, side by side."""
    titles = {
        "loss": compare_titles.loss_title(entry.title, history),
        "accuracy": compare_titles.accuracy_title(entry.title, history),
    }
    for column, (metric, title) in zip(st.columns(2), titles.items(), strict=True):
        with column:
            figure.show(
                learning.epoch_curves(history, metric=metric, n_train=n_train, title=title),
                name=f"{metric}-{entry.model}",
                alt=f"{metric.capitalize()} of the {entry.title} on training and validation clips over epochs",
                data=lambda: history,
                command=compare.command(entry.run),
            )
    if history["accuracy"].mean() < history["val_accuracy"].mean():
        st.caption(
            "Training looks harder than validation because it is: the network learns from clips that are altered on "
            "purpose (augmentation), and is validated on clips as they are."
        )


@st.fragment
def confusion_section(chosen: dict) -> None:
    """Confusion matrices side by side, on one scale."""
    st.subheader("What do they mix up?", anchor=False)
    shown = state.choice(
        "A cell shows",
        list(confusion.SHOWN),
        key="cells",
        format_func=str.capitalize,
        help="  \n".join(f"**{name.capitalize()}:** {meaning}" for name, (_, meaning, _) in confusion.SHOWN.items()),
    )
    found = {name: cached.score("confusion", entry.run) for name, entry in chosen.items()}
    top = max(matrix.counts.max() for matrix in found.values()) if shown == "counts" else 1.0
    items = list(found.items())
    for pair in (items[i : i + 2] for i in range(0, len(items), 2)):
        for column, (name, matrix) in zip(st.columns(2), pair, strict=False):
            with column:
                figure.show(
                    confusion.confusion_matrix(
                        matrix, shown=shown, title=compare_titles.confusion_title(chosen[name].title, matrix), top=top
                    ),
                    name=f"confusion-{name}",
                    alt=f"Confusion matrix of the {chosen[name].title}",
                    data=lambda matrix=matrix: pd.DataFrame(
                        matrix.counts, index=matrix.labels, columns=matrix.labels
                    ).reset_index(names="emotion"),
                    command=compare.command(chosen[name].run),
                )


@st.fragment
def emotion_section(chosen: dict) -> None:
    """Scores of each emotion, and whether probabilities hold."""
    left, right = st.columns(2)
    with left:
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
        tables = {name: cached.score("per_emotion", entry.run) for name, entry in chosen.items()}
        figure.show(
            comparison.per_emotion(tables, metric=metric, title=compare_titles.emotion_title(tables, metric)),
            name="emotions",
            alt=f"{comparison.EMOTION_METRICS[metric]} of each emotion for each model",
            data=lambda: compare.stacked(tables),
            command=compare.commands(chosen),
        )
    with right:
        st.subheader(
            "Can their probabilities be believed?",
            anchor=False,
            help=(
                "**Calibration:** of all answers given with a probability of .7, seven in ten should be right. The "
                "expected calibration error (ECE) is the mean gap, weighted by answers."
            ),
        )
        st.caption(
            "A model that says .7 should be right in seven of ten such answers. Above the dotted line it is too "
            "modest, below it too sure of itself."
        )
        found = {name: cached.score("calibration", entry.run) for name, entry in chosen.items()}
        figure.show(
            comparison.reliability(found, title=compare_titles.reliability_title(found)),
            name="reliability",
            alt="Share of right answers over stated probability",
            data=lambda: compare.stacked({name: each.bins for name, each in found.items()}),
            command=compare.commands(chosen),
        )


def protocols_section() -> None:
    """The protocols and the leak that each allows."""
    st.subheader("How is it measured?", anchor=False)
    for column, protocol in zip(st.columns(len(PROTOCOLS)), PROTOCOLS.values(), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{protocol.title}**", help=f"In commands and files: `{protocol.name}`")
            st.markdown(protocol.description)
            if protocol.leaks:
                st.badge("Leaks " + " and ".join(protocol.leaks), icon=":material/warning:", color="orange")
            else:
                st.badge("No leak", icon=":material/verified:", color="green")


def runs_section(chosen: dict) -> None:
    """Which runs the page shows and how to make them again."""
    with st.expander("The runs behind these figures, and how to make them again", icon=":material/terminal:"):
        st.dataframe(compare.run_table(chosen.values()), hide_index=True)
        st.markdown("With the corpus on this machine, these commands make the runs again:")
        st.code(compare.commands(chosen), language="bash", wrap_lines=True)
        st.caption("Add `--out build` to leave the shipped runs in place.")


def score_columns(table: pd.DataFrame) -> dict:
    """Two digits for scores."""
    scores = ("Average recall", "Spread")
    return {name: st.column_config.NumberColumn(format="%.3f") for name in scores if name in table}


main()
