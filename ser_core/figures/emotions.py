"""What tells the emotions apart: effect sizes, distributions, differences, and how measures go together."""

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.analysis.acoustics import FEATURES, Feature
from ser_core.analysis.effects import KINDS, Kind
from ser_core.analysis.separation import Contrast
from ser_core.analysis.speaker_tests import ALPHA
from ser_core.figures.clickable import add_cells
from ser_core.figures.marks import headed, translucent
from ser_core.figures.style import INK, broken, count, titles
from ser_core.labels import EMOTIONS

DIVERGING = ((0, "#2166AC"), (0.25, "#92C5DE"), (0.5, "#F7F7F7"), (0.75, "#F4A582"), (1, "#B2182B"))
"""Blue below 0, red above, light at 0: told apart by colour-blind readers (ColorBrewer's RdBu, turned round)."""
#: Ends of the colour range of each effect size: what counts as very large.
_TOP = {"g": 2.0, "delta": 1.0}
#: Characters of a line: the name of no measure takes more than two, which is what a row has room for.
_LABEL = 22
_ROW_PX, _HALF = 30, 0.42
_SYMBOLS_EVERY = 10


def size_text(value: float, *, stands: bool) -> str:
    """An effect size as a cell says it: short, in brackets where it does not stand, empty where there is none.

    Examples
    --------
    >>> size_text(-1.23, stands=True), size_text(0.34, stands=False), size_text(float("nan"), stands=True)
    ('−1.2', '(.3)', '')
    """
    if np.isnan(value):
        return ""
    text = number(value, digits=1).replace("0.", ".") if abs(value) < 0.95 else number(value, digits=1)
    text = "0" if text.strip("−") == ".0" else text
    return text if stands else f"({text})"


def number(value: float, *, digits: int = 2) -> str:
    """A signed number with a real minus.

    Examples
    --------
    >>> number(-1.234), number(0.5, digits=1)
    ('−1.23', '0.5')
    """
    return f"{value:.{digits}f}".replace("-", "−")


def wrapped(text: str, *, width: int = _LABEL) -> str:
    """A label in lines that leave room for the plot on a telephone."""
    return broken(escape(text), width)


def effects(
    found: Contrast, *, measures: Sequence[str], kind: Kind, correction: str, title: str, by_speaker: bool = False
) -> go.Figure:
    """Measures (rows) by emotion (columns): how far each lies from the reference. Cells can be chosen.

    Parameters
    ----------
    found : Contrast
        From `ser_core.analysis.separation.contrast`.
    measures : sequence of str
        Rows, from the top.
    kind : str
        Effect size that `found` holds, see `ser_core.analysis.effects.KINDS`.
    correction : str
        See `Contrast.significant`; what does not stand is in brackets.
    title : str
        States what is seen.
    by_speaker : bool
        Whether the effect sizes are of values relative to their speaker.
    """
    sizes = found.effect.loc[list(measures)]
    stands = found.significant(correction=correction).loc[list(measures)].to_numpy()
    tested = found.p.loc[list(measures)].notna().to_numpy()
    text = _texts(sizes.to_numpy(), stands | ~tested)
    figure = go.Figure(
        go.Heatmap(
            z=sizes.to_numpy().round(3),
            x=titles(found.emotions),
            y=[wrapped(FEATURES[name].title) for name in measures],
            zmin=-_TOP[kind],
            zmax=_TOP[kind],
            colorscale=DIVERGING,
            xgap=2,
            ygap=2,
            text=text,
            texttemplate="%{text}",
            textfont={"size": 11},
            showscale=False,
            hovertemplate=f"%{{y}}<br>%{{x}} against {found.reference}: {KINDS[kind]} %{{z:.2f}}<extra></extra>",
        )
    )
    figure.update_xaxes(side="top", showgrid=False, tickangle=-45)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    clips = int(found.clips.sum())
    note = f"{KINDS[kind]}: red more, blue less than {found.reference}. "
    note += f"{count(clips, 'clip')} besides those of {found.reference}"
    note += ", each relative to its speaker." if by_speaker else "."
    if found.tested:
        note += " In brackets: does not stand after correction for all tests, over speakers."
    headed(figure, title=title, note=note, plot_px=_ROW_PX * len(measures) + 60)
    # The labels of the columns stand above, so there is nothing below.
    spare = figure.layout.margin.b - 8
    figure.update_layout(margin={"b": 8}, height=figure.layout.height - spare)
    return add_cells(figure)


