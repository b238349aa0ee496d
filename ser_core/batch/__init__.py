"""Predictions for a folder of clips: in parallel, here or on a cluster, and a stopped run goes on where it was."""

from ser_core.batch.run import part_of, predict_all
from ser_core.batch.table import COLUMNS, as_read, as_table
from ser_core.batch.tasks import Task, find, judge, kept_version

__all__ = ["COLUMNS", "Task", "as_read", "as_table", "find", "judge", "kept_version", "part_of", "predict_all"]
