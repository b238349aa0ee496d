"""What every worker process of a pool does first."""

import os
import signal
import threading
from multiprocessing import parent_process
from multiprocessing.connection import wait


def begin() -> None:
    """Leave Ctrl-C to the parent, and end with it.

    A worker that died of Ctrl-C first would look like a crash. And one whose parent was killed would wait for work for
    ever: all workers of a `ProcessPoolExecutor` hold the writing end of its queue, so that none reads its end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True, name="end-with-parent").start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        # At once: what is in work has nobody left to take it.
        os._exit(1)
