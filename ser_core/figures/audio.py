"""Waveplots and spectrograms of a clip, one above the other on one time axis."""

from typing import Literal

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sequential
from plotly.subplots import make_subplots

from ser_core.errors import ConfigError
from ser_core.features.spectrogram import KINDS, Kind, Spectrogram, envelope
from ser_core.features.spectrogram import spectrogram as compute_spectrogram
from ser_core.figures.style import INK, finish

SPAN_DB = 70.0
"""Depth of the colour range below its top, dB: what a quiet room leaves of speech."""
# Streamlit's theme takes the hex codes just above black for placeholders of its own colours, Magma's first among them.
_COLOURS = ["rgb(0,0,4)", *sequential.Magma[1:]]
_TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000, 16000)
_NAMES = {"logmel": "Log-mel spectrogram", "linear": "Linear spectrogram"}
_WAVE_HEIGHT, _SPECTROGRAM_HEIGHT, _FRAME_HEIGHT = 120, 220, 110


def waveplot(
    signal: np.ndarray,
    *,
    sr: int,
    title: str | None = None,
    colour: str = INK,
    duration_s: float | None = None,
    amplitude: float | None = None,
) -> go.Figure:
    """Waveform as the envelope of its least and greatest samples.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz.
    title : str, optional
        States what is seen.
    colour : str
        Of the curve; an emotion's, as a rule.
    duration_s : float, optional
        End of the time axis, seconds; the signal's unless given. Give the longest of several to compare.
    amplitude : float, optional
        The axis runs from minus to plus this; a little more than the signal's peak unless given.

    Returns
    -------
    plotly.graph_objects.Figure
        At most 2,000 points.
    """
    figure = go.Figure(_wave(signal, sr=sr, colour=colour))
    _time_axis(figure, signal, sr=sr, duration_s=duration_s)
    _amplitude_axis(figure, signal, amplitude=amplitude)
    return finish(figure, title=title, height=_WAVE_HEIGHT + _FRAME_HEIGHT)


def spectrogram(
    signal: np.ndarray,
    *,
    sr: int,
    kind: Kind = "logmel",
    title: str | None = None,
    duration_s: float | None = None,
    top_db: float | None = None,
) -> go.Figure:
    """Spectrogram in dB of full scale; its frequency axis reads in Hz, evenly spaced in mel where `kind` is "logmel".

    Parameters
    ----------
    signal, sr, title, duration_s
        As for `waveplot`.
    kind : str
        ``"logmel"`` or ``"linear"``.
    top_db : float, optional
        Loud end of the colour range, dB of full scale; the clip's loudest unless given. The quiet end lies 70 dB
        below.

    Returns
    -------
    plotly.graph_objects.Figure
        At most 400 columns, in whole dB.
    """
    computed = compute_spectrogram(signal, sr=sr, kind=kind)
    figure = go.Figure(_heatmap(computed, top_db=_top(computed, top_db)))
    _time_axis(figure, signal, sr=sr, duration_s=duration_s)
    _frequency_axis(figure, computed)
    return finish(figure, title=title, height=_SPECTROGRAM_HEIGHT + _FRAME_HEIGHT)


def clip_figure(
    signal: np.ndarray,
    *,
    sr: int,
    kind: Kind | Literal["both"] = "logmel",
    title: str | None = None,
    colour: str = INK,
    duration_s: float | None = None,
    amplitude: float | None = None,
    top_db: float | None = None,
) -> go.Figure:
    """Waveplot above one or both spectrograms; they share the time axis, so that zooming one zooms all.

    Parameters
    ----------
    signal, sr, title, colour, duration_s, amplitude
        As for `waveplot`.
    kind : str
        ``"logmel"``, ``"linear"`` or ``"both"``.
    top_db : float, optional
        As for `spectrogram`; both spectrograms share it.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ConfigError
        If `kind` is none of the three.
    """
    if kind not in (*KINDS, "both"):
        raise ConfigError(f"Unknown kind of spectrogram {kind!r}; there are {', '.join(KINDS)} and both.")
    computed = [compute_spectrogram(signal, sr=sr, kind=each) for each in (KINDS if kind == "both" else (kind,))]
    heights = [_WAVE_HEIGHT] + [_SPECTROGRAM_HEIGHT] * len(computed)
    figure = make_subplots(
        rows=len(heights),
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=0.06,
    )
    figure.add_trace(_wave(signal, sr=sr, colour=colour), row=1, col=1)
    _amplitude_axis(figure, signal, amplitude=amplitude, row=1)
    top_db = max(_top(each, top_db) for each in computed)
    for row, each in enumerate(computed, start=2):
        figure.add_trace(_heatmap(each, top_db=top_db, bar=row == 2), row=row, col=1)
        _frequency_axis(figure, each, row=row)
    _time_axis(figure, signal, sr=sr, duration_s=duration_s, row=len(heights))
    return finish(figure, title=title, height=sum(heights) + _FRAME_HEIGHT)


