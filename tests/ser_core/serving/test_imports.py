"""What a prediction or a page may load: heavy libraries cost a server's memory and a caller's patience."""

import os
import subprocess
import sys

import pytest

from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import speechlike, write_wav

HEAVY = (
    "tensorflow",
    "keras",
    "pandas",
    "librosa",
    "numba",
    "sklearn",
    "av",
    "streamlit",
    "scipy.signal",
    "matplotlib",
)
TRAINING = ("tensorflow", "keras")


def loaded_after(code, *, among, env=None):
    """Names of the modules `among` that a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint('LOADED', *[name for name in {among!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT_ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.rpartition("LOADED")[2].split()


def test_a_prediction_loads_nothing_heavy(tmp_path):
    make_model(tmp_path / "models" / "tiny")
    wav = write_wav(tmp_path / "clip.wav", speechlike(1.0, sr=16_000, f0=180.0, seed=0), sr=16_000)
    code = f"""
from ser_core.serving import Predictor
assert Predictor.load(folder={str(tmp_path / "models")!r}).predict({str(wav)!r}).label
"""
    assert loaded_after(code, among=HEAVY) == []


def test_showing_cards_does_not_load_the_runtime(tmp_path):
    make_model(tmp_path / "tiny")
    code = f"from ser_core.serving import available_models\nassert available_models({str(tmp_path)!r})"
    assert loaded_after(code, among=("onnxruntime", *HEAVY)) == []


@pytest.mark.parametrize("page", ["streamlit_app.py", "pages/Explore.py", "pages/Compare.py", "pages/Predict.py"])
def test_no_page_loads_tensorflow(page, tmp_path):
    if not (PROJECT_ROOT / page).is_file():
        pytest.skip(f"{page} is not part of this installation")
    make_model(tmp_path / "models" / "tiny")
    code = f"""
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(PROJECT_ROOT / "streamlit_app.py")!r}, default_timeout=90)
if {page!r} != "streamlit_app.py":
    app.switch_page({page!r})
app.run()
assert not app.exception and app.title
"""
    environment = {"SER_MODELS_DIR": str(tmp_path / "models"), "SER_DATA_ROOT": str(tmp_path / "nothing")}
    assert loaded_after(code, among=TRAINING, env=environment) == []


def test_nothing_is_reported_about_a_prediction(tmp_path):
    # ONNX Runtime reported its use, and left an identifier of the machine in the temporary folder and in the cache.
    make_model(tmp_path / "models" / "tiny")
    wav = write_wav(tmp_path / "clip.wav", speechlike(1.0, sr=16_000, f0=180.0, seed=0), sr=16_000)
    places = {name: tmp_path / name for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    for place in places.values():
        place.mkdir()
    code = f"""
from ser_core.serving import Predictor
assert Predictor.load(folder={str(tmp_path / "models")!r}).predict({str(wav)!r}).label
"""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_ROOT,
        env={**environment, **{name: str(place) for name, place in places.items()}},
        check=True,
        timeout=120,
    )
    assert [path for place in places.values() for path in place.rglob("*") if path.is_file()] == []
