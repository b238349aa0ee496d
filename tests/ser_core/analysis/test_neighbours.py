"""What nearest neighbours share: clouds with known answers."""

import numpy as np
import pytest

from ser_core.analysis import neighbours
from ser_core.analysis.neighbours import K, nearest, purities
from ser_core.errors import ConfigError


def clouds(*, speakers=6, emotions=4, each=12, speaker_pull=0.0, emotion_pull=0.0, seed=0):
    """Clips in 20 dimensions, pulled to a place of their speaker and to one of their emotion."""
    rng = np.random.default_rng(seed)
    speaker, emotion = (part.ravel() for part in np.meshgrid(range(speakers), range(emotions), indexing="ij"))
    speaker, emotion = np.repeat(speaker, each), np.repeat(emotion, each)
    x = rng.normal(size=(len(speaker), 20))
    x += speaker_pull * rng.normal(size=(speakers, 20))[speaker]
    x += emotion_pull * rng.normal(size=(emotions, 20))[emotion]
    return x, np.char.add("s", speaker.astype(str)), np.char.add("e", emotion.astype(str))


def by_name(found):
    return {each.shared: each for each in found}


def of(x, speakers, emotions):
    return by_name(purities(x, speakers=speakers, emotions=emotions, normalisation="raw"))


def test_nearest_agrees_with_scikit_learn_beyond_one_chunk(monkeypatch):
    from sklearn.neighbors import NearestNeighbors

    monkeypatch.setattr(neighbours, "_CHUNK", 50)
    x = np.random.default_rng(0).normal(3.0, 1.0, (333, 7)).astype(np.float32)
    expected = NearestNeighbors(n_neighbors=6).fit(x).kneighbors(x, return_distance=False)[:, 1:]
    np.testing.assert_array_equal(np.sort(nearest(x, k=5)), np.sort(expected))


def test_nearest_passes_over_those_alike():
    x = np.array([[0.0], [0.1], [1.0], [5.0]])
    found = nearest(x, k=2, apart=np.array(["a", "a", "b", "b"]))
    assert [sorted(row) for row in found.tolist()] == [[2, 3], [2, 3], [0, 1], [0, 1]]


@pytest.mark.filterwarnings("error")
def test_fewer_clips_than_neighbours():
    assert nearest(np.zeros((0, 3))).shape == (0, K)
    assert nearest(np.zeros((1, 3))).tolist() == [[-1] * K]
    assert sorted(nearest(np.zeros((3, 3)), k=5)[0].tolist()) == [-1, -1, -1, 1, 2]
    with pytest.raises(ConfigError, match="k must be at least 1"):
        nearest(np.zeros((3, 3)), k=0)


def test_without_any_pull_neighbours_are_by_chance():
    found = of(*clouds(each=20))
    for purity in found.values():
        assert purity.purity == pytest.approx(purity.chance, abs=0.04)
    assert found["speaker"].chance == pytest.approx(79 / 479)
    assert found["emotion"].chance == pytest.approx(119 / 479)
    assert found["emotion-others"].chance == pytest.approx(100 / 400)


def test_neighbours_share_what_pulls():
    speaker = of(*clouds(speaker_pull=5.0))
    assert speaker["speaker"].purity > 0.99
    assert speaker["emotion-others"].purity < 0.5
    emotion = of(*clouds(emotion_pull=5.0))
    assert emotion["emotion"].purity > 0.99
    assert emotion["emotion-others"].purity > 0.99
    assert emotion["speaker"].purity == pytest.approx(11 / 71, abs=0.06), "within an emotion speakers are by chance"


def test_the_interval_holds_the_value_and_is_of_speakers():
    found = of(*clouds(speaker_pull=0.5, emotion_pull=1.0))
    for purity in found.values():
        assert 0 <= purity.low <= purity.purity <= purity.high <= 1
    x, _, emotions = clouds(emotion_pull=1.0)
    one = of(x, np.full(len(x), "s"), emotions)
    assert one["emotion"].low == one["emotion"].high, "one speaker gives no spread"
    assert "emotion-others" not in one


def test_unknown_labels_ask_for_none():
    x, speakers, emotions = clouds(each=6)
    emotions = np.where(np.arange(len(x)) % 2, emotions, "")
    found = of(x, speakers, emotions)
    assert found["emotion"].n == len(x) // 2 and found["speaker"].n == len(x)
    assert "speaker" not in of(x, np.full(len(x), ""), emotions)


def test_the_same_seed_gives_the_same_and_it_is_json_ready():
    import json

    x, speakers, emotions = clouds()
    first, again = (purities(x, speakers=speakers, emotions=emotions, normalisation="raw") for _ in range(2))
    assert first == again
    assert [neighbours.Purity(**each) for each in json.loads(json.dumps([each.to_dict() for each in first]))] == first
