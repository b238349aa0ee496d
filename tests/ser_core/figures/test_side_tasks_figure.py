"""The figure of side tasks draws what was computed and says it in its title."""

import pandas as pd
import pytest

from ser_core.evaluation.side_tasks import COLUMNS
from ser_core.figures import side_tasks
from ser_core.figures.style import plain_title


def scores(*rows) -> pd.DataFrame:
    return pd.DataFrame([(*row, 50, 4) for row in rows], columns=list(COLUMNS))


CLASSES = scores(
    ("sex", "uar", 0.97, 0.95, 0.99, 0.5),
    ("sex", "accuracy", 0.98, 0.96, 0.99, 0.5),
    ("intensity", "uar", 0.75, 0.7, 0.8, 0.5),
)
RATINGS = scores(("valence", "ccc", 0.1, -0.2, 0.4, 0.0), ("valence", "rmse", 0.5, 0.4, 0.6, 0.7))


def test_the_headline_of_each_task_is_drawn_with_interval_and_guessing():
    figure = side_tasks.side_tasks({"multitask": CLASSES})
    model, guessing = figure.data
    assert list(model.x) == [0.97, 0.75] and list(guessing.x) == [0.5, 0.5]
    assert list(model.error_x.array) == pytest.approx([0.02, 0.05])
    assert list(figure.layout.yaxis.ticktext) == ["Sex (UAR)", "Intensity (UAR)"]
    assert plain_title(figure).startswith("Multitask CNN: sex .97, intensity .75")
    assert "Sex: 50 clips" in figure.layout.title.text


def test_models_that_learnt_other_tasks_stand_in_one_figure_and_ratings_may_be_negative():
    figure = side_tasks.side_tasks({"multitask": CLASSES, "multitask · rated": RATINGS})
    assert list(figure.layout.yaxis.ticktext) == ["Sex (UAR)", "Intensity (UAR)", "Valence (CCC)"]
    assert figure.data[1].x[0] == 0.1 and figure.data[-1].x[-1] == 0.0
    axis = figure.layout.xaxis
    assert axis.title.text == "Average recall (UAR) or Concordance (CCC)" and axis.range is None
