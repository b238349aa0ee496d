import io
import zipfile

import pandas as pd
import pytest

from ser_core.errors import ConfigError
from ser_core.history import export
from tests.ser_core.history.conftest import entry, sound


def test_a_table_of_entries(tmp_path):
    table = export.as_table([entry("a.wav", "sad"), entry("b.wav", uncertain=True, reason="low")])
    assert list(table["p_sad"]) == [0.75, 0.25] and table["p_happy"].isna().all()
    assert list(table["uncertain"]) == [False, True] and table["corrected"].isna().all()
    silent = export.as_table([entry("c.wav", uncertain=True, abstained=True, reason="music")])
    assert silent["label"].isna().all() and silent.filter(like="p_").isna().all(axis=None)
    table.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table)
    assert list(export.as_table([]).columns) == list(table.columns)


def test_a_zip_file_holds_the_table_and_each_clip_once(history):
    content, digest = sound(1)
    history.add([entry("a.wav", sha256=digest), entry("a.wav", sha256=digest, model="n"), entry("gone.wav", hours=-1)])
    history.add([entry("a.wav", sha256=digest)], audio={digest: content})
    with zipfile.ZipFile(io.BytesIO(export.as_zip(history, history.find()))) as archive:
        path = f"audio/{digest[:16]}.wav"
        assert sorted(archive.namelist()) == [path, "history.csv"]
        assert archive.read(path) == content
        table = pd.read_csv(archive.open("history.csv"))
    assert list(table["path"].fillna("")) == [path, path, ""]


def test_a_zip_file_does_not_outgrow_the_memory(history, monkeypatch):
    content, digest = sound(1)
    history.add([entry("a.wav", sha256=digest)], audio={digest: content})
    monkeypatch.setattr(export, "MAX_ZIP_BYTES", len(content) - 1)
    with pytest.raises(ConfigError, match="Narrow the search"):
        export.as_zip(history, history.find())