def loudest_db(signal: np.ndarray, *, sr: int) -> float:
    """Loud end of the colour range that suits a signal, dB of full scale; take the greatest of several to compare."""
    return max(_top(compute_spectrogram(signal, sr=sr, kind=kind), None) for kind in KINDS)


def _wave(signal: np.ndarray, *, sr: int, colour: str) -> go.Scatter:
    shape = envelope(signal, sr=sr)
    # Down and up within each span: drawn densely, the strokes fill the envelope.
    return go.Scatter(
        x=np.repeat(shape.times_s, 2).astype(np.float32),
        y=np.round(np.stack([shape.low, shape.high], axis=1).ravel(), 4),
        mode="lines",
        line={"width": 1.2, "color": colour},
        hovertemplate="%{x:.2f} s: %{y:.3f}<extra></extra>",
        name="Waveform",
        showlegend=False,
    )


def _heatmap(computed: Spectrogram, *, top_db: float, bar: bool = True) -> go.Heatmap:
    # Rows are categories named by their frequency: a mel axis that is evenly spaced and still reads in Hz on hover.
    times = computed.times_s
    return go.Heatmap(
        z=np.clip(np.round(computed.db), -128, 127).astype(np.int8),
        x0=round(float(times[0]), 5),
        dx=round(float(times[1] - times[0]), 6) if len(times) > 1 else 0.01,
        y=_bands(computed),
        zmin=top_db - SPAN_DB,
        zmax=top_db,
        colorscale=_COLOURS,
        colorbar={"title": {"text": "dB", "side": "top"}, "thickness": 10, "len": 1.0, "nticks": 6},
        showscale=bar,
        hovertemplate="%{x:.2f} s, %{y}: %{z} dB<extra></extra>",
        name=_NAMES[computed.kind],
    )


def _bands(computed: Spectrogram) -> list[str]:
    return [f"{hz:,.0f} Hz" for hz in computed.frequencies_hz]


def _top(computed: Spectrogram, top_db: float | None) -> float:
    return float(np.ceil(computed.db.max() / 5) * 5) if top_db is None else top_db


def _time_axis(figure: go.Figure, signal: np.ndarray, *, sr: int, duration_s: float | None, row: int | None = None):
    end = duration_s or max(len(signal) / sr, 1e-3)
    where = {} if row is None else {"row": row, "col": 1}
    figure.update_xaxes(range=[0, round(end, 4)], minallowed=0, maxallowed=round(end, 4))
    figure.update_xaxes(title={"text": "Time (s)"}, **where)


def _amplitude_axis(figure: go.Figure, signal: np.ndarray, *, amplitude: float | None, row: int | None = None):
    peak = float(np.abs(signal).max(initial=0.0)) if amplitude is None else amplitude
    limit = max(1.05 * peak, 0.01)
    where = {} if row is None else {"row": row, "col": 1}
    figure.update_yaxes(range=[-limit, limit], title={"text": "Amplitude"}, fixedrange=True, nticks=5, **where)


def _frequency_axis(figure: go.Figure, computed: Spectrogram, *, row: int | None = None):
    hz = computed.frequencies_hz
    ticks = [tick for tick in _TICKS_HZ if hz[0] <= tick <= hz[-1] * 1.05]
    if computed.kind == "linear":
        ticks = [tick for tick in ticks if tick == 0 or tick >= 1000]
    where = {} if row is None else {"row": row, "col": 1}
    figure.update_yaxes(
        type="category",
        tickmode="array",
        tickvals=[round(float(np.interp(tick, hz, np.arange(len(hz)))), 2) for tick in ticks],
        ticktext=[f"{tick / 1000:g}k" if tick >= 1000 else str(tick) for tick in ticks],
        title={"text": "Frequency (Hz)" if computed.kind == "linear" else "Frequency (Hz, mel)"},
        range=[-0.5, len(hz) - 0.5],
        fixedrange=True,
        showgrid=False,
        **where,
    )
