import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.analysis import effects
from ser_core.errors import ConfigError

NUMBERS = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=12).map(np.array)


def test_hedges_g_of_a_textbook_example():
    # Means 30 and 25, standard deviations 5, 20 in each group: d = 1, J = 1 - 3 / (4 * 38 - 1).
    spread = np.tile([-1.0, 1.0], 10) * 5 * np.sqrt(19 / 20)
    assert effects.hedges_g(30 + spread, 25 + spread) == pytest.approx(1 - 3 / 151)


@given(NUMBERS, NUMBERS)
def test_effects_turn_their_sign_with_the_groups(a, b):
    for kind in effects.KINDS:
        assert np.allclose(effects.effect(a, b, kind=kind), -effects.effect(b, a, kind=kind), equal_nan=True)


@given(NUMBERS, NUMBERS)
def test_cliffs_delta_counts_pairs(a, b):
    pairs = np.sign(a[:, None] - b)
    assert effects.cliffs_delta(a, b) == pytest.approx(pairs.mean())


def test_columns_are_independent_and_unknown_values_left_out():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, (30, 3)), rng.normal(0, 1, (20, 3))
    a[:5, 1] = np.nan
    b[:, 2] = np.nan
    for kind in effects.KINDS:
        found = effects.effect(a, b, kind=kind)
        assert found[0] == pytest.approx(effects.effect(a[:, 0], b[:, 0], kind=kind))
        assert found[1] == pytest.approx(effects.effect(a[5:, 1], b[:, 1], kind=kind))
        assert np.isnan(found[2])


@pytest.mark.filterwarnings("error")
def test_what_does_not_vary_has_no_effect_size():
    assert np.isnan(effects.hedges_g(np.ones(5), np.zeros(5)))
    assert effects.cliffs_delta(np.ones(5), np.zeros(5)) == 1
    assert np.isnan(effects.hedges_g(np.ones(1), np.arange(5.0)))
    assert np.isnan(effects.cliffs_delta(np.empty(0), np.arange(5.0)))


def test_unknown_effect_size():
    with pytest.raises(ConfigError, match="Cohen"):
        effects.effect(np.ones(2), np.ones(2), kind="Cohen")


def test_explained_agrees_with_the_sums_of_squares():
    groups = [np.array([1.0, 2, 3]), np.array([2.0, 4, 6, np.nan]), np.array([7.0, 8])]
    values = np.concatenate([group[~np.isnan(group)] for group in groups])
    total = ((values - values.mean()) ** 2).sum()
    within = sum(((g - np.nanmean(g)) ** 2)[~np.isnan(g)].sum() for g in groups)
    eta, omega = effects.explained(groups)
    assert eta == pytest.approx(1 - within / total)
    assert omega == pytest.approx((total - within - 2 * within / 5) / (total + within / 5))


@pytest.mark.filterwarnings("error")
def test_explained_needs_groups_and_variation():
    assert np.isnan(effects.explained([np.arange(3.0)])).all()
    assert np.isnan(effects.explained([np.ones(3), np.ones(3)])).all()
    assert np.isnan(effects.explained([np.arange(3.0), np.full(3, np.nan)])).all()


def test_nothing_is_explained_by_chance_groups():
    rng = np.random.default_rng(0)
    _, omega = effects.explained([rng.normal(size=(500, 50)) for _ in range(6)])
    assert abs(omega.mean()) < 0.002


def test_standardised_takes_the_speaker_away():
    rng = np.random.default_rng(0)
    speaker = pd.Series(np.repeat(["a", "b"], 50))
    values = pd.DataFrame({"pitch": rng.normal(size=100) * np.where(speaker == "a", 1, 9) + (speaker == "b") * 40})
    found = effects.standardised(values.assign(constant=0.1), speaker)
    assert np.allclose(found["pitch"].groupby(speaker).mean(), 0)
    assert np.allclose(found["pitch"].groupby(speaker).std(ddof=0), 1)
    assert (found["constant"] == 0).all()


def test_standardised_keeps_unknown_values_and_speakers_unknown():
    values = pd.DataFrame({"x": [1.0, np.nan, 3.0, 5.0]}, index=[7, 8, 9, 10])
    found = effects.standardised(values, pd.Series(["a", "a", "a", None], index=values.index))
    assert found["x"].tolist()[::2] == [-1, 1]
    assert found["x"].isna().tolist() == [False, True, False, True]
    assert found.index.equals(values.index)
