import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.features.spectrogram import KINDS
from ser_core.features.spectrogram import spectrogram as compute
from ser_core.figures import audio
from ser_core.figures.audio_parts import SPAN_DB
from ser_core.testing import sine, speechlike

SR = 16_000


@pytest.fixture(scope="module")
def voice():
    return speechlike(3.0, sr=SR, f0=180.0, seed=0)


def of_type(figure, kind):
    return [trace for trace in figure.data if trace.type == kind]


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_waveplot_draws_the_envelope(voice):
    figure = audio.waveplot(voice, sr=SR, title="A voice", colour="#123456")
    (wave,) = figure.data
    assert len(wave.x) == len(wave.y) <= 2000
    assert max(wave.y) == pytest.approx(voice.max(), abs=1e-4)
    assert min(wave.y) == pytest.approx(voice.min(), abs=1e-4)
    assert wave.line.color == "#123456"
    assert figure.layout.xaxis.title.text == "Time (s)"
    assert figure.layout.yaxis.title.text == "Amplitude"
    assert tuple(figure.layout.xaxis.range) == (0, 3.0)
    assert figure.layout.title.text == "A voice"


@pytest.mark.parametrize("kind", KINDS)
def test_spectrogram_draws_whole_units_over_its_rows(kind, voice):
    figure = audio.spectrogram(voice, sr=SR, kind=kind)
    (image,) = figure.data
    computed = compute(voice, sr=SR, kind=kind)
    assert np.abs(np.asarray(image.z) - computed.values).max() <= 0.5
    assert image.x0 == pytest.approx(computed.times_s[0], abs=1e-5)
    assert image.dx == pytest.approx(computed.times_s[1] - computed.times_s[0], abs=1e-5)
    assert len(set(image.y)) == len(computed.frequencies_hz), "two rows of one name would fall together"
    assert image.zmax >= np.percentile(computed.values, 99 if kind == "mfcc" else 100)


def test_colour_ranges_suit_the_units(voice):
    level, mel, mfcc = (audio.spectrogram(voice, sr=SR, kind=kind).data[0] for kind in ("logmel", "mel", "mfcc"))
    assert level.zmax - level.zmin == SPAN_DB
    assert mel.zmin == 0
    assert mfcc.zmin == -mfcc.zmax
    assert mfcc.colorscale != level.colorscale


def test_ticks_of_the_mel_axis_stand_at_their_frequency():
    figure = audio.spectrogram(sine(0.5, sr=SR), sr=SR, kind="logmel")
    axis, bands = figure.layout.yaxis, compute(sine(0.5, sr=SR), sr=SR, kind="logmel").frequencies_hz
    assert list(axis.ticktext) == ["250", "500", "1k", "2k", "4k", "8k"]
    assert np.interp(axis.tickvals[2], np.arange(len(bands)), bands) == pytest.approx(1000, rel=0.01)
    assert "Hz" in axis.title.text


def test_a_small_one_leaves_out_the_bar_and_most_marks(voice):
    figure = audio.spectrogram(voice, sr=SR, compact=True)
    assert not figure.data[0].showscale
    assert list(figure.layout.yaxis.ticktext) == ["500", "2k", "8k"] and figure.layout.yaxis.title.text == "Hz"


def test_rows_share_one_time_axis_from_the_top_down(voice):
    figure = audio.clip_figure(voice, sr=SR, kind=("linear", "logmel"), tracks=audio.TRACKS, title="A voice")
    assert {trace.xaxis for trace in figure.data} == {"x"}
    assert [image.name for image in of_type(figure, "heatmap")] == ["Log-mel spectrogram", "Linear spectrogram"]
    axes = [figure.layout[f"yaxis{i}" if i > 1 else "yaxis"] for i in range(1, 7)]
    assert [axis.title.text for axis in axes] == [
        "Amplitude",
        "Frequency (Hz, mel)",
        "Frequency (Hz)",
        "Pitch (Hz)",
        "Energy (dB)",
        "Formants (Hz)",
    ]
    bottoms, tops = zip(*(axis.domain for axis in axes), strict=True)
    assert all(top < bottom for top, bottom in zip(tops[1:], bottoms, strict=False)) and min(bottoms) >= 0
    assert figure.layout.xaxis.anchor == "y6"
    assert len({image.zmax for image in of_type(figure, "heatmap")}) == 1, "levels share their colours"


