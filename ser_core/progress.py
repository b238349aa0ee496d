"""How long work says how far it is, and how it is asked to stop: one form for the whole project."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from ser_core.errors import CancelledError


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is.

    Attributes
    ----------
    done : int
        Units that are done.
    total : int or None
        Units in all; None where unknown.
    unit : str
        What is counted: ``"bytes"``, ``"clips"``, ``"epochs"``...
    message : str
        What is being done, as shown to a reader.
    seconds_left : float or None
        Estimated time to the end, seconds; None where unknown.
    """

    done: int
    total: int | None
    unit: str
    message: str
    seconds_left: float | None = None

    @property
    def fraction(self) -> float | None:
        """Share that is done, in [0, 1]; None where the total is unknown or zero."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total else None


ProgressCallback = Callable[[Progress], None]
CancelCallback = Callable[[], bool]


def check_cancel(cancel: CancelCallback | None) -> None:
    """Stop here if the user asked for it.

    Raises
    ------
    CancelledError
        If `cancel` is given and answers true.
    """
    if cancel is not None and cancel():
        raise CancelledError("Stopped as asked; what was done is kept, and the next start goes on from there.")


def stage(callback: ProgressCallback | None, *, number: int, of: int) -> ProgressCallback | None:
    """Makes one of several pieces of work of like length report how far all of them are.

    Parameters
    ----------
    callback : callable or None
        What is to be told of the whole.
    number : int
        Of this piece, from 1.
    of : int
        Pieces.

    Examples
    --------
    >>> reports = []
    >>> stage(reports.append, number=2, of=3)(Progress(5, 10, "epochs", "Training", seconds_left=10.0))
    >>> reports[0].done, reports[0].total, reports[0].seconds_left, reports[0].message
    (15, 30, 30.0, 'Training (2 of 3)')
    """
    if callback is None or of == 1:
        return callback

    def report(step: Progress) -> None:
        message = f"{step.message} ({number} of {of})"
        if step.total is None:
            callback(replace(step, message=message))
            return
        done, total = step.done + (number - 1) * step.total, step.total * of
        rest, left = step.total - step.done, step.seconds_left
        # The end of a piece says nothing of how long the others take.
        left = left * (total - done) / rest if left is not None and rest else None
        callback(replace(step, done=done, total=total, message=message, seconds_left=left if done < total else 0.0))

    return report


class Meter:
    """Counts work, reports it at a bearable rate and passes on the wish to stop.

    The first and the last report always come through. The time left follows the rate of the last `window_s` seconds,
    so that it recovers from a pause; units that were there before the start (`done`) never count as fast work.

    Parameters
    ----------
    callback : callable or None
        Called with a `Progress`; None reports nothing.
    total : int or None
        Units in all.
    unit : str
        What is counted.
    message : str
        What is being done.
    cancel : callable or None
        Answers true to stop.
    done : int
        Units done before the start, as when a download resumes.
    interval_s : float
        Least time between two reports, seconds.
    window_s : float
        Span over which the rate is measured, seconds.
    clock : callable
        Monotonic time in seconds; replaced in tests.

    Examples
    --------
    >>> reports = []
    >>> meter = Meter(reports.append, total=3, unit="clips", message="Reading clips")
    >>> for _ in range(3):
    ...     meter.add()
    >>> reports[0].done, reports[-1].done, reports[-1].fraction
    (0, 3, 1.0)
    """

    def __init__(
        self,
        callback: ProgressCallback | None = None,
        *,
        total: int | None = None,
        unit: str = "clips",
        message: str = "",
        cancel: CancelCallback | None = None,
        done: int = 0,
        interval_s: float = 0.2,
        window_s: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.done = done
        self.total = total
        self.unit = unit
        self.message = message
        self._callback = callback
        self._cancel = cancel
        self._interval_s = interval_s
        self._window_s = window_s
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()
        self._last_report = float("-inf")
        self._last_done: int | None = None
        self._report(force=True)

    def add(self, count: int = 1, *, message: str | None = None) -> None:
        """Count `count` more units.

        Raises
        ------
        CancelledError
            If the user asked to stop.
        """
        self.set(self.done + count, message=message)

    def set(self, done: int, *, message: str | None = None) -> None:
        """Set the units that are done, as when a server makes a download start over.

        Raises
        ------
        CancelledError
            If the user asked to stop.
        """
        if done < self.done:
            self._samples.clear()
        self.done = done
        if message is not None:
            self.message = message
        self._report(force=self.total is not None and done >= self.total)
        check_cancel(self._cancel)

    def finish(self) -> None:
        """Report the present state whatever the rate, for work whose total was not known."""
        self._report(force=self._last_done != self.done)

    def _report(self, *, force: bool) -> None:
        now = self._clock()
        if self._callback is None or (not force and now - self._last_report < self._interval_s):
            return
        self._samples.append((now, self.done))
        while len(self._samples) > 2 and now - self._samples[0][0] > self._window_s:
            self._samples.popleft()
        self._last_report = now
        self._last_done = self.done
        self._callback(Progress(self.done, self.total, self.unit, self.message, self._seconds_left()))

    def _seconds_left(self) -> float | None:
        if self.total is None:
            return None
        if self.done >= self.total:
            return 0.0
        (then, done_then), (now, done_now) = self._samples[0], self._samples[-1]
        if now <= then or done_now <= done_then:
            return None
        return (self.total - self.done) * (now - then) / (done_now - done_then)
