"""How the worker processes of pools start, and what each does first."""

import os
import signal
import threading
from multiprocessing import parent_process, spawn
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess

_STARTING = threading.Lock()


class _Process(SpawnProcess):
    """A process that does not run the main script of its parent once more.

    Streamlit takes the page for the main script: every worker would draw it first, and fail. What workers do is found
    by the name of its module.
    """

    @staticmethod
    def _Popen(process_obj):
        with _STARTING:
            prepare = spawn.get_preparation_data
            spawn.get_preparation_data = lambda name: {
                key: value for key, value in prepare(name).items() if not key.startswith("init_main_")
            }
            try:
                return SpawnProcess._Popen(process_obj)
            finally:
                spawn.get_preparation_data = prepare


class _Context(SpawnContext):
    Process = _Process


CONTEXT = _Context()
"""For pools of this package: processes are spawned, not forked, for a fork of a process with threads may hang."""


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
