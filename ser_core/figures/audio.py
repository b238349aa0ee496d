"""Waveplots, spectrograms, pitch, energy and formants of a clip, one above the other on one time axis."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ser_core.errors import ConfigError
from ser_core.features.curves import curves as compute_curves
from ser_core.features.spectrogram import KINDS, Kind
from ser_core.features.spectrogram import spectrogram as compute_spectrogram
from ser_core.figures import audio_parts as parts
from ser_core.figures.style import INK, finish

TRACKS = ("pitch", "energy", "formants")
"""What can be drawn beside the waveform and the spectrogram."""

_WAVE_HEIGHT, _SPECTROGRAM_HEIGHT, _TRACK_HEIGHT, _FRAME_HEIGHT = 120, 220, 110, 110
_GAP = 26


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
    figure = go.Figure(parts.wave(signal, sr=sr, colour=colour))
    figure.update_layout(
        xaxis=parts.time_axis(duration_s=duration_s or _duration(signal, sr)),
        yaxis=parts.amplitude_axis(peak=_peak(signal) if amplitude is None else amplitude),
    )
    return finish(figure, title=title, height=_WAVE_HEIGHT + _FRAME_HEIGHT)


def spectrogram(
    signal: np.ndarray,
    *,
    sr: int,
    kind: Kind = "logmel",
    title: str | None = None,
    duration_s: float | None = None,
    top: float | None = None,
    height: int = _SPECTROGRAM_HEIGHT + _FRAME_HEIGHT,
    compact: bool = False,
) -> go.Figure:
    """Spectrogram; its frequency axis reads in Hz, evenly spaced in mel where `kind` is "logmel" or "mel".

    Parameters
    ----------
    signal, sr, title, duration_s
        As for `waveplot`.
    kind : str
        One of `ser_core.features.spectrogram.KINDS`.
    top : float, optional
        End of the colour range, in the unit of the kind; the clip's own unless given. Where the unit is dB, the quiet
        end lies 70 dB below.
    height : int
        Pixels.
    compact : bool
        Leave out the colour bar and most marks, for one of many small figures.

    Returns
    -------
    plotly.graph_objects.Figure
        At most 400 columns, in whole units.
    """
    computed = compute_spectrogram(signal, sr=sr, kind=kind)
    top = parts.top_of(computed) if top is None else top
    figure = go.Figure(parts.heatmap(computed, top=top, bar=None if compact else {"len": 1.0}))
    figure.update_layout(
        xaxis=parts.time_axis(duration_s=duration_s or _duration(signal, sr)),
        yaxis=parts.frequency_axis(computed, few=compact),
    )
    return finish(figure, title=title, height=height)


def clip_figure(
    signal: np.ndarray,
    *,
    sr: int,
    kind: Kind | Sequence[Kind] = "logmel",
    tracks: Sequence[str] = (),
    overlay: bool = False,
    title: str | None = None,
    colour: str = INK,
    duration_s: float | None = None,
    amplitude: float | None = None,
    tops: dict[Kind, float] | None = None,
    zoom: tuple[float, float] | None = None,
    segment: tuple[float, float] | None = None,
) -> go.Figure:
    """Waveplot above spectrograms and tracks; they share one time axis, so that zooming one zooms all.

    Parameters
    ----------
    signal, sr, title, colour, duration_s, amplitude
        As for `waveplot`.
    kind : str or sequence of str
        One or several of `ser_core.features.spectrogram.KINDS`, a row each.
    tracks : sequence of str
        Some of `TRACKS`.
    overlay : bool
        Whether the tracks lie on the waveform (energy) and on the first spectrogram over Hz (pitch, formants) instead
        of in rows of their own; without such a spectrogram they keep their rows.
    tops : dict, optional
        Kind -> end of its colour range, as `spectrogram`'s `top`; see `extents`.
    zoom : tuple of float, optional
        Start and end of what is shown first, seconds; drawn finer.
    segment : tuple of float, optional
        Start and end of a part that is marked, seconds.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ConfigError
        If a kind or a track is unknown.
    """
    kinds = _checked((kind,) if isinstance(kind, str) else tuple(kind), KINDS, "kind of spectrogram")
    tracks = _checked(tuple(tracks), TRACKS, "track")
    computed = [compute_spectrogram(signal, sr=sr, kind=each) for each in kinds]
    curves = compute_curves(signal, sr=sr) if tracks else None
    tops = _shared_tops({each.kind: parts.top_of(each) for each in computed} | (tops or {}))
    under = next((each for each in computed if each.kind != "mfcc"), None) if overlay else None
    in_rows = tracks if under is None else ()
    heights = [_WAVE_HEIGHT] + [_SPECTROGRAM_HEIGHT] * len(computed) + [_TRACK_HEIGHT] * len(in_rows)
    stack = _Stack(heights)

    stack.row(parts.amplitude_axis(peak=_peak(signal) if amplitude is None else amplitude))
    stack.add(parts.wave(signal, sr=sr, colour=colour, zoom=zoom))
    if under is not None and "energy" in tracks:
        stack.add(parts.level_on_wave(curves))
    for each in computed:
        domain = stack.row(parts.frequency_axis(each))
        bar = {"y": sum(domain) / 2, "len": domain[1] - domain[0] + 0.04}
        stack.add(parts.heatmap(each, top=tops[each.kind], bar=bar))
        if zoom is not None:
            finer = compute_spectrogram(signal, sr=sr, kind=each.kind, span=zoom)
            if len(finer.times_s) > 1:
                stack.add(parts.heatmap(finer, top=tops[each.kind], bar=None))
        if each is under:
            over = [parts.pitch(curves)] if "pitch" in tracks else []
            over += parts.formants(curves) if "formants" in tracks else []
            stack.over([parts.on_spectrogram(trace, each) for trace in over], rows=len(each.frequencies_hz))
    for track in in_rows:
        stack.row(parts.track_axis(track))
        drawn = {"pitch": parts.pitch, "energy": parts.level, "formants": parts.formants}[track](curves)
        stack.add(*(drawn if isinstance(drawn, list) else [drawn]))

    time_axis = parts.time_axis(duration_s=duration_s or _duration(signal, sr), zoom=zoom)
    figure = stack.figure(time_axis)
    if segment is not None and segment != zoom:
        edge = {"color": INK, "width": 1.5}
        across = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1}
        figure.update_layout(
            shapes=[{**across, "x0": segment[0], "x1": segment[1], "fillcolor": "rgba(140,200,255,0.16)", "line": edge}]
        )
    return finish(figure, title=title, height=sum(heights) + _FRAME_HEIGHT)


class _Stack:
    """Rows one above the other on one time axis, from the top."""

    def __init__(self, heights: list[int]):
        self._heights, self._total = heights, sum(heights) + _GAP * (len(heights) - 1)
        self._top, self._rows, self._axes, self._traces = 1.0, 0, {}, []

    def row(self, axis: dict) -> list[float]:
        """Begin the next row; its domain in the plot."""
        height = self._heights[self._rows] / self._total
        domain = [max(0.0, self._top - height), self._top]
        self._top -= height + _GAP / self._total
        self._rows += 1
        self._name = self._new({**axis, "domain": domain, "anchor": "x"})
        return domain

    def add(self, *traces: dict) -> None:
        """Draw into the present row."""
        self._traces += [{**trace, "xaxis": "x", "yaxis": self._name} for trace in traces]

    def over(self, traces: list[dict], *, rows: int) -> None:
        """Draw over a spectrogram of so many rows, in numbers of its rows."""
        if traces:
            hidden = {"overlaying": self._name, "range": [-0.5, rows - 0.5], "visible": False, "fixedrange": True}
            name = self._new({**hidden, "anchor": "x"})
            self._traces += [{**trace, "xaxis": "x", "yaxis": name} for trace in traces]

    def _new(self, axis: dict) -> str:
        number = "" if not self._axes else str(len(self._axes) + 1)
        self._axes[f"yaxis{number}"] = axis
        return f"y{number}"

    def figure(self, time_axis: dict) -> go.Figure:
        """All rows; the time axis stands below the lowest."""
        return go.Figure(self._traces, {**self._axes, "xaxis": {**time_axis, "anchor": self._name}})


def extents(signal: np.ndarray, *, sr: int, kind: Kind | Sequence[Kind] = "logmel") -> dict:
    """What the axes and colours must hold to show a clip: arguments of `clip_figure`; see `common`."""
    kinds = (kind,) if isinstance(kind, str) else tuple(kind)
    tops = {each: parts.top_of(compute_spectrogram(signal, sr=sr, kind=each)) for each in kinds}
    return {"duration_s": _duration(signal, sr), "amplitude": _peak(signal), "tops": tops}


def common(several: Sequence[dict]) -> dict:
    """The extents that hold all of several clips, so that they compare by eye; empty for none."""
    if not several:
        return {}
    tops = {kind: max(each["tops"][kind] for each in several) for kind in several[0]["tops"]}
    return {name: max(each[name] for each in several) for name in ("duration_s", "amplitude")} | {"tops": tops}


def _shared_tops(tops: dict[Kind, float]) -> dict[Kind, float]:
    """The spectrograms in dB share one colour range."""
    levels = [top for kind, top in tops.items() if kind in ("logmel", "linear")]
    return {kind: max(levels) if kind in ("logmel", "linear") else top for kind, top in tops.items()}


def _checked(names: tuple[str, ...], allowed: tuple[str, ...], noun: str) -> tuple[str, ...]:
    for name in names:
        if name not in allowed:
            raise ConfigError(f"Unknown {noun} {name!r}; there are {', '.join(allowed)}.")
    return tuple(name for name in allowed if name in names)


def _duration(signal: np.ndarray, sr: int) -> float:
    return max(len(signal) / sr, 1e-3)


def _peak(signal: np.ndarray) -> float:
    return float(np.abs(signal).max(initial=0.0))
