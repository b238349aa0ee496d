"""Tests that run side by side stand apart."""

import os
import subprocess
import sys
from pathlib import Path

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
