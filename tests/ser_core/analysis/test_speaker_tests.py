import numpy as np
import pytest
from scipy.stats import false_discovery_control, wilcoxon

from ser_core.analysis import speaker_tests


def test_holm_by_hand():
    # The example of Holm's procedure: p times the number of tests still open, never falling.
    assert speaker_tests.adjust(np.array([0.01, 0.02, 0.03]), how="holm").tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert speaker_tests.adjust(np.array([0.9, 0.6]), how="holm").tolist() == [1, 1]


def test_corrections_keep_the_form_and_skip_what_was_not_tested():
    p = np.array([[0.001, np.nan], [0.2, 0.04]])
    known = ~np.isnan(p)
    assert np.allclose(speaker_tests.adjust(p, how="bh")[known], false_discovery_control(p[known]))
    for how in speaker_tests.CORRECTIONS:
        assert np.isnan(speaker_tests.adjust(p, how=how)[0, 1])
        assert (speaker_tests.adjust(p, how=how)[known] >= p[known]).all()
    assert np.isnan(speaker_tests.adjust(np.full(3, np.nan), how="bh")).all()


@pytest.mark.filterwarnings("error")
def test_signed_rank_of_columns_with_and_without_gaps():
    rng = np.random.default_rng(0)
    pairs = rng.normal(0.5, 1, (12, 4))
    pairs[:3, 1] = np.nan
    pairs[:8, 2] = np.nan
    pairs[:, 3] = 0
    p = speaker_tests.signed_rank(pairs)
    assert p[0] == pytest.approx(wilcoxon(pairs[:, 0]).pvalue)
    assert p[1] == pytest.approx(wilcoxon(pairs[3:, 1]).pvalue)
    assert np.isnan(p[2]), "four speakers are too few"
    assert np.isnan(p[3]), "no difference at all is no test"


def test_six_speakers_that_agree_are_just_enough():
    assert speaker_tests.signed_rank(np.arange(1.0, 7)[:, None])[0] == 2 / 2**6
    assert np.isnan(speaker_tests.signed_rank(np.arange(1.0, 6)[:, None])[0])


@pytest.mark.filterwarnings("error")
def test_interval_of_the_mean_over_speakers():
    pairs = np.random.default_rng(0).normal(2, 1, (100, 1))
    mean, low, high = speaker_tests.mean_interval(pairs, seed=0)
    assert mean[0] == pytest.approx(pairs.mean())
    # 1.96 standard errors of a tenth on each side.
    assert high[0] - low[0] == pytest.approx(0.39, abs=0.06)
    mean, low, high = speaker_tests.mean_interval(pairs[:1], seed=0)
    assert mean[0] == pairs[0, 0] and np.isnan(low[0]) and np.isnan(high[0])
    assert np.isnan(speaker_tests.mean_interval(pairs[:0], seed=0)).all()
