import numpy as np
import pandas as pd
import pytest

from ser_core import corpora, settings
from ser_core.analysis import _shapes, means
from ser_core.errors import CancelledError, CorpusNotFoundError
from ser_core.testing import make_ravdess, noise, silence, sine

SR = _shapes.SR


@pytest.fixture
def miniature(tmp_path, monkeypatch):
    """A miniature RAVDESS of two actors with an empty cache and no shipped tables."""
    make_ravdess(tmp_path / "data", actors=2, clips=16)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(settings, "tables_dir", lambda: tmp_path / "tables")
    return corpora.get("ravdess").scan()


def clip(speaker, emotion, *, sex="female", corpus="c"):
    return {"corpus": corpus, "sex": sex, "speaker": speaker, "emotion": emotion}


def shapes(levels):
    return np.stack([np.full((means.N_MELS, means.N_TIMES), level, dtype=np.float16) for level in levels])


def test_level_does_not_matter_nor_silence_around():
    tone = noise(0.8, seed=1)
    quiet = np.concatenate([silence(0.3), tone / 8, silence(0.5)])
    # The ends hold a part of a frame of silence.
    assert np.abs(means.shape_of(tone) - means.shape_of(quiet))[:, 5:-5].mean() < 1


def test_a_tone_lies_in_its_band_throughout():
    found = means.shape_of(sine(1.0, frequency=1000))
    assert found.shape == (means.N_MELS, means.N_TIMES)
    band = np.abs(means.frequencies_hz() - 1000).argmin()
    assert (found.argmax(axis=0) == band).all()
    assert found.min() == -means.FLOOR_DB


def test_length_is_normalised():
    early = np.concatenate([sine(0.4, frequency=500), sine(0.4, frequency=2000)])
    late = np.concatenate([sine(1.1, frequency=500), sine(1.1, frequency=2000)])
    a, b = means.shape_of(early), means.shape_of(late)
    high = np.abs(means.frequencies_hz() - 2000).argmin()
    for found in (a, b):
        assert (found[high, 32:58] > found[high, 2:28].max() + 20).all()
    assert np.abs(a - b)[:, 5:25].mean() < 2


def test_equal_parts_keep_the_mean():
    frames = np.arange(7.0)[:, None]
    assert _shapes._equal_parts(frames, n=7)[:, 0].tolist() == pytest.approx(list(range(7)))
    assert _shapes._equal_parts(frames, n=2)[:, 0].tolist() == pytest.approx(
        [(0 + 1 + 2 + 1.5) / 3.5, (1.5 + 15) / 3.5]
    )
    for n in (3, 20):
        assert _shapes._equal_parts(frames, n=n).mean() == pytest.approx(3)


def test_silence_has_no_shape():
    assert np.isnan(means.shape_of(silence(0.5))).all()
    assert np.isnan(means.shape_of(np.zeros(0))).all()


def test_each_speaker_counts_once_and_is_compared_with_itself():
    # Speaker a speaks 10 dB higher throughout, has more clips, and adds 2 dB when angry; b adds 4.
    rows = [clip("a", "neutral"), clip("a", "angry"), clip("a", "angry"), clip("b", "neutral"), clip("b", "angry")]
    rows += [clip("c", "angry")]
    found = means._maps(pd.DataFrame(rows), shapes([10, 12, 12, 0, 4, -10]))
    assert found.groups["emotion"].tolist() == ["neutral", "angry"]
    angry = found.groups.iloc[1]
    assert (angry["clips"], angry["speakers"], angry["compared"]) == (4, 3, 2)
    assert found.mean[1, 0, 0] == pytest.approx((12 + 4 - 10) / 3)
    assert found.difference[1, 0, 0] == pytest.approx(3)
    assert found.error[1, 0, 0] == pytest.approx(1)  # sd of 2 and 4 is sqrt 2, over sqrt 2
    assert (found.difference[0] == 0).all()