def distribution(
    spread: pd.DataFrame, *, curves: pd.DataFrame | None = None, axis: str, title: str, note: str
) -> go.Figure:
    """A measure by emotion: middle half as a bar, median as the emotion's mark, and curves around them.

    Parameters
    ----------
    spread : pd.DataFrame
        ``emotion, clips, p5, q1, median, q3, p95``, see `ser_core.describe.spread`.
    curves : pd.DataFrame, optional
        From `ser_core.analysis.distributions.densities`; without them whiskers show the 5th to the 95th percentile.
    axis : str
        Heading of the axis, with the unit.
    title, note : str
        State what is seen, and how it is drawn.
    """
    figure = go.Figure()
    names = spread["emotion"].tolist()
    if curves is not None and len(curves):
        top = curves["density"].max()
        for name, curve in curves.groupby("emotion", sort=False):
            _violin(figure, curve, at=names.index(name), colour=EMOTIONS[name].colour, top=top)
    for i, row in enumerate(spread.to_dict("records")):
        look = EMOTIONS[row["emotion"]]
        hover = (
            f"{look.title}: median {number(row['median'])}, middle half {number(row['q1'])} to {number(row['q3'])}, "
            f"5th to 95th percentile {number(row['p5'])} to {number(row['p95'])}<br>{count(row['clips'], 'clip')}"
        )
        line = {"color": INK, "hoverinfo": "skip", "mode": "lines"}
        if curves is None:
            figure.add_scatter(x=[i, i], y=[row["p5"], row["p95"]], **_line(line, width=2))
        figure.add_scatter(x=[i, i], y=[row["q1"], row["q3"]], **_line(line, width=8))
        figure.add_scatter(
            x=[i],
            y=[row["median"]],
            mode="markers",
            marker={
                "symbol": look.symbol,
                "size": 13,
                "color": look.colour,
                "line": {"width": 1.5, "color": "#ffffff"},
            },
            hovertemplate=f"{hover}<extra></extra>",
        )
    figure.update_xaxes(
        tickvals=list(range(len(names))),
        ticktext=titles(names),
        range=[-0.6, len(names) - 0.4],
        showgrid=False,
        tickangle=-45,
    )
    figure.update_yaxes(title=axis)
    return headed(figure, title=title, note=note, plot_px=330)


def _texts(sizes: np.ndarray, stands: np.ndarray) -> list[list[str]]:
    return [
        [size_text(size, stands=bool(ok)) for size, ok in zip(*both, strict=True)]
        for both in zip(sizes, stands, strict=True)
    ]


def _line(look: dict, *, width: int) -> dict:
    rest = {key: value for key, value in look.items() if key != "color"}
    return {**rest, "line": {"color": look["color"], "width": width}}


def _violin(figure: go.Figure, curve: pd.DataFrame, *, at: int, colour: str, top: float) -> None:
    half = _HALF * curve["density"].to_numpy() / top
    value = curve["value"].to_numpy()
    figure.add_scatter(
        x=np.concatenate([at - half, (at + half)[::-1]]).round(4),
        y=np.concatenate([value, value[::-1]]).astype(np.float32),
        mode="lines",
        fill="toself",
        fillcolor=translucent(colour, 0.35),
        line={"color": colour, "width": 1},
        hoverinfo="skip",
    )


