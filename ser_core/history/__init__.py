"""Predictions as a visitor may look at them again: found, heard, corrected, taken along, deleted.

Examples
--------
>>> from ser_core.history import History
>>> History().stats().entries
0
"""

from ser_core.history.entry import VIEWS, Entry
from ser_core.history.query import ANSWERS, Query
from ser_core.history.store import Facets, History, Stats

__all__ = ["ANSWERS", "VIEWS", "Entry", "Facets", "History", "Query", "Stats"]
