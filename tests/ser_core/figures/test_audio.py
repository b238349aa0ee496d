import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.features.spectrogram import spectrogram as compute
from ser_core.figures import audio
from ser_core.testing import sine, speechlike

SR = 16_000


@pytest.fixture(scope="module")
def voice():
    return speechlike(3.0, sr=SR, f0=180.0, seed=0)


def of_type(figure, kind):
    return [trace for trace in figure.data if trace.type == kind]


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


@pytest.mark.parametrize("kind", ["logmel", "linear"])
def test_spectrogram_draws_decibels_over_hertz(kind, voice):
    figure = audio.spectrogram(voice, sr=SR, kind=kind)
    (image,) = figure.data
    computed = compute(voice, sr=SR, kind=kind)
    assert np.abs(np.asarray(image.z) - computed.db).max() <= 0.5  # in whole dB
    assert image.x0 == pytest.approx(computed.times_s[0], abs=1e-5)
    assert image.dx == pytest.approx(computed.times_s[1] - computed.times_s[0], abs=1e-5)
    assert len(set(image.y)) == len(computed.frequencies_hz), "two rows of one name would fall together"
    assert image.zmax - image.zmin == audio.SPAN_DB
    assert image.zmax >= computed.db.max()


def test_ticks_of_the_mel_axis_stand_at_their_frequency():
    figure = audio.spectrogram(sine(0.5, sr=SR), sr=SR, kind="logmel")
    axis, bands = figure.layout.yaxis, compute(sine(0.5, sr=SR), sr=SR, kind="logmel").frequencies_hz
    assert list(axis.ticktext) == ["250", "500", "1k", "2k", "4k", "8k"]
    assert np.interp(axis.tickvals[2], np.arange(len(bands)), bands) == pytest.approx(1000, rel=0.01)
    assert "Hz" in axis.title.text


def test_clip_figure_zooms_as_one(voice):
    figure = audio.clip_figure(voice, sr=SR, kind="both", title="A voice")
    assert len(of_type(figure, "scatter")) == 1
    assert [image.name for image in of_type(figure, "heatmap")] == ["Log-mel spectrogram", "Linear spectrogram"]
    # All rows follow the time axis of the lowest.
    assert figure.layout.xaxis.matches == figure.layout.xaxis2.matches == "x3"
    assert figure.layout.xaxis3.title.text == "Time (s)"
    assert [image.showscale for image in of_type(figure, "heatmap")] == [True, False]
    assert len({image.zmax for image in of_type(figure, "heatmap")}) == 1


def test_two_clips_share_their_axes_and_colours(voice):
    scale = {"duration_s": 5.0, "amplitude": 0.8, "top_db": -10.0}
    figures = [audio.clip_figure(signal, sr=SR, **scale) for signal in (voice, 0.01 * voice[:SR])]
    for figure in figures:
        assert tuple(figure.layout.xaxis.range) == (0, 5.0)
        assert figure.layout.yaxis.range[1] == pytest.approx(0.84)
        assert of_type(figure, "heatmap")[0].zmax == -10.0


def test_loudest_suits_both_kinds():
    assert audio.loudest_db(sine(0.5, sr=SR, amplitude=0.5), sr=SR) == pytest.approx(-5.0)  # -6.02 dB, next 5 above


@pytest.mark.parametrize("duration_s", [0.0001, 10.0, 60.0])
def test_stays_small_whatever_the_length(duration_s):
    signal = speechlike(max(duration_s, 0.2), sr=SR, f0=150.0, seed=1)[: max(1, round(duration_s * SR))]
    assert len(audio.clip_figure(signal, sr=SR, kind="both").to_json()) < 300_000


def test_silence_is_drawn():
    figure = audio.clip_figure(np.zeros(SR, dtype=np.float32), sr=SR)
    assert figure.layout.yaxis.range[1] == pytest.approx(0.01)


def test_no_colour_is_taken_for_a_placeholder_of_the_theme():
    # Regression: Streamlit puts its own colours in place of "#000001" and up; Magma's first, "#000004", came out pink.
    image = audio.spectrogram(sine(0.5, sr=SR), sr=SR).data[0]
    assert not [colour for _, colour in image.colorscale if colour.startswith("#0000")]


def test_unknown_kind_is_refused_with_the_kinds(voice):
    with pytest.raises(ConfigError, match="logmel, linear and both"):
        audio.clip_figure(voice, sr=SR, kind="mfcc")