def test_tracks_lie_on_the_waveform_and_the_spectrogram(voice):
    figure = audio.clip_figure(voice, sr=SR, tracks=audio.TRACKS, overlay=True)
    assert named(figure, "Energy").yaxis == "y"
    assert max(named(figure, "Energy").y) < max(named(figure, "Waveform").y)
    pitch = named(figure, "Pitch")
    over = figure.layout[pitch.yaxis.replace("y", "yaxis")]
    assert over.overlaying == "y2" and tuple(over.range) == tuple(figure.layout.yaxis2.range)
    bands = compute(voice, sr=SR).frequencies_hz
    known = ~np.isnan(pitch.y)
    assert np.interp(pitch.y[known], np.arange(len(bands)), bands) == pytest.approx(pitch.customdata[known], rel=0.02)


def test_tracks_keep_their_rows_where_nothing_is_in_hertz(voice):
    for kinds in ((), ("mfcc",)):
        figure = audio.clip_figure(voice, sr=SR, kind=kinds, tracks=("pitch",), overlay=True)
        assert named(figure, "Pitch").yaxis == f"y{2 + len(kinds)}"


def test_zoom_shows_the_part_and_draws_it_finer(voice):
    figure = audio.clip_figure(voice, sr=SR, zoom=(1.0, 1.2), segment=(1.0, 1.1))
    assert tuple(figure.layout.xaxis.range) == (1.0, 1.2)
    whole, part = of_type(figure, "heatmap")
    assert part.dx == pytest.approx(0.001) and whole.dx == pytest.approx(0.008)
    assert part.x0 == pytest.approx(1.0, abs=0.001) and (part.zmin, part.zmax) == (whole.zmin, whole.zmax)
    times = named(figure, "Waveform").x
    assert np.all(np.diff(times) >= 0)
    assert ((times > 1.0) & (times < 1.2)).sum() > 1000
    (mark,) = figure.layout.shapes
    assert (mark.x0, mark.x1) == (1.0, 1.1)


def test_clips_share_their_axes_and_colours(voice):
    clips = (voice, 0.01 * voice[:SR])
    scale = audio.common([audio.extents(signal, sr=SR, kind=("logmel", "mfcc")) for signal in clips])
    figures = [audio.clip_figure(signal, sr=SR, kind=("logmel", "mfcc"), **scale) for signal in clips]
    for figure in figures:
        assert tuple(figure.layout.xaxis.range) == (0, 3.0)
        assert figure.layout.yaxis.range[1] == pytest.approx(1.05 * np.abs(voice).max())
    ranges = [[(image.zmin, image.zmax) for image in of_type(figure, "heatmap")] for figure in figures]
    assert ranges[0] == ranges[1]
    assert audio.common([]) == {}


def test_loudest_comes_in_steps_of_5_db():
    tops = audio.extents(sine(0.5, sr=SR, amplitude=0.5), sr=SR, kind="linear")["tops"]
    assert tops["linear"] == pytest.approx(-5.0)  # -6.02 dB, next 5 above


@pytest.mark.parametrize("duration_s", [0.0001, 10.0, 60.0])
def test_stays_small_whatever_the_length(duration_s):
    signal = speechlike(max(duration_s, 0.2), sr=SR, f0=150.0, seed=1)[: max(1, round(duration_s * SR))]
    assert len(audio.clip_figure(signal, sr=SR, kind=("logmel", "linear"), tracks=audio.TRACKS).to_json()) < 450_000


def test_silence_is_drawn():
    figure = audio.clip_figure(np.zeros(SR, dtype=np.float32), sr=SR, kind=KINDS, tracks=audio.TRACKS, overlay=True)
    assert figure.layout.yaxis.range[1] == pytest.approx(0.01)


def test_no_colour_is_taken_for_a_placeholder_of_the_theme():
    # Regression: Streamlit puts its own colours in place of "#000001" and up; Magma's first, "#000004", came out pink.
    image = audio.spectrogram(sine(0.5, sr=SR), sr=SR).data[0]
    assert not [colour for _, colour in image.colorscale if colour.startswith("#0000")]


def test_unknown_names_are_refused_with_the_known(voice):
    with pytest.raises(ConfigError, match="'cqt'; there are logmel, mel, linear, mfcc"):
        audio.clip_figure(voice, sr=SR, kind="cqt")
    with pytest.raises(ConfigError, match="'timbre'; there are pitch, energy, formants"):
        audio.clip_figure(voice, sr=SR, tracks=["timbre"])
