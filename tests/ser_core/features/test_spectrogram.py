import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.errors import ConfigError
from ser_core.features.spectrogram import FLOOR_DB, KINDS, envelope, spectrogram
from ser_core.testing import noise, sine

SR = 16_000


@pytest.mark.parametrize("frequency", [250.0, 1000.0, 4000.0])
def test_full_scale_sine_reads_0_db_at_its_frequency(frequency):
    result = spectrogram(sine(1.0, sr=SR, frequency=frequency, amplitude=1.0), sr=SR, kind="linear")
    middle = result.values[:, len(result.times_s) // 2]
    assert result.frequencies_hz[middle.argmax()] == frequency
    assert middle.max() == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("frequency", [250.0, 1000.0, 4000.0])
def test_mel_bands_read_a_sine_within_4_db(frequency):
    result = spectrogram(sine(1.0, sr=SR, frequency=frequency, amplitude=0.1), sr=SR, kind="logmel")
    middle = result.values[:, len(result.times_s) // 2]
    assert result.frequencies_hz[middle.argmax()] == pytest.approx(frequency, rel=0.06)
    assert -24.2 <= middle.max() <= -19.9


def test_mel_bands_hold_the_power_of_white_noise():
    # The filters overlap so that their heights sum to 1: all bands together hold all the power between the outermost.
    signal = noise(4.0, sr=SR, amplitude=0.1)
    linear, logmel = (spectrogram(signal, sr=SR, kind=kind) for kind in ("linear", "logmel"))
    total = 10 * np.log10(np.sum(10 ** (logmel.values / 10)) / logmel.values.shape[1])
    # Noise fills the window's 1.5 bins of noise bandwidth, which the linear spectrogram counts as one.
    expected = 10 * np.log10(np.sum(10 ** (linear.values / 10)) / linear.values.shape[1] / 1.5)
    assert total == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sr", [8_000, 16_000, 44_100, 48_000])
def test_fits_the_screen_at_any_rate_and_length(kind, sr):
    result = spectrogram(noise(11.0, sr=sr), sr=sr, kind=kind)
    assert result.values.shape == (len(result.frequencies_hz), len(result.times_s))
    assert 200 < len(result.times_s) <= 400
    assert np.isfinite(result.values).all()
    assert np.all(np.diff(result.frequencies_hz) > 0)
    assert 0 <= result.times_s[0] < 0.1 and 10.9 < result.times_s[-1] < 11.1


def test_click_stands_at_its_time_however_long_the_clip():
    signal = np.zeros(20 * SR, dtype=np.float32)
    signal[13 * SR] = 1.0
    result = spectrogram(signal, sr=SR)
    loudest = result.values.max(axis=0).argmax()
    assert result.times_s[loudest] == pytest.approx(13.0, abs=0.05)


def test_silence_and_a_single_sample_stand_at_the_floor():
    for signal in (np.zeros(SR, dtype=np.float32), np.zeros(1, dtype=np.float32)):
        assert np.all(spectrogram(signal, sr=SR).values == FLOOR_DB)


def test_unknown_kind_is_refused_with_the_kinds():
    with pytest.raises(ConfigError, match="logmel, mel, linear, mfcc"):
        spectrogram(np.zeros(100, dtype=np.float32), sr=SR, kind="cqt")


def test_mel_reads_the_amplitude_in_per_mille():
    loud, soft = (spectrogram(sine(1.0, sr=SR, frequency=1000.0, amplitude=a), sr=SR, kind="mel") for a in (0.5, 0.05))
    assert 300 <= loud.values[:, 50].max() <= 510
    assert loud.values[:, 50].max() == pytest.approx(10 * soft.values[:, 50].max(), rel=1e-3)


def test_mfcc_leaves_out_the_level():
    loud, soft = (spectrogram(gain * noise(1.0, sr=SR, amplitude=0.1), sr=SR, kind="mfcc") for gain in (1.0, 0.5))
    assert loud.frequencies_hz.tolist() == list(range(1, 20))
    assert np.allclose(loud.values, soft.values, atol=0.1)
    assert loud.to_frame().columns.tolist()[:3] == ["time_s", "mfcc 1", "mfcc 2"]


def test_a_short_span_is_seen_more_closely():
    signal = np.zeros(4 * SR, dtype=np.float32)
    signal[2 * SR] = 1.0
    result = spectrogram(signal, sr=SR, span=(1.9, 2.1))
    assert np.diff(result.times_s).max() == pytest.approx(0.001)
    assert result.times_s[0] == pytest.approx(1.9) and result.times_s[-1] == pytest.approx(2.1, abs=0.002)
    assert result.times_s[result.values.max(axis=0).argmax()] == pytest.approx(2.0, abs=0.002)
    shape = envelope(signal, sr=SR, span=(1.99, 2.01))
    assert len(shape.times_s) == 320 and shape.times_s[shape.high.argmax()] == pytest.approx(2.0)


@pytest.mark.parametrize("span", [(9.0, 10.0), (1.0, 1.0), (-1.0, 0.5)])
def test_a_span_beyond_the_signal_is_as_long_as_there_is_signal(span):
    signal = noise(1.0, sr=SR)
    assert np.isfinite(spectrogram(signal, sr=SR, span=span).values).all()
    assert len(envelope(signal, sr=SR, span=span).times_s) == (1000 if span[0] < 0 else 0)


def test_table_has_a_row_per_time_and_a_column_per_frequency():
    result = spectrogram(sine(0.5, sr=SR), sr=SR, kind="linear")
    table = result.to_frame()
    assert table.shape == (len(result.times_s), 1 + len(result.frequencies_hz))
    assert list(table.columns[:2]) == ["time_s", "0.0 Hz"]
    assert table["437.5 Hz"].iloc[30] == pytest.approx(result.values[14, 30], abs=0.051)


@given(st.integers(1, 5000), st.integers(1, 300))
def test_envelope_holds_every_peak(length, spans):
    signal = np.random.default_rng(length).uniform(-1, 1, length).astype(np.float32)
    shape = envelope(signal, sr=1000, max_spans=spans)
    assert len(shape.times_s) == len(shape.low) == len(shape.high) <= spans
    assert shape.low.min() == signal.min() and shape.high.max() == signal.max()
    assert np.all(shape.low <= shape.high)
    assert np.all(np.diff(shape.times_s) > 0) and shape.times_s[-1] <= length / 1000


def test_envelope_of_nothing_is_nothing():
    shape = envelope(np.zeros(0, dtype=np.float32), sr=SR)
    assert len(shape.times_s) == 0
    assert list(shape.to_frame().columns) == ["time_s", "low", "high"]
