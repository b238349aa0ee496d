import numpy as np
import pytest

from ser_core.features.curves import FLOOR_DB, curves
from ser_core.testing import sine, speechlike

SR = 16_000


@pytest.mark.parametrize("f0", [110.0, 220.0, 400.0])
def test_pitch_of_a_voice_and_gaps_where_there_is_none(f0):
    signal = np.concatenate([speechlike(1.0, sr=SR, f0=f0, seed=0), np.zeros(SR, dtype=np.float32)])
    found = curves(signal, sr=SR)
    assert np.nanmedian(found.pitch_hz) == pytest.approx(f0, rel=0.05)
    assert np.isnan(found.pitch_hz[found.times_s > 1.1]).all()
    assert np.isnan(found.formants_hz[:, found.times_s > 1.1]).all()


def test_level_of_a_sine_is_its_rms():
    found = curves(sine(1.0, sr=SR, frequency=200.0, amplitude=0.5), sr=SR)
    inside = (found.times_s > 0.1) & (found.times_s < 0.9)
    assert found.rms[inside] == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    assert found.level_db[inside] == pytest.approx(-9.03, abs=0.2)


def test_formants_rise_in_order():
    found = curves(speechlike(1.0, sr=SR, f0=150.0, seed=0), sr=SR)
    f1, f2, f3 = np.nanmedian(found.formants_hz, axis=1)
    assert 200 < f1 < f2 < f3 < 5000


def test_silence_has_the_floor_and_nothing_else():
    found = curves(np.zeros(SR, dtype=np.float32), sr=SR)
    assert np.all(found.level_db == FLOOR_DB)
    assert np.isnan(found.pitch_hz).all()


def test_table_has_a_row_per_frame():
    table = curves(sine(0.5, sr=SR), sr=SR).to_frame()
    assert table.columns.tolist() == ["time_s", "pitch_hz", "level_db", "f1_hz", "f2_hz", "f3_hz"]
    assert table["time_s"].tolist()[:3] == [0.0, 0.01, 0.02]


def test_a_long_clip_has_no_more_frames_than_a_screen():
    assert 500 < len(curves(np.zeros(25 * SR, dtype=np.float32), sr=SR).times_s) <= 1000
