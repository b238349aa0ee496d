"""What models tell besides emotions, on Compare: there where one does, and equal to the run."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ser_core.settings import PROJECT_ROOT
from tests.miniature_runs import make_run
from ui import working

QUESTION = "What do they hear besides the emotion?"


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine may take longer than a visitor would wait."""
    monkeypatch.setattr(working, "PATIENCE_S", 60)


def test_side_tasks_are_shown_of_the_models_that_learnt_them(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    make_run(tmp_path, "speaker-independent", "svm")
    run = make_run(tmp_path, "speaker-independent", "cnn")
    app = AppTest.from_file(str(PROJECT_ROOT / "streamlit_app.py"), default_timeout=60)
    app.switch_page("pages/Compare.py")
    app.query_params["view"] = "side-by-side"
    app.run()
    assert not app.exception and QUESTION not in [each.value for each in app.subheader]
    clips = run.predictions[run.predictions["fraction"] == 1.0]
    truth = np.arange(len(clips)) % 2
    # Every class 0 right, every class 1 wrong.
    side = clips[["seed", "fold", "fraction", "clip_id", "speaker"]].assign(task="sex", truth=truth, value=0.2)
    side.to_parquet(run.folder / "side.parquet", index=False)
    (run.folder / "predictions.parquet").touch()
    app.run()
    assert not app.exception and QUESTION in [each.value for each in app.subheader]
    assert any("CNN: sex .50" in str(each.proto) for each in app.get("html"))
