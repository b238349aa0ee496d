"""What the figures of a clip are put together from: traces and axes, as plain dictionaries."""

import numpy as np
from plotly.colors import diverging, sequential

from ser_core.features.curves import Curves
from ser_core.features.spectrogram import UNITS, Spectrogram, envelope
from ser_core.figures.style import GRID, INK

SPAN_DB = 70.0
"""Depth of the colour range below its top, dB: what a quiet room leaves of speech."""
NAMES = {
    "logmel": "Log-mel spectrogram",
    "mel": "Mel spectrogram",
    "linear": "Linear spectrogram",
    "mfcc": "MFCC",
}
PITCH_HZ = (60.0, 650.0)
LEVEL_DB = (-80.0, 0.0)
FORMANTS_HZ = (0.0, 5000.0)

# Streamlit's theme takes the hex codes just above black for placeholders of its own colours, Magma's first among them.
MAGMA = ["rgb(0,0,4)", *sequential.Magma[1:]]
_TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000, 16000)
_FEW_HZ = (500, 2000, 8000)
# Over a spectrogram: light enough for its dark ground, and apart from the colours of the emotions.
_ON_DARK = "#E8FFFF"
_FORMANT_SYMBOLS = ("circle", "square", "triangle-up")
_HOVER = "%{x:.2f} s"


def wave(signal: np.ndarray, *, sr: int, colour: str, zoom: tuple[float, float] | None = None) -> dict:
    """The waveform's envelope, finer within `zoom` (seconds)."""
    shapes = [envelope(signal, sr=sr)]
    if zoom is not None:
        whole, inner = shapes[0], envelope(signal, sr=sr, span=zoom)
        outer = (whole.times_s < zoom[0], whole.times_s > zoom[1])
        times = [whole.times_s[outer[0]], inner.times_s, whole.times_s[outer[1]]]
        low = [whole.low[outer[0]], inner.low, whole.low[outer[1]]]
        high = [whole.high[outer[0]], inner.high, whole.high[outer[1]]]
        times, low, high = (np.concatenate(parts) for parts in (times, low, high))
    else:
        times, low, high = shapes[0].times_s, shapes[0].low, shapes[0].high
    # Down and up within each span: drawn densely, the strokes fill the envelope.
    return {
        "type": "scatter",
        "x": np.repeat(times, 2).astype(np.float32),
        "y": np.round(np.stack([low, high], axis=1).ravel(), 4).astype(np.float32),
        "mode": "lines",
        "line": {"width": 1.2, "color": colour},
        "hovertemplate": f"{_HOVER}: %{{y:.3f}}<extra></extra>",
        "name": "Waveform",
        "showlegend": False,
    }


def heatmap(computed: Spectrogram, *, top: float, bar: dict | None) -> dict:
    """A spectrogram in whole units; `bar` places its colour bar, None draws none."""
    # Rows are categories named by their frequency: a mel axis that is evenly spaced and still reads in Hz on hover.
    times, kind = computed.times_s, computed.kind
    limits = {"logmel": (top - SPAN_DB, top), "linear": (top - SPAN_DB, top), "mel": (0.0, top), "mfcc": (-top, top)}
    small = kind in ("logmel", "linear")
    lowest, highest = (-128, 127) if small else (-32768, 32767)
    unit = f" {UNITS[kind]}" if UNITS[kind] else ""
    return {
        "type": "heatmap",
        "z": np.clip(np.round(computed.values), lowest, highest).astype(np.int8 if small else np.int16),
        "x0": round(float(times[0]), 5),
        "dx": round(float(times[1] - times[0]), 6) if len(times) > 1 else 0.01,
        "y": _rows(computed),
        "zmin": limits[kind][0],
        "zmax": limits[kind][1],
        "colorscale": diverging.RdBu[::-1] if kind == "mfcc" else MAGMA,
        "colorbar": {"title": {"text": UNITS[kind].split(" ")[0], "side": "top"}, "thickness": 10, "nticks": 5}
        | (bar or {}),
        "showscale": bar is not None,
        "hovertemplate": f"{_HOVER}, %{{y}}: %{{z}}{unit}<extra></extra>",
        "name": NAMES[kind],
    }


def top_of(computed: Spectrogram) -> float:
    """End of the colour range that suits a spectrogram: the loudest level in steps of 5 dB, the largest amplitude, or
    what 99% of the coefficients do not exceed, for the first would pale all others."""
    if computed.kind in ("logmel", "linear"):
        return float(np.ceil(computed.values.max() / 5) * 5)
    return max(float(np.percentile(np.abs(computed.values), 99 if computed.kind == "mfcc" else 100)), 1.0)


def pitch(curves: Curves) -> dict:
    """Pitch as a line with gaps where there is no voice."""
    return _line(curves.times_s, np.round(curves.pitch_hz, 1), name="Pitch", hover="%{y:.0f} Hz")


def level(curves: Curves) -> dict:
    """RMS level, dB."""
    return _line(curves.times_s, np.round(curves.level_db, 1), name="Energy", hover="%{y:.0f} dB")


def level_on_wave(curves: Curves) -> dict:
    """RMS as amplitude, to lie on the waveform."""
    trace = _line(curves.times_s, np.round(curves.rms, 4), name="Energy", hover="RMS %{y:.3f}")
    return trace | {"line": {"width": 2, "color": INK}}


