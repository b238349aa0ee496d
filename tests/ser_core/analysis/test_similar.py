"""The clips that measure most alike."""

import numpy as np
import pandas as pd
import pytest

from ser_core import corpora
from ser_core.analysis import acoustics
from ser_core.analysis.similar import ABOUT, Library
from ser_core.audio import decode
from ser_core.features import extract


@pytest.fixture(scope="module")
def library():
    return Library.of([corpora.get("demo").manifest()])


def functionals(row) -> np.ndarray:
    signal = decode(corpora.get("demo").clip_path(row.path)).signal
    return extract(signal, sr=acoustics.SPEC.sr, spec=acoustics.SPEC)


def test_a_clip_is_nearest_to_itself_and_then_to_its_speaker(library):
    for row in library.clips.iloc[[3, 50, 100]].itertuples():
        found = library.nearest(functionals(row), k=4)
        assert found["clip_id"].iloc[0] == row.clip_id
        assert found["distance"].iloc[0] < 0.7 * found["distance"].iloc[1]
        assert found["distance"].is_monotonic_increasing
        assert found["speaker"].iloc[1] == row.speaker
        assert list(found.columns) == [*ABOUT, "distance"]


def test_only_those_that_count_are_found(library):
    row = library.clips.iloc[0]
    among = (library.clips["speaker"] != row["speaker"]).to_numpy()
    found = library.nearest(functionals(row), k=3, among=among)
    assert len(found) == 3 and row["speaker"] not in set(found["speaker"])
    assert library.nearest(functionals(row), k=3, among=np.zeros(len(library.clips), bool)).empty


def test_without_any_table_there_is_nothing_to_find():
    strange = corpora.get("demo").manifest().assign(corpus="strange", sha256=pd.NA)
    nothing = Library.of([strange])
    assert nothing.clips.empty
    assert nothing.nearest(np.zeros(2279, np.float32), k=3).empty
    assert Library.of([]).clips.empty
