"""What knowing a voice gains, on Compare: there where it was measured."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ser_core.settings import PROJECT_ROOT
from tests.miniature_runs import make_run
from ui import working


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine may take longer than a visitor would wait."""
    monkeypatch.setattr(working, "PATIENCE_S", 60)


def charts(app) -> list[str]:
    return [each.key for each in app.get("plotly_chart")]


def test_the_curve_stands_beside_how_models_learn(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    make_run(tmp_path, "speaker-independent", "svm")
    run = make_run(tmp_path, "speaker-independent", "cnn")
    app = AppTest.from_file(str(PROJECT_ROOT / "streamlit_app.py"), default_timeout=60)
    app.switch_page("pages/Compare.py")
    app.query_params["view"] = "side-by-side"
    app.query_params["show"] = "learning"
    app.run()
    assert not app.exception and not [key for key in charts(app) if "enrolment" in key]
    clips = run.predictions[run.predictions["fraction"] == 1.0].assign(corpus="ravdess")
    table = pd.concat([clips.assign(n_clips=n) for n in (0, 3)], ignore_index=True)
    table.to_parquet(run.folder / "enrolment.parquet", index=False)
    app.run()
    assert not app.exception and len([key for key in charts(app) if "enrolment" in key]) == 1
