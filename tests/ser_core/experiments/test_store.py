"""Reading run folders again."""

import pandas as pd

from ser_core.experiments import list_runs, open_run
from ser_core.experiments.store import HISTORY_COLUMNS
from tests.miniature_runs import make_run


def test_every_table_of_every_shipped_run_opens():
    runs = list_runs()
    assert len(runs) > 20
    for run in runs:
        assert {"seed", "fold"} <= set(run.history) & set(run.splits) & set(run.trainings), run.id


def test_a_history_without_epochs_that_an_earlier_version_wrote_is_empty(tmp_path):
    run = make_run(tmp_path, "speaker-independent", "svm", speakers=3, fractions=())
    pd.DataFrame().to_parquet(run.folder / "history.parquet")
    found = open_run(run.id, folder=tmp_path).history
    assert found.empty and tuple(found) == HISTORY_COLUMNS