def test_corpora_and_sexes_are_combined_by_their_speakers():
    rows = [clip(s, e) for s in "abc" for e in ("neutral", "angry")]
    rows += [clip("m", e, sex="male") for e in ("neutral", "angry")]
    found = means._maps(pd.DataFrame(rows), shapes([0, 1, 0, 2, 0, 3, 5, 15]))
    both = means.combine([found])["angry"]
    assert both.difference[0, 0] == pytest.approx((1 + 2 + 3 + 10) / 4)
    assert (both.clips, both.speakers, both.compared) == (4, 4, 4)
    women = means.combine([found], sexes=["female"])["angry"]
    assert women.difference[0, 0] == pytest.approx(2) and women.error[0, 0] == pytest.approx(1 / np.sqrt(3))
    assert not women.clear.any(), "2 is within 4.30 standard errors, as Student's t asks of three speakers"
    assert np.isnan(both.error).all(), "one man alone tells nothing of how men differ"
    assert not both.clear.any()
    twice = means.combine([found, found], sexes=["female"])["angry"]
    assert twice.difference[0, 0] == pytest.approx(2) and twice.error[0, 0] == pytest.approx(1 / np.sqrt(6))
    assert twice.clear.all(), "2 is beyond 2.57 standard errors, as it asks of six"
    assert means.combine([]) == {}


@pytest.mark.filterwarnings("error")
def test_without_neutral_there_is_a_mean_and_no_difference():
    found = means.combine([means._maps(pd.DataFrame([clip("a", "sad"), clip("b", "sad")]), shapes([1, 3]))])["sad"]
    assert found.mean[0, 0] == 2 and np.isnan(found.difference).all() and found.compared == 0


def test_measures_a_corpus_once_and_keeps_it(miniature, monkeypatch):
    reports = []
    found = means.measure(miniature, progress=reports.append)
    assert reports[-1].done == len(miniature)
    assert found.groups["clips"].sum() == len(miniature)
    assert set(found.groups["sex"]) == {"female", "male"}
    monkeypatch.setattr(_shapes, "_shape_of_file", None)  # a second measurement would fail
    assert np.array_equal(means.measure(miniature).mean, found.mean)
    assert means.known("ravdess", miniature) is None
    means.keep(found, miniature)
    kept = means.known("ravdess", miniature)
    assert kept.groups.equals(found.groups.astype(kept.groups.dtypes))
    assert np.allclose(kept.mean, found.mean, atol=0.051)
    assert np.array_equal(np.isnan(kept.error), np.isnan(found.error))
    assert means.known("ravdess", miniature[1:]) is None, "other clips have other means"


def test_files_that_cannot_be_read_do_not_count(miniature, tmp_path):
    files = sorted((tmp_path / "data").rglob("*.wav"))
    files[0].write_bytes(b"no audio")
    files[1].unlink()
    assert means.measure(miniature).groups["clips"].sum() == len(miniature) - 2


def test_a_stop_is_obeyed(miniature):
    with pytest.raises(CancelledError):
        means.measure(miniature, cancel=lambda: True)


def test_shipped_goes_first_and_a_broken_file_is_none(miniature):
    file = means.write_shipped("ravdess")
    assert means.known("ravdess", miniature[:3]).groups["clips"].sum() == len(miniature)
    file.write_bytes(b"broken")
    assert means.known("ravdess", miniature) is None


def test_nothing_ships_without_the_corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    with pytest.raises(CorpusNotFoundError):
        means.write_shipped("ravdess")


@pytest.mark.parametrize("name", ["ravdess", "tess", "cremad", "savee", "emodb", "demo"])
def test_shipped_maps(name):
    found = means.known(name, pd.DataFrame(columns=["sha256", "speaker", "sex", "emotion"]))
    assert means.shipped_file(name).stat().st_size < 300_000
    assert set(found.groups["corpus"]) == {name}
    assert np.isfinite(found.mean).all() and found.mean.max() < 30 and found.mean.min() >= -means.FLOOR_DB
    angry = means.combine([found])["angry"]
    high = (means.frequencies_hz() > 1000) & (means.frequencies_hz() < 4000)
    if name != "demo":
        assert angry.difference[high].mean() > 0.5, "an angry voice is brighter than a neutral one"
