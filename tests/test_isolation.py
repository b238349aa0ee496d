"""Tests that run side by side stand apart."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

#: What would crash Python if several workers filled one folder: a generalised ufunc that is kept as compiled code.
KEPT = """
import librosa, numpy as np
print(librosa.yin(np.ones(4096, dtype=np.float32), fmin=100, fmax=400, sr=16000, frame_length=1024).size)
"""


def test_compiled_code_is_kept_for_this_worker_alone():
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert folder.name == os.environ.get("PYTEST_XDIST_WORKER", "alone")
    subprocess.run([sys.executable, "-c", KEPT], check=True, stdout=subprocess.DEVNULL)
    assert list(folder.rglob("guf-pitch.*.nbi"))


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_meets_the_page_of_another_as_its_main_module(turn):
    before = sys.modules["__main__"]
    assert not hasattr(before, "of_a_page")
    AppTest.from_string("of_a_page = True", default_timeout=60).run()
    assert sys.modules["__main__"].of_a_page
