import pytest

from ser_core.errors import CancelledError
from ser_core.progress import Meter, Progress, check_cancel, stage


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize(
    ("done", "total", "fraction"), [(0, 4, 0.0), (1, 4, 0.25), (9, 4, 1.0), (1, None, None), (0, 0, None)]
)
def test_fraction(done, total, fraction):
    assert Progress(done, total, "clips", "").fraction == fraction


def test_reports_are_throttled_but_first_and_last_come_through(clock):
    reports = []
    meter = Meter(reports.append, total=1000, clock=clock, interval_s=0.2)
    for _ in range(1000):
        clock.now += 0.001
        meter.add()
    assert reports[0].done == 0
    assert reports[-1].done == 1000
    assert reports[-1].seconds_left == 0.0
    assert len(reports) <= 7


def test_seconds_left_follows_the_rate(clock):
    reports = []
    meter = Meter(reports.append, total=100, clock=clock)
    for _ in range(25):
        clock.now += 1.0
        meter.add(2)
    assert reports[-1].seconds_left == pytest.approx(25.0)


def test_units_done_before_the_start_do_not_count_as_fast(clock):
    reports = []
    meter = Meter(reports.append, total=100, done=80, clock=clock)
    clock.now += 1.0
    meter.add(1)
    assert reports[-1].seconds_left == pytest.approx(19.0)


def test_seconds_left_recovers_from_a_pause(clock):
    reports = []
    meter = Meter(reports.append, total=1000, clock=clock, window_s=5.0)
    clock.now += 600.0
    for _ in range(20):
        clock.now += 1.0
        meter.add(10)
    assert reports[-1].seconds_left == pytest.approx(80.0)


def test_starting_over_is_reported_without_a_wrong_rate(clock):
    reports = []
    meter = Meter(reports.append, total=100, done=50, clock=clock)
    clock.now += 1.0
    meter.set(0)
    assert reports[-1] == Progress(0, 100, "clips", "", None)


def test_unknown_total(clock):
    reports = []
    meter = Meter(reports.append, unit="bytes", clock=clock)
    meter.add(5)
    meter.finish()
    meter.finish()
    assert [report.done for report in reports] == [0, 5]
    assert reports[-1].seconds_left is None


def test_new_messages_come_with_the_next_report_however_many_there_are(clock):
    reports = []
    meter = Meter(reports.append, total=999, message="Clip 0", clock=clock)
    for i in range(10):
        clock.now += 0.05
        meter.add(message=f"Clip {i + 1}")
    assert 2 <= len(reports) <= 4
    assert reports[-1].message == f"Clip {reports[-1].done}"


def test_cancel_stops_after_counting(clock):
    reports = []
    meter = Meter(reports.append, total=9, cancel=lambda: True, clock=clock)
    with pytest.raises(CancelledError, match="kept"):
        meter.add()
    assert meter.done == 1


def test_check_cancel():
    check_cancel(None)
    check_cancel(lambda: False)
    with pytest.raises(CancelledError):
        check_cancel(lambda: True)


def test_no_callback_needs_no_clock():
    Meter(total=2).add(2)


def test_a_piece_tells_of_the_whole():
    reports = []
    for number in (1, 2):
        piece = stage(reports.append, number=number, of=2)
        piece(Progress(0, None, "epochs", "Reading"))
        piece(Progress(5, 20, "epochs", "Training", seconds_left=30.0))
        piece(Progress(20, 20, "epochs", "Training", seconds_left=0.0))
    # An end of a piece does not tell how long the next one takes.
    assert [(each.done, each.total, each.seconds_left) for each in reports] == [
        (0, None, None),
        (5, 40, 70.0),
        (20, 40, None),
        (0, None, None),
        (25, 40, 30.0),
        (40, 40, 0.0),
    ]
    assert reports[0].message == "Reading (1 of 2)"


def test_a_single_piece_is_the_whole():
    assert stage(print, number=1, of=1) is print and stage(None, number=1, of=2) is None
