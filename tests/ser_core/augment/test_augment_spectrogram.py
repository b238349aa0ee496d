"""SpecAugment: masks of the widths and places asked for."""

import numpy as np
import pytest

from ser_core.augment import spec_augment
from ser_core.errors import ConfigError


@pytest.fixture
def logmel():
    return np.random.default_rng(0).normal(-40, 10, (6, 40, 100)).astype(np.float32)


def masked(logmel, **params):
    rng = np.random.default_rng(1)
    given = {"freq_masks": 0, "freq_width": 0, "time_masks": 0, "time_width": 0, **params}
    changed = spec_augment(logmel, rng=rng, **given)
    return changed, changed != logmel


def test_one_band_mask_covers_whole_neighbouring_bands(logmel):
    _, mask = masked(logmel, freq_masks=1, freq_width=8)
    bands = mask.all(axis=-1)
    np.testing.assert_array_equal(bands, mask.any(axis=-1))
    assert bands.sum(axis=1).max() <= 8
    assert (np.abs(np.diff(bands.astype(int), axis=1, prepend=0, append=0)).sum(axis=1) <= 2).all()


def test_one_time_mask_covers_whole_neighbouring_frames(logmel):
    _, mask = masked(logmel, time_masks=1, time_width=30)
    spans = mask.all(axis=-2)
    np.testing.assert_array_equal(spans, mask.any(axis=-2))
    assert spans.sum(axis=1).max() <= 30


def test_masked_cells_hold_the_mean_of_their_own_spectrogram(logmel):
    changed, mask = masked(logmel, freq_masks=2, freq_width=10, time_masks=2, time_width=20)
    for i in range(len(logmel)):
        np.testing.assert_allclose(changed[i][mask[i]], logmel[i].mean(), rtol=1e-5)
    np.testing.assert_array_equal(changed[~mask], logmel[~mask])


def test_each_of_a_batch_has_masks_of_its_own(logmel):
    _, mask = masked(logmel, freq_masks=2, freq_width=10, time_masks=2, time_width=20)
    assert len({part.tobytes() for part in mask}) > 1


def test_widths_are_uniform_from_zero_to_the_greatest():
    _, mask = masked(np.random.default_rng(0).normal(size=(6000, 20, 1)).astype(np.float32), freq_masks=1, freq_width=4)
    counts = np.bincount(mask[..., 0].sum(axis=1), minlength=5)
    np.testing.assert_allclose(counts / 6000, 0.2, atol=0.02)


def test_a_single_spectrogram_and_no_masks(logmel):
    assert spec_augment(logmel[0], rng=np.random.default_rng(0)).shape == (40, 100)
    changed, _ = masked(logmel)
    np.testing.assert_array_equal(changed, logmel)
    assert changed is not logmel


def test_a_spectrogram_shorter_than_the_mask():
    short = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    assert spec_augment(short, rng=np.random.default_rng(0), time_width=50).shape == (40, 5)
    assert spec_augment(short[:, :0], rng=np.random.default_rng(0)).shape == (40, 0)


def test_wrong_shapes_and_widths():
    rng = np.random.default_rng(0)
    with pytest.raises(ConfigError, match=r"shape \(\.\.\., n_mels, t\)"):
        spec_augment(np.zeros(10), rng=rng)
    with pytest.raises(ConfigError, match="at most 40 bands"):
        spec_augment(np.zeros((40, 10)), freq_width=41, rng=rng)
    with pytest.raises(ConfigError, match="negative"):
        spec_augment(np.zeros((40, 10)), time_masks=-1, rng=rng)
