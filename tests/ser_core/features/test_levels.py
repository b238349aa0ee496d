import numpy as np
import pytest

from ser_core import corpora, settings
from ser_core.errors import CancelledError, CorpusNotFoundError
from ser_core.features import levels
from ser_core.testing import make_ravdess, silence, sine, write_wav

SR = 16_000


@pytest.fixture
def miniature(tmp_path, monkeypatch):
    """A miniature RAVDESS with empty tables and an empty cache."""
    make_ravdess(tmp_path / "data", actors=1, clips=4)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(settings, "tables_dir", lambda: tmp_path / "tables")
    return corpora.get("ravdess").scan()


def test_measures_the_sound_without_the_silence_around_it(tmp_path):
    tone = np.concatenate([silence(0.5, sr=SR), sine(1.0, sr=SR, amplitude=0.1), silence(0.7, sr=SR)])
    measured = levels.measure_clip(write_wav(tmp_path / "tone.wav", tone, sr=SR))
    assert measured["sound_s"] == pytest.approx(1.0, abs=0.05)
    assert measured["level_db"] == pytest.approx(-23.0, abs=0.2)  # a sine of amplitude 0.1: -20 - 3.01 dB
    assert measured["peak_db"] == pytest.approx(-20.0, abs=0.1)
    assert measured["clipped_fraction"] == 0.0


def test_silence_has_no_level_and_no_sound(tmp_path):
    measured = levels.measure_clip(write_wav(tmp_path / "silence.wav", silence(0.5, sr=SR), sr=SR))
    assert measured["sound_s"] == 0.0
    assert np.isnan(measured["level_db"])


def test_what_is_no_audio_is_unknown(tmp_path):
    (tmp_path / "text.wav").write_bytes(b"not audio at all")
    assert all(np.isnan(value) for value in levels.measure_clip(tmp_path / "text.wav").values())


def test_measures_a_corpus_once(miniature, monkeypatch):
    first = levels.measure(miniature)
    assert list(first.columns) == list(levels.MEASURES)
    assert first.index.equals(miniature.index)
    assert first.notna().all(axis=None)
    monkeypatch.setattr(levels, "measure_clip", None)  # a second measurement would fail
    assert levels.measure(miniature).equals(first)
    assert levels.known(miniature).equals(first)


def test_nothing_is_known_before(miniature):
    assert levels.known(miniature).isna().all(axis=None)


def test_missing_files_stay_unknown(miniature, tmp_path):
    next((tmp_path / "data").rglob("*.wav")).unlink()
    assert levels.measure(miniature)["level_db"].isna().sum() == 1


def test_stopping_keeps_what_was_measured(miniature):
    reports = []
    with pytest.raises(CancelledError):
        levels.measure(miniature, workers=1, progress=reports.append, cancel=lambda: True)
    assert reports[0].total == len(miniature)
    assert 1 <= levels.known(miniature)["level_db"].notna().sum() < len(miniature)


def test_shipped_table_is_found_by_clip_though_the_copy_differs(miniature, monkeypatch, tmp_path):
    file = levels.write_shipped("ravdess")
    assert file == levels.shipped_file("ravdess")
    expected = levels.measure(miniature)
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "other"))
    other_copy = miniature.assign(sha256="0" * 64)
    assert np.allclose(levels.known(other_copy), expected, atol=1e-3)


def test_own_measurement_goes_before_the_shipped_one(miniature):
    levels.write_shipped("ravdess")
    levels._keep({miniature["sha256"][0]: dict.fromkeys(levels.MEASURES, 0.25)})
    known = levels.known(miniature)
    assert known["level_db"][0] == 0.25
    assert known["level_db"][1] != 0.25


def test_broken_cache_is_made_again(miniature):
    levels.measure(miniature)
    levels._cache_file().write_bytes(b"broken")
    assert levels.known(miniature).isna().all(axis=None)
    assert levels.measure(miniature).notna().all(axis=None)


def test_table_cannot_be_written_without_the_corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    with pytest.raises(CorpusNotFoundError):
        levels.write_shipped("ravdess")


def test_shipped_table_covers_the_shipped_manifest():
    manifest = corpora.load_manifest("ravdess")
    known = levels.known(manifest)
    assert known.notna().all(axis=None)
    assert known["sound_s"].between(0.5, 6).all()
    assert (known["sound_s"] <= manifest["duration_s"] + 1e-3).all()
    assert known["level_db"].between(-70, -5).all()
