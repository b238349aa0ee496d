"""Commands of this package in processes of their own, as a server wants long work: neither a crash nor the memory nor
the libraries of the work are the server's."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from ser_core import settings

_END_S = 10.0
#: How far the priority of low-priority work stands below that of other processes, 0 to 19.
NICE = 10


def start(
    arguments: Sequence[str], *, environment: Mapping[str, str], stdout, stderr, low_priority: bool = False
) -> subprocess.Popen:
    """Start ``python -m ser_core`` with these arguments.

    Parameters
    ----------
    arguments : sequence of str
        The verb and its options.
    environment : mapping
        Variables besides those of this process.
    stdout, stderr
        As `subprocess.Popen` takes them.
    low_priority : bool
        Leave the processor to other processes where they want it.

    Returns
    -------
    subprocess.Popen
        The process, at the head of a group of its own, so that its workers end with it: see `end`.
    """
    below = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if low_priority else 0
    process = subprocess.Popen(
        [sys.executable, "-m", "ser_core", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": str(settings.PROJECT_ROOT), **environment},
        start_new_session=True,
        creationflags=below,
    )
    if low_priority and hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # It has ended already.
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    return process


def end(process: subprocess.Popen) -> None:
    """Stop a process of `start` and its workers, if they still run."""
    if process.poll() is None:
        for stop in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            with contextlib.suppress(OSError):
                os.killpg(process.pid, stop) if hasattr(os, "killpg") else process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
                return
