"""How models learn: with more clips (learning curves) and with more passes over them (epoch curves)."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ser_core.errors import ConfigError
from ser_core.figures.marks import chance_line, headed, marks, score_axis, translucent
from ser_core.figures.style import count

#: Column of the history -> (column on the validation clips, name on the axis).
EPOCH_METRICS = {
    "loss": ("val_loss", "Loss (cross-entropy, nats)"),
    "accuracy": ("val_accuracy", "Accuracy"),
}
#: Size of a training -> what is counted.
SIZES = {"n_train": "training clips", "n_speakers": "training speakers"}
#: Colours and dashes of what the network trains on and what it does not.
_SIDES = {"training": ("#C98A00", "dash"), "validation": ("#1D8CA6", "solid")}
_PLOT_PX = 300


def learning_curves(
    summaries: Mapping[str, pd.DataFrame],
    folds: Mapping[str, pd.DataFrame],
    *,
    chance: float,
    n_test: int,
    title: str,
    by: str = "n_train",
) -> go.Figure:
    """UAR on test clips over the size of the training: mean over folds, spread, and each fold as a dot.

    Parameters
    ----------
    summaries : mapping of str to pd.DataFrame
        Model family -> ``n_train, uar_mean, uar_low, uar_high, train_uar_mean, n_folds`` by training size.
    folds : mapping of str to pd.DataFrame
        Model family -> ``n_train, uar, fold``, one row per training.
    chance : float
        UAR of guessing.
    n_test : int
        Clips that were tested.
    title : str
        States what is seen.
    by : str
        Column of the size: ``n_train`` (clips), or ``n_speakers`` (voices that were learnt from).

    Returns
    -------
    plotly.graph_objects.Figure
        For each model its band, its dots, its mean on test clips and its mean on its own training clips.
    """
    noun = SIZES[by]
    figure = go.Figure()
    for name, mark in marks(summaries).items():
        curve, dots = summaries[name].sort_values(by), folds[name]
        figure.add_scatter(
            x=[*curve[by], *curve[by][::-1]],
            y=[*curve["uar_high"], *curve["uar_low"][::-1]],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=translucent(mark.colour, 0.16),
            hoverinfo="skip",
            legendgroup=name,
            showlegend=False,
        )
        figure.add_scatter(
            x=dots[by],
            y=dots["uar"],
            mode="markers",
            marker={"color": translucent(mark.colour, 0.45), "symbol": mark.symbol, "size": 5},
            hovertemplate=f"fold %{{customdata}}: %{{y:.3f}}<extra>{mark.title}</extra>",
            customdata=dots["fold"],
            legendgroup=name,
            showlegend=False,
        )
        figure.add_scatter(
            name=mark.title,
            x=curve[by],
            y=curve["uar_mean"],
            mode="lines+markers",
            line={"color": mark.colour, "dash": mark.dash, "width": 2.5},
            marker={"symbol": mark.symbol, "size": 10},
            customdata=curve[["uar_low", "uar_high", "n_folds"]],
            hovertemplate=(
                f"%{{x:,}} {noun}: %{{y:.3f}}, spread %{{customdata[0]:.3f}} to %{{customdata[1]:.3f}} over "
                f"%{{customdata[2]}} fold(s)<extra>{mark.title}</extra>"
            ),
            legendgroup=name,
        )
        if curve["train_uar_mean"].isna().all():
            continue  # Ensembles keep no answers to training clips.
        figure.add_scatter(
            name=f"{mark.title} on its training clips",
            x=curve[by],
            y=curve["train_uar_mean"],
            mode="lines",
            line={"color": mark.colour, "dash": "dot", "width": 1.2},
            hovertemplate=f"on its own clips ({noun}: %{{x:,}}): %{{y:.3f}}<extra>{mark.title}</extra>",
            legendgroup=name,
        )
    figure.update_xaxes(title=noun.capitalize(), rangemode="tozero")
    figure.update_yaxes(score_axis(title="Average recall (UAR)"))
    chance_line(figure, chance, axis="y")
    n_folds = max(int(table["n_folds"].max()) for table in summaries.values())
    note = (
        f"Mean over {count(n_folds, 'fold')}; band: one standard deviation; dots: single trainings."
        if n_folds > 1
        else "A single fold, so without a spread over folds; dots: single trainings."
    )
    note = f"{count(n_test, 'test clip')}. {note}"
    return headed(figure, title=title, note=note, plot_px=_PLOT_PX, legend_rows=1)


def epoch_curves(history: pd.DataFrame, *, metric: str, n_train: int, title: str) -> go.Figure:
    """Loss or accuracy after each pass over the training clips: folds as thin lines, their mean as a thick one.

    Trainings stop at different epochs; the mean goes on as long as at least half of them do, beyond which it would be
    that of the stragglers.

    Parameters
    ----------
    history : pd.DataFrame
        ``seed, fold, epoch`` (from 0 or 1) and the metric on training and validation clips.
    metric : str
        Key of `EPOCH_METRICS`.
    n_train : int
        Clips that one training learns from.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        For training and for validation: one trace that holds all thin lines, one with the mean.

    Raises
    ------
    ConfigError
        If the metric is unknown.
    """
    if metric not in EPOCH_METRICS:
        raise ConfigError(f"Unknown metric {metric!r}; there are {', '.join(EPOCH_METRICS)}.")
    validation, label = EPOCH_METRICS[metric]
    trainings = [training.sort_values("epoch") for _, training in history.groupby(["seed", "fold"], sort=True)]
    figure = go.Figure()
    for (side, (colour, dash)), column in zip(_SIDES.items(), (metric, validation), strict=True):
        xs, ys = [], []
        for training in trainings:  # One trace with gaps draws faster than dozens of traces.
            xs += [*training["epoch"], None]
            ys += [*training[column], None]
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": translucent(colour, 0.25), "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
        by_epoch = history.groupby("epoch")[column].agg(["mean", "size"])
        mean = by_epoch[by_epoch["size"] >= len(trainings) / 2]["mean"]
        figure.add_scatter(
            name=f"{side.capitalize()} clips",
            x=mean.index,
            y=mean,
            mode="lines",
            line={"color": colour, "width": 2.5, "dash": dash},
            hovertemplate=f"epoch %{{x}}: %{{y:.3f}}<extra>{side}</extra>",
        )
    figure.update_xaxes(title="Epoch (passes over the training clips)", rangemode="tozero")
    if metric == "accuracy":
        figure.update_yaxes(score_axis(title=label))
    else:
        figure.update_yaxes(title=label, rangemode="tozero")
    note = f"{count(len(trainings), 'training')} on {n_train:,} clips each (folds and seeds), thin; their mean, thick."
    return headed(figure, title=title, note=note, plot_px=260, legend_rows=1)
