"""How do they learn? With more clips, over epochs, by grid search."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ser_core import corpora
from ser_core.evaluation import curve_summary
from ser_core.figures import enrolment, learning, run_titles
from ser_core.figures.marks import score_text
from ui import figure
from ui.compare import kept, tables
from ui.compare.page import Choice
from ui.compare.scores import Scored


def show(picked: Mapping[str, Scored], chosen: Choice) -> None:
    """The whole panel."""
    folds = {name: kept.score("learning_curve", each) for name, each in picked.items()}
    summaries = {name: curve_summary(curve) for name, curve in folds.items()}
    first = next(iter(picked.values())).summary
    if max(len(curve) for curve in summaries.values()) > 1:
        drawn = kept.drawn(
            "learning",
            picked,
            lambda: learning.learning_curves(
                summaries,
                folds,
                chance=first.chance,
                n_test=first.n_test,
                title=run_titles.learning_title(summaries),
            ),
        )
        figure.show(
            drawn,
            name="learning-curves",
            alt="Average recall over the number of training clips",
            data=lambda: tables.stacked(folds),
            command=tables.commands(picked),
        )
    else:
        st.caption("No learning curve: these runs trained on all clips only. `--learning-curve` adds smaller sizes.")
    _over_speakers(picked)
    _over_clips_of_a_voice(picked)
    for name, each in picked.items():
        history = each.run.history
        history = history[history["fraction"] == 1.0]
        if history.empty:
            _grid(each)
        else:
            _epochs(name, each, history, n_train=int(summaries[name]["n_train"].max()))


def _over_speakers(picked: Mapping[str, Scored]) -> None:
    """Learning curves over the number of speakers, of the runs that have them."""
    asked = {
        name: each for name, each in picked.items() if each.run.config.speaker_counts and each.entry.corpus is None
    }
    folds = {name: kept.score("speaker_curve", each) for name, each in asked.items()}
    folds = {name: curve for name, curve in folds.items() if len(curve)}
    if not folds:
        return
    of = {name: picked[name] for name in folds}
    summaries = {name: curve_summary(curve, by="n_speakers") for name, curve in folds.items()}
    first = next(iter(of.values())).summary
    gains = [
        f"{of[name].title} {score_text(table['uar_mean'].iloc[0])} to {score_text(table['uar_mean'].iloc[-1])}"
        for name, table in summaries.items()
    ]
    drawn = kept.drawn(
        "speaker-curve",
        of,
        lambda: learning.learning_curves(
            summaries,
            folds,
            chance=first.chance,
            n_test=first.n_test,
            title=f"More voices to learn from: {', '.join(gains)}",
            by="n_speakers",
        ),
    )
    figure.show(
        drawn,
        name="speaker-curves",
        alt="Average recall over the number of training speakers",
        data=lambda: tables.stacked(folds),
        command=tables.commands(of),
    )


def _over_clips_of_a_voice(picked: Mapping[str, Scored]) -> None:
    """What knowing a voice gains, of each run that was measured so."""
    for name, each in picked.items():
        curve = kept.enrolment(each)
        if curve is None:
            continue
        titles = {
            corpus: corpora.get(corpus).title if corpus in corpora.names() else corpus for corpus in curve["corpus"]
        }
        drawn = kept.drawn(
            "enrolment", {name: each}, lambda curve=curve, titles=titles: enrolment.enrolment(curve, titles=titles)
        )
        figure.show(
            drawn,
            name=f"enrolment-{name}",
            alt=f"Average recall of the {each.name} over the number of enrolled clips of a voice",
            data=lambda curve=curve: curve,
            command=f"python -m ser_core enrolment {each.run.id} {each.run.id.removesuffix('-calibrated')}",
        )


def _grid(each: Scored) -> None:
    """What a model that knows no epochs tried instead, or how it joins others."""
    weights = tables.weight_table(each.run)
    if len(weights):
        with st.expander(f"The {each.name} has no epochs: it joins the answers of its members. By which weights"):
            st.caption(
                "Mean over the trainings of this run, spread their standard deviation. What decides them are clips "
                "that the members were not trained on, never those of the test."
            )
            digits = dict.fromkeys(("Weight", "Spread"), st.column_config.NumberColumn(format="%.3f"))
            st.dataframe(weights, hide_index=True, column_config=digits, placeholder="–")
        return
    with st.expander(f"The {each.name} has no epochs: it is fitted in one go. What its grid search tried"):
        grid = tables.grid_table(each.run)
        if grid.empty:
            st.caption("This run keeps no grid-search table.")
            return
        st.caption(
            "Every combination was tried within the training clips only, on inner folds. Average recall (UAR) is the "
            "mean over the trainings of this run, spread their standard deviation; chosen counts the trainings that "
            "took the combination."
        )
        scores = ("Average recall", "Spread")
        formats = {name: st.column_config.NumberColumn(format="%.3f") for name in scores if name in grid}
        st.dataframe(grid, hide_index=True, column_config=formats)


def _epochs(name: str, each: Scored, history: pd.DataFrame, *, n_train: int) -> None:
    """Loss and accuracy over epochs, side by side; a family may keep only one of them."""
    makers = {"loss": run_titles.loss_title, "accuracy": run_titles.accuracy_title}
    titles = {}
    for metric, make in makers.items():
        columns = [metric, learning.EPOCH_METRICS[metric][0]]
        if set(columns) <= set(history) and history[columns].notna().all(axis=None):
            titles[metric] = make(each.title, history)
    if not titles:
        st.caption(f"The run of the {each.name} keeps no loss and no accuracy of its epochs.")
    for column, (metric, title) in zip(st.columns(2), titles.items(), strict=False):
        with column:
            drawn = kept.drawn(
                f"epochs-{metric}",
                {name: each},
                lambda metric=metric, title=title: learning.epoch_curves(
                    history, metric=metric, n_train=n_train, title=title
                ),
            )
            figure.show(
                drawn,
                name=f"{metric}-{name}",
                alt=f"{metric.capitalize()} of the {each.name} on training and validation clips over epochs",
                data=lambda: history,
                command=tables.command(each.run),
            )
    if "accuracy" in titles and history["accuracy"].mean() < history["val_accuracy"].mean():
        st.caption(
            "Training looks harder than validation because it is: the network learns from clips that are altered on "
            "purpose (augmentation), and is validated on clips as they are."
        )
