"""Statistics of tracks with known answers."""

import numpy as np
import pytest

from ser_core.features import statistics

RATE = 100.0


def of(track, *, voiced=None):
    track = np.asarray(track, dtype=float)
    voiced = np.zeros(len(track), bool) if voiced is None else np.asarray(voiced, bool)
    return dict(zip(statistics.NAMES, statistics.of_tracks(track[:, None], voiced=voiced, frame_rate=RATE)[:, 0],
                    strict=True))  # fmt: skip


def rhythm(level, f0, voiced):
    values = statistics.timing(np.asarray(level, float), np.asarray(f0, float), voiced=voiced, frame_rate=RATE)
    return dict(zip(statistics.TIMING_NAMES, values, strict=True))


def test_a_ramp():
    found = of(np.arange(101.0))
    assert found["mean"] == pytest.approx(50)
    assert found["std"] == pytest.approx(np.sqrt((101**2 - 1) / 12))
    assert (found["p10"], found["p90"]) == pytest.approx((10, 90))
    assert found["skew"] == pytest.approx(0, abs=1e-9)
    assert found["kurtosis"] == pytest.approx(1.8, abs=0.01)
    assert (found["delta_abs"], found["delta_std"], found["delta50ms_std"]) == pytest.approx((1, 0, 0))
    # Rising: the first cosine, which falls from the start to the end, is negative; the even ones vanish.
    assert found["course1"] < -10
    assert found["course2"] == pytest.approx(0, abs=1e-9)


def test_moments_and_percentiles_equal_scipy_and_numpy():
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(0).gamma(2, size=137)
    found = of(values)
    assert found["skew"] == pytest.approx(stats.skew(values))
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(values, fisher=False))
    assert (found["p10"], found["p90"]) == pytest.approx(tuple(np.percentile(values, (10, 90))))


def test_voiced_statistics_see_voiced_frames_only():
    found = of([1, 1, 5, 7, 1], voiced=[0, 0, 1, 1, 0])
    assert (found["voiced_mean"], found["voiced_std"]) == (6, 1)
    assert of([1, 2, 3])["voiced_mean"] == 0


@pytest.mark.parametrize("rate,band", [(2, "1.5-3"), (4, "3-5"), (6, "5-8"), (10, "8-13"), (18, "13-25")])
def test_modulation_is_found_at_its_rate(rate, band):
    found = of(np.sin(2 * np.pi * rate * np.arange(300) / RATE))
    modulation = {name: value for name, value in found.items() if name.startswith("mod")}
    assert max(modulation, key=modulation.get) == f"mod{band}Hz"


def test_modulation_does_not_depend_on_how_much_is_padded():
    short, long = (of(np.sin(2 * np.pi * 4 * np.arange(n) / RATE))["mod3-5Hz"] for n in (900, 5000))
    # The level of a sine per frame grows with the length: 10 log10(5000 / 900), whatever the padding.
    assert long - short == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("t", [1, 2, 3, 5, 6])
def test_a_few_frames_are_finite(t):
    assert np.isfinite(list(of(np.arange(t), voiced=np.ones(t)).values())).all()


def test_a_constant_has_no_spread():
    found = of(np.full(50, 3.0))
    assert found["mean"] == 3
    assert (found["std"], found["skew"], found["kurtosis"], found["delta_abs"]) == pytest.approx((0, 0, 0, 0))


def test_rhythm():
    voiced = np.zeros(200, bool)
    voiced[20:60] = voiced[100:180] = True
    level = np.where(voiced, -20.0, -60.0)
    level[150] = -10
    found = rhythm(level, np.full(200, 30.0), voiced)
    assert found["duration_s"] == 2
    assert found["voiced_share"] == pytest.approx(0.6)
    assert found["voiced_segments_per_s"] == 1
    assert (found["voiced_segment_mean_s"], found["voiced_segment_max_s"]) == pytest.approx((0.6, 0.8))
    assert found["share_20db_below"] == pytest.approx(0.4)
    assert (found["level_max_db"], found["level_max_position"]) == (-10, 0.75)
    assert found["f0_range"] == 0


def test_intonation_rises():
    found = rhythm(np.zeros(101), np.linspace(20, 30, 101), np.ones(101, bool))
    assert found["f0_slope"] == pytest.approx(10, rel=0.02)
    assert found["f0_range"] == 10
    assert (found["f0_rise_mean"], found["f0_fall_mean"], found["f0_rise_share"]) == pytest.approx((0.1, 0, 1))
    assert found["f0_max_position"] == pytest.approx(100 / 101)


def test_too_little_voice_has_no_intonation():
    found = rhythm(np.zeros(10), np.zeros(10), np.zeros(10, bool))
    assert found["f0_slope"] == found["voiced_segment_mean_s"] == 0
