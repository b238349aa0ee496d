"""What all tests share: caches of their own, and the real corpus where there is one."""

import os
import sys
from pathlib import Path

import hypothesis
import pytest

from ser_core import settings

# A slow or busy machine must not fail a property.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")

_MAIN = sys.modules["__main__"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Take away the page that an earlier test ran: Streamlit leaves it as the main module, and processes started by a
    library (Dask's workers) run that first."""
    sys.modules["__main__"] = _MAIN


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker its own folder for what Numba compiles.

    Workers that fill one folder together mix up their files, and code of librosa found there later crashes Python
    (https://github.com/numba/numba/issues/10128).
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    os.environ["NUMBA_CACHE_DIR"] = str(config.rootpath / ".pytest_cache" / "numba" / worker)


@pytest.fixture(scope="session", autouse=True)
def isolated_cache(tmp_path_factory) -> Path:
    """An empty cache folder for this session, no corpora of the user: no test reads or fills their own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SER_CACHE_DIR", str(folder))
        patch.setenv("SER_OWN_DIR", str(folder / "own"))
        yield folder


@pytest.fixture(scope="session")
def ravdess_root() -> Path:
    """The data root that holds the real RAVDESS, all 24 actors; skips where there is none."""
    root = settings.data_root()
    actors = [folder for folder in root.glob("ravdess/Actor_*") if any(folder.glob("03-01-*"))]
    if len(actors) < 24:
        pytest.skip(f"needs RAVDESS: found {len(actors)} of 24 actors in {root / 'ravdess'} (set SER_DATA_ROOT)")
    return root
