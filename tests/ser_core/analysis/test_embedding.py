"""Clips as points: standardised measures and their maps, with known answers."""

import numpy as np
import pytest

from ser_core.analysis import embedding
from ser_core.analysis.embedding import METHODS, prepare, project
from ser_core.errors import CancelledError, ConfigError, SERError


def two_clouds(n=40, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 12)).astype(np.float32)
    x[: n // 2] += 4.0
    return x


def is_apart(xy):
    """Whether both halves of the clips lie apart: each point is closer to its own half's centre."""
    half = len(xy) // 2
    centres = np.array([xy[:half].mean(axis=0), xy[half:].mean(axis=0)])
    nearest = np.linalg.norm(xy[:, None] - centres, axis=2).argmin(axis=1)
    return np.mean(nearest == np.repeat([0, 1], half)) > 0.95


# --- prepare


def test_raw_measures_are_standardised_over_all_and_by_speaker_within_each():
    rng = np.random.default_rng(0)
    speakers = np.repeat(["a", "b"], 200)
    x = rng.normal(size=(400, 3)) * [1.0, 100.0, 0.5] + np.where(speakers == "a", 0, 50)[:, None]
    raw, within = (prepare(x, speakers=speakers, normalisation=each) for each in embedding.NORMALISATIONS)
    np.testing.assert_allclose(raw.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(raw.std(axis=0), 1, atol=1e-2)
    for name in "ab":
        np.testing.assert_allclose(within[speakers == name].mean(axis=0), 0, atol=1e-4)
        np.testing.assert_allclose(within[speakers == name].std(axis=0), 1, atol=2e-2)
    assert abs(raw[speakers == "a", 2].mean()) > 0.9 and within.dtype == np.float32


def test_a_clip_without_a_measure_lies_at_the_mean_of_its_group():
    x = np.array([[1.0, 5.0], [3.0, np.nan], [11.0, 7.0], [13.0, 9.0]])
    speakers = np.array(["a", "a", "b", "b"])
    assert prepare(x, speakers=speakers, normalisation="raw")[1, 1] == 0
    assert prepare(x, speakers=speakers, normalisation="speaker")[1, 1] == 0
    assert np.isnan(x[1, 1]), "the measures themselves are left alone"


def test_odd_clips_are_cut_off():
    x = np.zeros((200, 1))
    x[0] = 1e9
    assert prepare(x, speakers=np.zeros(200, str), normalisation="raw").max() == embedding.LIMIT


def test_what_prepare_does_not_take():
    with pytest.raises(ConfigError, match="normalisation must be one of raw, speaker, got 'both'"):
        prepare(np.zeros((2, 2)), speakers=np.array(["a", "b"]), normalisation="both")
    with pytest.raises(ConfigError, match="One speaker per clip"):
        prepare(np.zeros((2, 2)), speakers=np.array(["a"]), normalisation="speaker")


# --- project


def test_pca_shows_the_directions_of_most_variance_in_their_true_size():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 4)) * [6.0, 3.0, 0.1, 0.1]
    found = project(x, method="pca")
    np.testing.assert_allclose(found.xy.std(axis=0), [3.0, 1.5], rtol=0.1)
    assert found.explained == pytest.approx((36 / 45, 9 / 45), abs=0.05)
    # Distances are those of the measures, over the root of their number.
    np.testing.assert_allclose(
        np.linalg.norm(found.xy[:50] - found.xy[50:100], axis=1),
        np.linalg.norm((x[:50] - x[50:100])[:, :2], axis=1) / 2,
        atol=0.2,
    )


def test_pca_agrees_with_scikit_learn_up_to_sign():
    from sklearn.decomposition import PCA

    x = two_clouds()
    expected = PCA(2).fit(x)
    found = project(x, method="pca")
    np.testing.assert_allclose(np.abs(found.xy * np.sqrt(12)), np.abs(expected.transform(x)), atol=1e-3)
    assert found.explained == pytest.approx(tuple(expected.explained_variance_ratio_), abs=1e-4)


def test_a_map_is_turned_and_mirrored_like_another():
    x = two_clouds()
    first = project(x, method="pca").xy
    turn = np.array([[0.6, 0.8], [0.8, -0.6]])
    again = project(x, method="pca", like=first @ turn).xy
    np.testing.assert_allclose(again, first @ turn, atol=1e-3)


def test_tsne_keeps_clouds_apart_is_repeatable_and_says_how_far_it_is():
    x, reports = two_clouds(), []
    found = project(x, method="tsne", progress=reports.append)
    assert is_apart(found.xy)
    assert np.sqrt(np.mean(np.sum(found.xy**2, axis=1))) == pytest.approx(1.0, abs=1e-3)
    assert found.xy.dtype == np.float32 and found.explained == ()
    np.testing.assert_array_equal(project(x, method="tsne").xy, found.xy)
    assert reports[-1].fraction == 1.0 and reports[0].unit == "percent"


def test_umap_keeps_clouds_apart(monkeypatch):
    # So few clips are done sooner by Python alone than Numba has compiled UMAP for them.
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert is_apart(project(two_clouds(16), method="umap").xy)


def test_a_map_is_stopped_when_asked():
    asked = iter([False, False, True])
    with pytest.raises(CancelledError):
        project(two_clouds(), method="tsne", cancel=lambda: next(asked, True))


def test_a_process_that_fails_is_told(monkeypatch):
    monkeypatch.setitem(METHODS, "nothing", embedding.Method("nothing", "Nothing", ""))
    with pytest.raises(SERError, match=r"The Nothing map could not be computed: .*KeyError"):
        project(two_clouds(), method="nothing")


def test_what_makes_no_map():
    with pytest.raises(ConfigError, match="Unknown map 'som'; there are tsne, umap, pca"):
        project(two_clouds(), method="som")
    with pytest.raises(ConfigError, match="at least 8 clips with known measures, got 3"):
        project(np.zeros((3, 2)), method="pca")


def test_identical_clips_make_a_map_of_one_point():
    found = project(np.zeros((10, 5)), method="pca")
    assert not found.xy.any() and found.explained == (0.0, 0.0)
