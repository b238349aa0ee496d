"""Models side by side: headline scores, scores of each emotion, and whether their probabilities hold."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.errors import ConfigError
from ser_core.evaluation import Reliability, Summary
from ser_core.figures.dots import errors, offsets
from ser_core.figures.marks import headed, marks, score_axis, score_text, translucent
from ser_core.figures.style import INK, count, titles

#: Scores of a `Summary`, with what a reader calls them.
METRICS = {
    "uar": "Average recall (UAR)",
    "accuracy": "Accuracy",
    "macro_f1": "Macro F1",
    "top3": "Among the top 3",
}
EMOTION_METRICS = {"recall": "Recall", "precision": "Precision", "f1": "F1"}


def intervals(summaries: Mapping[str, Summary], *, title: str) -> go.Figure:
    """Headline scores of each model with their 95% intervals, and what guessing would score.

    Parameters
    ----------
    summaries : mapping of str to Summary
        Model family -> scores; all of one protocol.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace for each model, scores in the order of `METRICS`, then one for guessing.
    """
    rows = np.arange(len(METRICS))[::-1].astype(float)
    figure = go.Figure()
    for offset, (name, mark) in zip(offsets(len(summaries)), marks(summaries).items(), strict=True):
        found = [getattr(summaries[name], metric) for metric in METRICS]
        value, low, high = zip(*found, strict=True)
        figure.add_scatter(
            name=mark.title,
            x=value,
            y=rows + offset,
            mode="markers+text",
            text=["" if np.isnan(each) else score_text(each) for each in value],
            textposition="top center",
            marker={"color": mark.colour, "symbol": mark.symbol, "size": 11},
            error_x=errors([each.value for each in found], [each.low for each in found], [each.high for each in found]),
            customdata=list(zip(low, high, METRICS.values(), strict=True)),
            hovertemplate=(
                "%{customdata[2]}: %{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]"
                f"<extra>{mark.title}</extra>"
            ),
        )
    summary = next(iter(summaries.values()))
    # Uniform guessing is right in one of k, and holds the right one among three in three of k.
    chance = {"uar": summary.chance, "accuracy": summary.chance, "top3": min(1.0, 3 * summary.chance)}
    figure.add_scatter(
        name="Guessing",
        x=list(chance.values()),
        y=[rows[list(METRICS).index(metric)] for metric in chance],
        mode="markers",
        marker={"color": INK, "symbol": "line-ns-open", "size": 26, "line": {"width": 2}},
        hovertemplate="Guessing: %{x:.3f}<extra></extra>",
    )
    figure.update_xaxes(score_axis(title="Score"))
    figure.update_yaxes(tickvals=rows, ticktext=list(METRICS.values()), range=[-0.6, len(METRICS) - 0.3])
    note = (
        f"{count(summary.n_test, 'test clip')} of {count(summary.n_speakers, 'speaker')}. "
        "Bars: 95% interval over speakers."
    )
    return headed(figure, title=title, note=note, plot_px=320, legend_rows=1)


def per_emotion(tables: Mapping[str, pd.DataFrame], *, metric: str, title: str) -> go.Figure:
    """One score of each emotion, models side by side.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Model family -> ``emotion, <metric>, support`` and, where known, ``<metric>_low, <metric>_high``.
    metric : str
        Key of `EMOTION_METRICS`.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace for each model, emotions in the order of the tables.

    Raises
    ------
    ConfigError
        If the metric is unknown.
    """
    if metric not in EMOTION_METRICS:
        raise ConfigError(f"Unknown score {metric!r}; there are {', '.join(EMOTION_METRICS)}.")
    emotions = list(dict.fromkeys(name for table in tables.values() for name in table["emotion"]))
    row = {name: len(emotions) - 1 - i for i, name in enumerate(emotions)}
    figure = go.Figure()
    has_intervals = all(f"{metric}_low" in table for table in tables.values())
    for offset, (name, mark) in zip(offsets(len(tables)), marks(tables).items(), strict=True):
        table = tables[name]
        low, high = (table.get(f"{metric}_{end}", table[metric]) for end in ("low", "high"))
        figure.add_scatter(
            name=mark.title,
            x=table[metric],
            y=[row[emotion] + 0.6 * offset for emotion in table["emotion"]],
            mode="markers",
            marker={"color": mark.colour, "symbol": mark.symbol, "size": 10},
            error_x=errors(table[metric], low, high),
            customdata=np.stack([low, high, table["support"]], axis=1),
            text=titles(table["emotion"]),
            hovertemplate="%{text}: %{x:.3f}"
            + (" [%{customdata[0]:.3f}, %{customdata[1]:.3f}]" if has_intervals else "")
            + f"<br>%{{customdata[2]}} clips<extra>{mark.title}</extra>",
        )
    figure.update_xaxes(score_axis(title=EMOTION_METRICS[metric]))
    figure.update_yaxes(
        tickvals=list(row.values()), ticktext=titles(emotions), range=[-0.6, len(emotions) - 0.4], showgrid=True
    )
    support = int(next(iter(tables.values()))["support"].sum())
    note = f"{count(support, 'test clip')}." + (" Bars: 95% interval over speakers." if has_intervals else "")
    return headed(figure, title=title, note=note, plot_px=38 * len(emotions) + 20, legend_rows=1)


def reliability(found: Mapping[str, Reliability], *, title: str) -> go.Figure:
    """How often the answer is right at each stated probability; on the diagonal the probability means what it says.

    Parameters
    ----------
    found : mapping of str to Reliability
        Model family -> calibration.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        The diagonal, then one trace for each model; marks grow with the clips of their bin.
    """
    figure = go.Figure()
    figure.add_scatter(
        name="Ideal",
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": INK, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )
    for name, mark in marks(found).items():
        bins = found[name].bins
        figure.add_scatter(
            name=mark.title,
            x=bins["confidence"],
            y=bins["accuracy"],
            mode="lines+markers",
            line={"color": mark.colour, "dash": mark.dash, "width": 2},
            marker={
                "color": mark.colour,
                "symbol": mark.symbol,
                # Area follows the number of clips; the smallest stays visible.
                "size": 5 + 15 * np.sqrt(bins["n"] / bins["n"].max()),
                "opacity": 0.85,
            },
            customdata=bins[["n", "low", "high"]],
            hovertemplate=(
                "stated %{x:.2f}, right %{y:.2f}<br>%{customdata[0]:,} answers stated between %{customdata[1]:.2f} and "
                f"%{{customdata[2]:.2f}}<extra>{mark.title}</extra>"
            ),
        )
    figure.update_xaxes(score_axis(title="Stated probability of the answer"))
    figure.update_yaxes(score_axis(title="Share of answers that are right"))
    gaps = "; ".join(
        f"{mark.title} {score_text(found[name].ece, digits=3)} over {count(int(found[name].bins['n'].sum()), 'answer')}"
        for name, mark in marks(found).items()
    )
    note = f"Mean gap (ECE, 15 bins): {gaps}. Larger marks hold more answers."
    return headed(figure, title=title, note=note, plot_px=330, legend_rows=1)


def coverage_curves(found: Mapping[str, pd.DataFrame], *, title: str) -> go.Figure:
    """How often the answers are right if only the surest share of them is given, with 95% bands.

    Parameters
    ----------
    found : mapping of str to pd.DataFrame
        Model -> table of `ser_core.evaluation.coverage`.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        A band and a line for each model.
    """
    figure = go.Figure()
    for name, mark in marks(found).items():
        curve = found[name]
        figure.add_scatter(
            x=[*curve["coverage"], *curve["coverage"][::-1]],
            y=[*curve["high"], *curve["low"][::-1]],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=translucent(mark.colour, 0.16),
            hoverinfo="skip",
            legendgroup=name,
            showlegend=False,
        )
        figure.add_scatter(
            name=mark.title,
            x=curve["coverage"],
            y=curve["accuracy"],
            mode="lines+markers",
            line={"color": mark.colour, "dash": mark.dash, "width": 2.5},
            marker={"symbol": mark.symbol, "size": 6},
            customdata=curve[["low", "high", "threshold", "n"]],
            hovertemplate=(
                "the surest %{x:.0%}: %{y:.3f} right [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<br>stated "
                f"probability at least %{{customdata[2]:.2f}}, %{{customdata[3]:,}} answers<extra>{mark.title}</extra>"
            ),
            legendgroup=name,
        )
    figure.update_xaxes(title="Share of the clips that are answered", range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(score_axis(title="Share of answers that are right"))
    answers = "; ".join(
        f"{mark.title} {count(int(found[name]['n'].max()), 'answer')}" for name, mark in marks(found).items()
    )
    note = f"In all {answers}. Bands: 95% interval over speakers."
    return headed(figure, title=title, note=note, plot_px=330, legend_rows=1)
