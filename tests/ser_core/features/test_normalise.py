"""Speaker calibration."""

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.features.normalise import calibrate, standardise_by


def test_each_group_has_mean_zero_and_spread_one():
    rng = np.random.default_rng(0)
    groups = np.repeat(["a", "b", "c"], (5, 20, 50))
    x = rng.normal(size=(75, 4)) * [1, 10, 0.1, 1000] + np.repeat([[0.0], [50.0], [-3.0]], (5, 20, 50), axis=0)
    out = standardise_by(x, groups)
    assert out.dtype == np.float32
    for group in "abc":
        np.testing.assert_allclose(out[groups == group].mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(out[groups == group].std(axis=0), 1, atol=1e-5)


def test_a_group_does_not_see_the_others():
    x = np.random.default_rng(1).normal(size=(20, 3))
    groups = np.repeat(["a", "b"], 10)
    changed = x.copy()
    changed[10:] += 5
    assert np.array_equal(standardise_by(x, groups)[:10], standardise_by(changed, groups)[:10])


def test_what_does_not_vary_is_zero():
    x = np.array([[1.0, 0.1], [1.0, 0.2], [7.0, 0.3], [9.0, 0.4]])
    out = standardise_by(x, np.array(["a", "a", "b", "b"]))
    assert out[:2, 0].tolist() == [0, 0]
    assert (standardise_by(x, np.arange(4)) == 0).all()


def test_no_clips():
    assert standardise_by(np.empty((0, 5)), np.empty(0)).shape == (0, 5)


def test_refuses_wrong_lengths():
    with pytest.raises(ConfigError, match="2 groups for 3 clips"):
        standardise_by(np.zeros((3, 2)), np.array(["a", "b"]))


def test_tracks_are_standardised_over_the_frames_of_sound_of_a_speaker():
    rng = np.random.default_rng(2)
    sound = np.arange(12) < rng.integers(4, 12, size=(9, 1))
    speakers = np.repeat(["a", "b", "c"], 3)
    loud = np.repeat([1.0, 5.0, -4.0], 3)[:, None, None]
    x = np.concatenate([rng.normal(loud, 3.0, (9, 2, 12)) * sound[:, None], sound[:, None]], axis=1)
    out = calibrate(x, speakers, kind="frames")
    # What is padding stays so: a network divides by the number of frames of sound.
    assert np.array_equal(out[:, -1], sound) and not out[:, :2][np.broadcast_to(~sound[:, None], (9, 2, 12))].any()
    for name in "abc":
        tracks = out[speakers == name].transpose(0, 2, 1)[sound[speakers == name]][:, :2]
        np.testing.assert_allclose(tracks.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(tracks.std(axis=0), 1, atol=1e-5)


def test_other_features_are_calibrated_one_by_one():
    x = np.random.default_rng(3).normal(size=(6, 4))
    speakers = np.repeat(["a", "b"], 3)
    assert np.array_equal(calibrate(x, speakers, kind="functionals"), standardise_by(x, speakers))
