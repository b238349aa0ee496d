import numpy as np
import pytest

from ser_core.recordings.working_copy import WorkingCopy
from ser_core.testing import noise

SR = 16_000


@pytest.fixture(scope="module")
def signal():
    return noise(25.0, sr=SR, seed=0)


@pytest.fixture(params=[1_600, 7_777, 160_000, 200_000])
def copy(request, signal, tmp_path):
    made = WorkingCopy(tmp_path / "copy")
    for start in range(0, len(signal), request.param):
        made.add(signal[start : start + request.param])
    return made


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (9.5, 10.5), (3.0, 24.0), (24.0, 30.0), (20.0, 20.0)])
def test_any_part_sounds_as_it_was_heard(copy, signal, start, end):
    found = copy.excerpt(start, end)
    expected = signal[round(start * SR) : round(end * SR)]
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=1 / 32768)


def test_what_lies_outside_is_left_out(copy, signal):
    assert copy.duration_s == pytest.approx(25.0)
    assert len(copy.excerpt(-2.0, 1.0)) == SR
    assert len(copy.excerpt(30.0, 31.0)) == 0


def test_an_empty_copy_has_no_part(tmp_path):
    assert len(WorkingCopy(tmp_path / "copy").excerpt(0.0, 1.0)) == 0


def test_memory_holds_less_than_two_blocks(tmp_path):
    made = WorkingCopy(tmp_path / "copy")
    for _ in range(60):
        made.add(np.zeros(SR, np.float32))
        assert sum(map(len, made._tail)) <= 10 * SR
    assert made.duration_s == 60.0


def test_full_scale_does_not_wrap(tmp_path):
    made = WorkingCopy(tmp_path / "copy")
    made.add(np.array([1.0, -1.0], np.float32))
    np.testing.assert_allclose(made.excerpt(0.0, 1.0), [32767 / 32768, -1.0])
