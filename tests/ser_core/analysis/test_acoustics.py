import numpy as np
import pandas as pd
import pytest

from ser_core import cli, corpora, settings
from ser_core.analysis import acoustics
from ser_core.analysis.acoustics import FEATURES, GROUPS, SPEC
from ser_core.errors import CancelledError, CorpusNotFoundError
from ser_core.features import extract, feature_names
from ser_core.testing import make_ravdess, noise, silence, sine, speechlike

SHIPPED = ("ravdess", "tess", "cremad", "savee", "emodb", "demo")


@pytest.fixture
def miniature(tmp_path, monkeypatch):
    """A miniature RAVDESS of eight clips without shipped tables."""
    make_ravdess(tmp_path / "data", actors=1, clips=8)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(settings, "tables_dir", lambda: tmp_path / "tables")
    return corpora.get("ravdess").scan()


def measures(signal):
    values = acoustics.from_functionals(extract(signal, sr=SPEC.sr, spec=SPEC)[None])[0]
    return dict(zip(FEATURES, values, strict=True))


def test_each_measure_is_one_functional_and_says_what_it_is():
    names = feature_names(SPEC)
    assert 60 <= len(FEATURES) <= 100
    assert all(feature.column in names for feature in FEATURES.values())
    assert len({feature.column for feature in FEATURES.values()}) == len(FEATURES)
    assert len({feature.title for feature in FEATURES.values()}) == len(FEATURES)
    for name, feature in FEATURES.items():
        assert feature.name == name and name.isidentifier()
        assert all((feature.title, feature.term, feature.higher, feature.lower))
    assert list(dict.fromkeys(feature.group for feature in FEATURES.values())) == list(GROUPS)


def test_known_answers_of_a_tone():
    found = measures(sine(1.0, frequency=440, amplitude=0.5))
    assert found["pitch_mean"] == pytest.approx(48, abs=0.1)  # four octaves above 27.5 Hz
    assert found["level_mean"] == pytest.approx(-9.03, abs=0.3)  # 20 log10 of 0.5 / sqrt 2
    assert found["duration"] == pytest.approx(1.0, abs=0.02)
    assert found["voiced_share"] == pytest.approx(100, abs=5)
    assert found["zcr"] == pytest.approx(100 * 880 / SPEC.sr, rel=0.05)
    assert found["centroid"] == pytest.approx(440, rel=0.15)


def test_what_needs_a_voice_is_unknown_without_one():
    for signal in (silence(1.0), noise(1.0)):
        found = measures(signal)
        for name, feature in FEATURES.items():
            assert np.isnan(found[name]) == feature.needs_voice, name


def test_speech_has_every_measure():
    assert np.isfinite(list(measures(speechlike(1.5)).values())).all()


def test_measures_only_what_is_asked_for(miniature):
    known = acoustics.table(miniature)
    assert list(known.columns) == list(FEATURES) and known.index.equals(miniature.index)
    assert known.isna().all(axis=None)
    reports = []
    measured = acoustics.table(miniature, compute=True, progress=reports.append)
    assert measured["level_mean"].notna().all()
    assert reports[-1].done == len(miniature)
    assert measured.equals(acoustics.measure(miniature))
    assert acoustics.table(miniature).equals(measured), "the cache knows them now"


def test_files_that_are_missing_or_broken_stay_unknown(miniature, tmp_path):
    files = sorted((tmp_path / "data").rglob("*.wav"))
    files[0].unlink()
    files[2].write_bytes(b"no audio")
    rows = corpora.get("ravdess").scan()
    rows = pd.concat([miniature[:1], rows], ignore_index=True)
    rows["sha256"] = rows["sha256"].where(rows.index != 1)
    found = acoustics.table(rows, compute=True)
    assert found["level_mean"].isna().tolist() == [True, True, True, *[False] * 5]


def test_a_stop_is_obeyed(miniature):
    fresh = miniature.assign(sha256=[f"{i:064x}" for i in range(len(miniature))])
    with pytest.raises(CancelledError):
        acoustics.table(fresh, compute=True, cancel=lambda: True)


def test_shipped_table_is_found_by_clip_and_close_to_the_measured(miniature):
    file = acoustics.write_shipped("ravdess")
    assert file == acoustics.shipped_file("ravdess")
    shuffled = miniature.sample(frac=1, random_state=1)
    found, measured = acoustics.table(shuffled), acoustics.measure(shuffled)
    assert found.index.equals(shuffled.index)
    assert np.allclose(found, measured, rtol=2e-4, atol=0, equal_nan=True)


def test_the_command_line_writes_the_tables_that_ship(miniature, tmp_path, capsys):
    assert cli.main(["features", "ravdess", "--kind", "acoustics"]) == 0
    assert cli.main(["features", "ravdess", "--kind", "means"]) == 0
    assert {file.name for file in (tmp_path / "tables").iterdir()} == {
        "ravdess-acoustics.parquet",
        "ravdess-mean-logmel.npz",
    }
    assert "Written to" in capsys.readouterr().out
    assert cli.main(["features", "ravdess", "--kind", "acoustics,logmel"]) == 2


def test_rounding_keeps_what_is_not_finite_and_what_is_small():
    values = pd.Series(np.array([0, 1, -1, 1.0001234, -1234.567, np.nan], np.float32))
    rounded = acoustics._rounded(values)
    assert rounded[:3].tolist() == [0, 1, -1]
    assert np.allclose(rounded, values, rtol=2**-13, equal_nan=True)
    assert not (rounded[:5].view(np.uint32) & 0x7FF).any()


def test_no_table_without_the_corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    with pytest.raises(CorpusNotFoundError):
        acoustics.write_shipped("ravdess")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_tables_cover_the_shipped_manifests(name, monkeypatch, tmp_path):
    if name != "demo":
        monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    manifest = corpora.get(name).manifest()
    found = acoustics.table(manifest)
    unvoiced = [name for name, feature in FEATURES.items() if not feature.needs_voice]
    assert found[unvoiced].notna().all(axis=None)
    assert found.notna().mean(axis=None) > 0.99
    assert acoustics.shipped_file(name).stat().st_size < 1.7e6


def test_shipped_tables_tell_women_from_men_by_pitch(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    manifest = corpora.get("ravdess").manifest()
    pitch = acoustics.table(manifest)["pitch_mean"].groupby(manifest["sex"]).median()
    assert 4 < pitch["female"] - pitch["male"] < 14
