"""Maps of corpora: the cache, the map that ships, clips of unknown speakers."""

import numpy as np
import pandas as pd
import pytest

from ser_core import corpora
from ser_core.analysis import acoustics, embedding, maps
from ser_core.errors import ConfigError


@pytest.fixture
def clips():
    return pd.DataFrame(
        {
            "clip_id": [f"mine/{i:02d}" for i in range(24)],
            "corpus": "mine",
            "speaker": ["a", "b", None] * 8,
            "emotion": (["angry", "sad"] * 11) + [None] * 2,
        }
    )


@pytest.fixture
def measures():
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(24, 6)).astype(np.float32))


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path))
    return tmp_path / "maps"


def test_a_map_is_drawn_once(clips, measures, own_cache, monkeypatch):
    calls = []

    def slow(x, *, method, seed, progress, cancel):
        calls.append(method)
        return np.random.default_rng(len(calls)).normal(size=(len(x), 2))

    monkeypatch.setattr(embedding, "_in_a_process", slow)
    assert not maps.is_drawn(clips, measures, method="tsne")
    first = maps.draw(clips, measures, method="tsne")
    assert maps.is_drawn(clips, measures, method="tsne") and calls == ["tsne", "tsne"]
    again = maps.draw(clips, measures, method="tsne")
    assert calls == ["tsne", "tsne"]
    for normalisation in embedding.NORMALISATIONS:
        np.testing.assert_array_equal(first[normalisation].xy, again[normalisation].xy)
    assert not maps.is_drawn(clips, measures + np.eye(24, 6), method="tsne"), "other measures, another map"
    next(own_cache.glob("*.npy")).write_bytes(b"broken")
    maps.draw(clips, measures, method="tsne")
    assert len(calls) == 3, "a broken file counts as missing"


def test_the_cache_is_bounded(clips, measures, own_cache, monkeypatch):
    monkeypatch.setattr(maps, "_MAX_KEPT", 3)
    monkeypatch.setattr(embedding, "_in_a_process", lambda x, **rest: np.zeros((len(x), 2)))
    for i in range(3):
        maps.draw(clips, measures + i * np.eye(24, 6), method="umap")
    assert len(list(own_cache.iterdir())) == 3


def test_pca_needs_no_cache(clips, measures, own_cache):
    assert maps.is_drawn(clips, measures, method="pca")
    found = maps.draw(clips, measures, method="pca")
    assert list(found) == ["raw", "speaker"] and not own_cache.exists()


def test_clips_of_unknown_speakers_are_standardised_together_and_ask_for_no_speaker(clips, measures):
    assert set(maps.speakers_of(clips)) == {"mine/a", "mine/b", "mine/"}
    found = {(each.shared, each.normalisation): each for each in maps.neighbours(clips, measures)}
    assert found["speaker", "raw"].n == 16
    assert found["emotion", "speaker"].n == 22
    assert len(found) == 6


def test_clips_without_any_measure_are_known_as_such(measures):
    measures.iloc[3] = np.nan
    measures.iloc[5, 0] = np.nan
    assert np.flatnonzero(~maps.known(measures)).tolist() == [3]


def test_speakers_of_the_same_name_in_two_corpora_are_two(clips):
    other = clips.assign(corpus="other")
    assert not set(maps.speakers_of(clips)) & set(maps.speakers_of(other))


def test_writing_without_measures_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(acoustics, "shipped_file", lambda name: tmp_path / "none.parquet")
    with pytest.raises(ConfigError, match="12697 of 12697 clips have no acoustic measures"):
        maps.write_shipped()


# --- the map that ships


def test_the_map_that_ships_holds_every_clip_of_the_five_corpora():
    shipped = maps.shipped()
    ids = pd.concat([corpora.load_manifest(name)["clip_id"] for name in maps.CORPORA])
    assert set(shipped.xy.index) == set(ids) and len(shipped.xy) == len(ids) == 12_697
    names = [name for method in embedding.METHODS for each in ("raw", "speaker") for name in maps.columns(method, each)]
    assert list(shipped.xy.columns) == names
    assert np.isfinite(shipped.xy.to_numpy()).all()
    assert maps.shipped_file().stat().st_size < 800_000


def test_the_map_that_ships_is_that_of_the_measures_that_ship():
    clips = pd.concat([corpora.load_manifest(name) for name in maps.CORPORA], ignore_index=True)
    drawn = maps.draw(clips, acoustics.table(clips), method="pca")
    shipped = maps.shipped()
    for normalisation, projection in drawn.items():
        columns = list(maps.columns("pca", normalisation))
        np.testing.assert_allclose(shipped.xy.loc[clips["clip_id"], columns], projection.xy, atol=5e-3)
        assert shipped.explained[f"pca-{normalisation}"] == pytest.approx(projection.explained, abs=1e-4)


def test_speakers_cluster_before_emotions_do_and_standardising_changes_that():
    found = {(each.shared, each.normalisation): each for each in maps.shipped().neighbours}
    assert found["speaker", "raw"].purity > 10 * found["speaker", "raw"].chance
    assert found["speaker", "speaker"].purity < 0.6 * found["speaker", "raw"].purity
    assert found["emotion", "speaker"].purity > found["emotion", "raw"].purity
    # Other speakers are what a recogniser of unknown voices has: here the gain is beyond doubt.
    assert found["emotion-others", "speaker"].low > found["emotion-others", "raw"].high


def test_the_command_writes_the_map(monkeypatch, capsys, tmp_path):
    from ser_core.cli import main

    monkeypatch.setattr(maps, "write_shipped", lambda *, progress: tmp_path / "map.parquet")
    assert main(["features", "all", "--kind", "map"]) == 0
    assert "map.parquet" in capsys.readouterr().out
