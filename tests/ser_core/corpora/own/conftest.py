"""Places of their own, and audio files as short as can be."""

import numpy as np
import pytest

from ser_core.testing import speechlike, write_wav

SR = 16_000


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SER_OWN_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    monkeypatch.delenv("SER_OWN_FOLDERS", raising=False)


@pytest.fixture(scope="session")
def voice() -> np.ndarray:
    """Half a second that sounds like a voice."""
    return speechlike(0.5, sr=SR, f0=150.0, seed=0)


@pytest.fixture
def place(tmp_path, voice):
    """Writes clips below a folder: ``place("angry/a.wav", ...)``; the folder."""
    folder = tmp_path / "clips"
    folder.mkdir()

    def place(*names: str):
        for name in names:
            write_wav(folder / name, voice, sr=SR)
        return folder

    return place


@pytest.fixture
def table(tmp_path):
    """Writes a table beside the clips: ``table("a,b\\n1,2")``; the file."""

    def table(content: str | bytes, *, name: str = "table.csv", encoding: str = "utf-8"):
        file = tmp_path / "clips" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return table
