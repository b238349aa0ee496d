"""The mean spectrogram of each emotion, and its difference from neutral, as small pictures with shared axes."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ser_core.analysis.means import FLOOR_DB, N_TIMES, REFERENCE, Map, frequencies_hz
from ser_core.figures.audio_parts import MAGMA
from ser_core.figures.emotions import DIVERGING
from ser_core.figures.marks import headed
from ser_core.figures.style import count
from ser_core.labels import EMOTIONS

_TICKS_HZ = (100, 500, 1000, 2000, 4000, 8000)
_COLUMNS = 2
_ROW_PX, _GAP_PX = 130, 40
_TOP_DB = 15.0
_MEAN_RANGE = (-FLOOR_DB, 10.0)
_VEIL = "rgba(128,128,128,0.55)"


def mean_spectrograms(
    found: Mapping[str, Map], *, shown: str = "difference", veil: bool = True, title: str
) -> go.Figure:
    """One picture for each emotion.

    Parameters
    ----------
    found : mapping of str to Map
        Emotion -> map, from `ser_core.analysis.means.combine`.
    shown : str
        ``"difference"`` from neutral, colours centred at 0, or ``"mean"``.
    veil : bool
        Grey out where the difference may be chance, see `Map.clear`.
    title : str
        States what is seen.
    """
    names = [name for name in found if shown == "mean" or (name != REFERENCE and found[name].compared)]
    rows = -(-len(names) // _COLUMNS)
    height = rows * (_ROW_PX + _GAP_PX)
    figure = make_subplots(
        rows=max(rows, 1),
        cols=_COLUMNS,
        shared_xaxes=True,
        shared_yaxes=True,
        horizontal_spacing=0.04,
        vertical_spacing=_GAP_PX / height if rows > 1 else 0,
        subplot_titles=[_heading(name, found[name], shown) for name in names],
    )
    hz = frequencies_hz()
    ticks = [int(np.abs(hz - tick).argmin()) for tick in _TICKS_HZ]
    low, high = _MEAN_RANGE if shown == "mean" else (-_TOP_DB, _TOP_DB)
    times = np.round((np.arange(N_TIMES) + 0.5) * 100 / N_TIMES, 1)
    for i, name in enumerate(names):
        place = {"row": i // _COLUMNS + 1, "col": i % _COLUMNS + 1}
        values = found[name].mean if shown == "mean" else found[name].difference
        figure.add_heatmap(
            z=values.round(1).astype(np.float32),
            x=times,
            customdata=np.repeat(hz.round()[:, None], N_TIMES, axis=1).astype(np.int16),
            coloraxis="coloraxis",
            hovertemplate=f"{EMOTIONS[name].title}: %{{z:.1f}} dB at %{{customdata}} Hz, %{{x:.0f}}% of the sound"
            "<extra></extra>",
            **place,
        )
        if shown == "difference" and veil:
            unsure = np.where(found[name].clear, np.nan, 1).astype(np.float32)
            figure.add_heatmap(
                z=unsure, x=times, colorscale=[[0, _VEIL], [1, _VEIL]], showscale=False, hoverinfo="skip", **place
            )
    figure.update_yaxes(tickvals=ticks, ticktext=[_hz_text(tick) for tick in _TICKS_HZ], showgrid=False)
    figure.update_yaxes(title="Hz", col=1)
    # Short enough for two side by side on a telephone.
    figure.update_annotations(font={"size": 13})
    figure.update_xaxes(showgrid=False, ticksuffix="%", nticks=5)
    figure.update_xaxes(title="Part of the sound", row=rows)
    note = _note(found, names, shown=shown, veil=veil)
    headed(figure, title=title, note=note, plot_px=height)
    scale = [[i / (len(MAGMA) - 1), colour] for i, colour in enumerate(MAGMA)] if shown == "mean" else DIVERGING
    bar = {"title": {"text": "dB"}, "thickness": 10, "orientation": "v", "x": 1.01, "len": 0.6}
    figure.update_layout(coloraxis={"cmin": low, "cmax": high, "colorscale": scale, "colorbar": bar})
    # Room for the heading of the first row.
    return figure.update_layout(margin={"t": figure.layout.margin.t + 22}, height=figure.layout.height + 22)


def _heading(name: str, found: Map, shown: str) -> str:
    speakers = found.speakers if shown == "mean" else found.compared
    return f"{EMOTIONS[name].title} ({speakers:,})"


def _hz_text(hz: int) -> str:
    return f"{hz // 1000}k" if hz >= 1000 else str(hz)


def _note(found: Mapping[str, Map], names: list[str], *, shown: str, veil: bool) -> str:
    clips = sum(found[name].clips for name in names)
    note = f"{count(clips, 'clip')}, each stretched to one length and freed of its level; every speaker counts once."
    note += " In brackets: speakers."
    if shown == "mean":
        return f"{note} dB: relative to the mean of the clip."
    note += " Red: more than in the same voices' neutral clips; blue: less."
    return note + (" Grey: may be chance (its 95% interval over speakers holds 0)." if veil else "")