def formants(curves: Curves) -> list[dict]:
    """F1 to F3 as marks of different shapes."""
    return [
        {
            "type": "scatter",
            "x": curves.times_s.astype(np.float32),
            "y": np.round(hz, 0).astype(np.float32),
            "mode": "markers",
            "marker": {"size": 4, "symbol": symbol, "color": INK},
            "hovertemplate": f"{_HOVER}, F{i}: %{{y:.0f}} Hz<extra></extra>",
            "name": f"F{i}",
            "showlegend": False,
        }
        for i, (hz, symbol) in enumerate(zip(curves.formants_hz, _FORMANT_SYMBOLS, strict=True), start=1)
    ]


def on_spectrogram(trace: dict, computed: Spectrogram) -> dict:
    """A curve in Hz, moved onto the rows of a spectrogram."""
    hz = trace["y"]
    place = np.interp(hz, computed.frequencies_hz, np.arange(len(computed.frequencies_hz))).astype(np.float32)
    trace = trace | {
        "y": np.round(place, 2),
        "customdata": hz,
        "hovertemplate": trace["hovertemplate"].replace("%{y", "%{customdata"),
    }
    if "line" in trace:
        return trace | {"line": {"width": 2.5, "color": _ON_DARK}}
    return trace | {"marker": trace["marker"] | {"color": _ON_DARK, "size": 3}}


def _line(times: np.ndarray, values: np.ndarray, *, name: str, hover: str) -> dict:
    return {
        "type": "scatter",
        "x": times.astype(np.float32),
        "y": values.astype(np.float32),
        "mode": "lines",
        "line": {"width": 1.8, "color": INK},
        "connectgaps": False,
        "hovertemplate": f"{_HOVER}: {hover}<extra></extra>",
        "name": name,
        "showlegend": False,
    }


# axes


def time_axis(*, duration_s: float, zoom: tuple[float, float] | None = None) -> dict:
    """Seconds from 0 to the end; shows `zoom` first, and a line through all rows at the pointer."""
    shown = [0, round(duration_s, 4)] if zoom is None else [round(zoom[0], 4), round(zoom[1], 4)]
    limits = {"minallowed": 0, "maxallowed": round(duration_s, 4)}
    spikes = {"showspikes": True, "spikemode": "across", "spikethickness": 1, "spikecolor": INK, "spikedash": "dot"}
    return {"range": shown, **limits, **spikes, "title": {"text": "Time (s)"}}


def amplitude_axis(*, peak: float) -> dict:
    """Symmetric about 0, a little beyond the peak."""
    limit = max(1.05 * peak, 0.01)
    return {"range": [-limit, limit], "title": {"text": "Amplitude"}, "fixedrange": True, "nticks": 5}


def frequency_axis(computed: Spectrogram, *, few: bool = False) -> dict:
    """Rows of a spectrogram, with marks at round frequencies; `few` of them, and a short title, in a small figure."""
    rows = computed.frequencies_hz
    axis = {"type": "category", "tickmode": "array", "fixedrange": True, "showgrid": False}
    axis["range"] = [-0.5, len(rows) - 0.5]
    if computed.kind == "mfcc":
        marks = [1, 5, 10, 15]
        return axis | {
            "title": {"text": "Coefficient"},
            "tickvals": [mark - 1 for mark in marks],
            "ticktext": [str(mark) for mark in marks],
        }
    ticks = [tick for tick in (_FEW_HZ if few else _TICKS_HZ) if rows[0] <= tick <= rows[-1] * 1.05]
    if computed.kind == "linear":
        ticks = [tick for tick in ticks if tick == 0 or tick >= 1000]
    return axis | {
        "tickvals": [round(float(np.interp(tick, rows, np.arange(len(rows)))), 2) for tick in ticks],
        "ticktext": [f"{tick / 1000:g}k" if tick >= 1000 else str(tick) for tick in ticks],
        "title": {"text": "Hz" if few else "Frequency (Hz)" if computed.kind == "linear" else "Frequency (Hz, mel)"},
    }


def track_axis(track: str) -> dict:
    """The axis of a row of its own; the same for every clip, so that clips compare by eye."""
    axes = {
        "pitch": {
            "type": "log",
            "range": [float(np.log10(hz)) for hz in PITCH_HZ],
            "tickvals": [75, 150, 300, 600],
            "title": {"text": "Pitch (Hz)"},
        },
        "energy": {"range": list(LEVEL_DB), "tickvals": [-60, -40, -20, 0], "title": {"text": "Energy (dB)"}},
        "formants": {
            "range": list(FORMANTS_HZ),
            "tickvals": [0, 1000, 2000, 3000, 4000],
            "ticktext": ["0", "1k", "2k", "3k", "4k"],
            "title": {"text": "Formants (Hz)"},
        },
    }
    return axes[track] | {"fixedrange": True, "gridcolor": GRID}


def _rows(computed: Spectrogram) -> list[str]:
    if computed.kind == "mfcc":
        return [f"coefficient {number:.0f}" for number in computed.frequencies_hz]
    return [f"{hz:,.0f} Hz" for hz in computed.frequencies_hz]
