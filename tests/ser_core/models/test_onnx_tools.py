"""Temperature and ONNX graphs."""

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.models.onnx_tools import INPUT, Graph, fit_temperature, halved, log_loss, run, session, softmax


def test_softmax_of_large_scores():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4, -1e4]])), [[0.5, 0.5, 0]])


def test_log_loss_of_a_coin():
    assert log_loss(np.zeros((4, 2)), np.array([0, 1, 0, 1])) == pytest.approx(np.log(2))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_finds_the_temperature_behind_labels(temperature):
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20_000, 4)) * 2
    y = (rng.random(20_000)[:, None] > softmax(scores / temperature).cumsum(axis=1)).sum(axis=1)
    assert fit_temperature(scores, np.minimum(y, 3)) == pytest.approx(temperature, rel=0.05)


def test_perfect_and_useless_scores_stay_bounded():
    y = np.arange(8) % 2
    assert 0.02 <= fit_temperature(np.eye(2)[y], y) < 0.05
    assert fit_temperature(np.eye(2)[1 - y], y) == pytest.approx(50, rel=0.01)


@pytest.mark.parametrize(
    "scores,y", [(np.zeros((0, 3)), np.zeros(0, int)), (np.zeros((2, 3)), np.zeros(3, int)), ([[np.nan, 0.0]], [0])]
)
def test_refuses_scores_that_tell_nothing(scores, y):
    with pytest.raises(ConfigError, match="Temperature"):
        fit_temperature(scores, y)


def test_graph_computes_what_it_says():
    rng = np.random.default_rng(1)
    weights, x = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(7, 5)).astype(np.float32)
    graph = Graph(shape=[5])
    content = graph.finish(graph.softmax(graph.add("MatMul", INPUT, weights), temperature=2.5), n_labels=3)
    np.testing.assert_allclose(run(content, x), softmax(x @ weights / 2.5), atol=1e-6)


def test_half_precision_halves_the_file_and_hardly_moves_the_answers():
    rng = np.random.default_rng(1)
    weights, x = rng.normal(size=(500, 8)).astype(np.float32) / 20, rng.normal(size=(7, 500)).astype(np.float32)
    graph, shift = Graph(shape=[500]), np.linspace(-1, 1, 500, dtype=np.float32)
    moved = graph.add("Add", INPUT, graph.optional("shift", shift))
    whole = graph.finish(graph.softmax(graph.add("MatMul", moved, weights), temperature=1.0), n_labels=8)
    half = halved(whole)
    assert len(half) < 0.62 * len(whole)
    assert 0 < np.abs(run(half, x) - run(whole, x)).max() < 2e-3
    # The default of an input is none of the weights.
    given = [session(content).run(None, {INPUT: x, "shift": shift})[0] for content in (whole, half)]
    np.testing.assert_array_equal(given[0], run(whole, x))
    np.testing.assert_array_equal(given[1], run(half, x))
