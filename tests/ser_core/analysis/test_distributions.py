import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, spearmanr

from ser_core.analysis import distributions


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    emotion = pd.Series(np.repeat(["sad", "neutral"], 2000))
    return pd.Series(rng.normal(size=4000) + 5.0 * (emotion == "sad")), emotion


def test_density_of_a_normal_distribution(clips):
    values, emotion = clips
    found = distributions.densities(values, emotion=emotion)
    assert found["emotion"].unique().tolist() == ["neutral", "sad"]
    for mean, name in ((0, "neutral"), (5, "sad")):
        part = found[found["emotion"] == name]
        assert np.allclose(part["density"], norm.pdf(part["value"], mean, 1), atol=0.04)
        assert np.trapezoid(part["density"], part["value"]) == pytest.approx(1, abs=0.02)


@pytest.mark.filterwarnings("error")
def test_what_has_no_spread_has_no_curve():
    constant = pd.Series([1.0, 1.0, 2.0, np.nan])
    emotion = pd.Series(["sad", "sad", "happy", "angry"])
    assert distributions.densities(constant, emotion=emotion).empty
    assert distributions.quantiles(constant, emotion=emotion)["emotion"].unique().tolist() == ["happy", "sad"]
    assert distributions.quantiles(constant[:0], emotion=emotion[:0]).empty


def test_most_values_alike_still_make_a_curve():
    found = distributions.densities(pd.Series([0.0] * 90 + list(range(10))), emotion=pd.Series(["sad"] * 100))
    assert np.isfinite(found["density"]).all() and found.loc[found["density"].idxmax(), "value"] == pytest.approx(
        0, abs=0.2
    )


def test_quantiles(clips):
    values, emotion = clips
    found = distributions.quantiles(values, emotion=emotion).set_index(["emotion", "share"])["value"]
    assert found["sad", 0.5] == pytest.approx(values[emotion == "sad"].median())


def test_measures_that_go_together_stand_together():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 500))
    values = pd.DataFrame({"a": a, "b": b, "-a": -np.exp(a), "b too": b + 0.1 * rng.normal(size=500)})
    found = distributions.correlations(values)
    assert found.loc["a", "-a"] == pytest.approx(-1)
    assert found.loc["a", "b"] == pytest.approx(spearmanr(a, b).statistic)
    order = found.index.tolist()
    assert found.columns.tolist() == order
    assert abs(order.index("a") - order.index("-a")) == abs(order.index("b") - order.index("b too")) == 1


@pytest.mark.filterwarnings("error")
def test_what_is_unknown_or_does_not_vary_is_left_out():
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.normal(size=(20, 3)), columns=list("xyz")).assign(constant=1.0)
    values.loc[:15, "z"] = np.nan
    values.loc[0, "x"] = np.nan
    found = distributions.correlations(values)
    assert sorted(found.columns) == ["x", "y"]
    assert found.loc["x", "y"] == pytest.approx(spearmanr(values["x"][1:], values["y"][1:]).statistic)
    assert distributions.correlations(values[["x"]]).empty
    assert distributions.correlations(values[:2]).empty
