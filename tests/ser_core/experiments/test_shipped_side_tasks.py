"""What the shipped multitask network promises besides emotions, on speakers that it never heard."""

import pytest

from ser_core import settings
from ser_core.evaluation import side_tasks
from ser_core.experiments import open_run

#: Floors that the project promises for RAVDESS.
PROMISED = {"sex": 0.95, "intensity": 0.72}


@pytest.mark.parametrize("task", PROMISED)
def test_promised_figures_of_side_tasks_hold(task):
    run = open_run("ravdess-speaker-independent-multitask", folder=settings.PROJECT_ROOT / "data" / "runs")
    scores = side_tasks(run).set_index(["task", "score"])
    assert scores.loc[(task, "uar"), "value"] >= PROMISED[task]
    # RAVDESS' neutral has one intensity only and is not asked for it.
    assert scores.loc[(task, "uar"), "clips"] == {"sex": 1440, "intensity": 1344}[task]
