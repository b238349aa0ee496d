"""Runs and blank caches for tests of what the pages share."""

import pytest
import streamlit as st

from tests.miniature_runs import make_runs


@pytest.fixture(autouse=True)
def blank_caches():
    """No test sees what another has cached."""
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """All protocols for both models, as the app finds them."""
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    return make_runs(tmp_path)