def quantile_curves(table: pd.DataFrame, *, axis: str, title: str, note: str) -> go.Figure:
    """The share of the clips of each emotion that stay below each value.

    Parameters
    ----------
    table : pd.DataFrame
        From `ser_core.analysis.distributions.quantiles`.
    axis, title, note
        As for `distribution`.
    """
    figure = go.Figure()
    for name, part in table.groupby("emotion", sort=False):
        look = EMOTIONS[name]
        shown = [0 if i % _SYMBOLS_EVERY != _SYMBOLS_EVERY // 2 - 1 else 9 for i in range(len(part))]
        figure.add_scatter(
            name=look.title,
            x=part["value"].to_numpy(np.float32),
            y=part["share"].to_numpy(np.float32),
            mode="lines+markers",
            line={"color": look.colour, "width": 2},
            marker={"symbol": look.symbol, "size": shown, "color": look.colour},
            hovertemplate=f"{look.title}: %{{y:.0%}} of the clips stay below %{{x:.2f}}<extra></extra>",
        )
    figure.update_xaxes(title=axis)
    figure.update_yaxes(title="Share of the clips below", tickformat=".0%", range=[0, 1])
    return headed(figure, title=title, note=note, plot_px=300, legend_rows=3)


def differences(found: Contrast, *, measure: Feature, correction: str, title: str) -> go.Figure:
    """Each emotion against the reference in one measure: mean over speakers, with its interval.

    Parameters
    ----------
    found : Contrast
        From `ser_core.analysis.separation.contrast`.
    measure : Feature
        Which measure.
    correction : str
        See `Contrast.significant`; filled marks stand after it, hollow ones do not.
    title : str
        States what is seen.
    """
    figure = go.Figure()
    stands = found.significant(correction=correction).loc[measure.name]
    for name in found.emotions:
        look = EMOTIONS[name]
        value, low, high = (getattr(found, part).loc[measure.name, name] for part in ("difference", "low", "high"))
        adjusted = getattr(found, correction).loc[measure.name, name]
        tested = "not tested: too few speakers" if np.isnan(adjusted) else f"p after correction {adjusted:.2g}"
        figure.add_scatter(
            x=[value],
            y=[look.title],
            mode="markers+text",
            text=[number(value, digits=_digits(value))],
            textposition="top center",
            marker={
                "color": look.colour,
                "symbol": look.symbol if stands[name] or np.isnan(adjusted) else f"{look.symbol}-open",
                "size": 12,
                "line": {"width": 2, "color": look.colour},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num([high - value]),
                "arrayminus": np.nan_to_num([value - low]),
                "thickness": 2,
                "width": 4,
                "color": INK,
            },
            hovertemplate=f"{look.title}: {number(value)} [{number(low)}, {number(high)}] {escape(measure.unit)}<br>"
            f"{count(int(found.speakers[name]), 'speaker')}; {tested}<extra></extra>",
        )
    figure.add_vline(0, line={"color": INK, "width": 1.5, "dash": "dot"})
    unit = f" ({measure.unit})" if measure.unit else ""
    figure.update_xaxes(title=f"Difference from {found.reference}{unit}")
    figure.update_yaxes(autorange="reversed", type="category")
    note = f"Mean over {count(int(found.speakers.max() if len(found.speakers) else 0), 'speaker')} of each one's own "
    note += "difference. Bars: 95% interval over speakers."
    note += " Hollow: does not stand after correction." if found.tested else " Too few speakers for a test."
    return headed(figure, title=title, note=note, plot_px=max(200, 46 * len(found.emotions)))


def _digits(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2


def pairs(table: pd.DataFrame, *, kind: Kind, correction: str, title: str) -> go.Figure:
    """Every emotion (rows) against every other (columns) in one measure.

    Parameters
    ----------
    table : pd.DataFrame
        From `ser_core.analysis.separation.pairwise`.
    kind, correction, title
        As for `effects`.
    """
    names = EMOTIONS.ordered(set(table["emotion"]) | set(table["other"]))
    wide = {
        part: table.pivot(index="emotion", columns="other", values=part)
        .reindex(index=names, columns=names)
        .to_numpy(float)
        for part in ("effect", correction)
    }
    untested = np.isnan(wide[correction])
    text = _texts(wide["effect"], untested | (wide[correction] < ALPHA))
    figure = go.Figure(
        go.Heatmap(
            z=wide["effect"].round(3),
            x=titles(names),
            y=titles(names),
            zmin=-_TOP[kind],
            zmax=_TOP[kind],
            colorscale=DIVERGING,
            xgap=2,
            ygap=2,
            text=text,
            texttemplate="%{text}",
            showscale=False,
            hovertemplate=f"%{{y}} against %{{x}}: {KINDS[kind]} %{{z:.2f}}<extra></extra>",
        )
    )
    figure.update_xaxes(showgrid=False, tickangle=-45, title="less than")
    figure.update_yaxes(showgrid=False, autorange="reversed", title="has more (red) or less (blue)")
    note = f"{KINDS[kind]} of the row's emotion over the column's."
    if table[correction].notna().any():
        note += " In brackets: does not stand after correction for all pairs, over speakers."
    return headed(figure, title=title, note=note, plot_px=330)
