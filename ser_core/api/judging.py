"""Where clips are judged: processes of their own, so that all cores work and a decoder that crashes takes no caller
with it."""

import asyncio
import contextlib
import functools
import gc
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import parent_process
from pathlib import Path

import anyio

from ser_core.errors import ModelError, UnreadableAudioError
from ser_core.serving import Prediction, Predictor
from ser_core.workers import CONTEXT

LONGEST_S = 60.0
"""What takes longer is stopped, seconds: the longest clip that is allowed takes a tenth of a second."""

_PARTING_S = 5.0


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Models:
    """The predictors of a folder, each loaded when first asked for."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._loaded: dict[str, Predictor] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Predictor:
        """The model of that name.

        Raises
        ------
        ConfigError, ModelError
            As `Predictor.load` does.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = Predictor.load(name, folder=self.folder)
            return self._loaded[name]


class Judges:
    """Judges clips, as many at once as there are workers; the others wait their turn.

    Parameters
    ----------
    models : Models
        The models; worker processes load their own from the same folder.
    workers : int
        Processes; 0 judges on threads of this process.
    """

    def __init__(self, models: Models, *, workers: int):
        self._models, self._workers = models, workers
        self._limiter = anyio.CapacityLimiter(workers or cores())
        self._pool: ProcessPoolExecutor | None = None
        self._alone = anyio.Lock()

    async def run(self, work, *arguments):
        """Do other work that would hold up the callers on a thread."""
        return await anyio.to_thread.run_sync(functools.partial(work, *arguments))

    async def start(self) -> None:
        """Have every worker ready for the default model, so that no caller waits for it."""
        if self._workers:
            waiting = [self._submit(self._fresh(), _warm_up) for _ in range(self._workers)]
            await asyncio.gather(*waiting)
        else:
            with contextlib.suppress(ModelError):  # /ready tells.
                await self.run(self._models.get, "default")

    async def judge(self, clip: bytes, model: str) -> Prediction:
        """The answer for one clip.

        Raises
        ------
        AudioError
            If there is none; `UnreadableAudioError` also where the clip makes a decoder crash or work without end.
        """
        async with self._limiter:
            if not self._workers:
                return await anyio.to_thread.run_sync(lambda: self._models.get(model).predict(clip))
            pool = self._fresh()
            try:
                return await self._submit(pool, _judge, clip, model)
            except (BrokenProcessPool, TimeoutError):
                self._drop(pool)
        # Another clip may have been the cause, for one that crashes takes all with it: each is tried again alone.
        async with self._alone:
            pool = self._new(1)
            try:
                return await self._submit(pool, _judge, clip, model)
            except (BrokenProcessPool, TimeoutError):
                raise UnreadableAudioError(
                    "The clip could not be decoded: the decoder failed on it.", advice="Record or export it anew."
                ) from None
            finally:
                _kill(pool)

    def close(self) -> None:
        """Stop the workers: what they are at may end, if it does so soon."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())
        parting = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        parting.start()
        parting.join(_PARTING_S)
        _end(processes)
        parting.join(_PARTING_S)
        # Its semaphores go with it, and now: a server that is told to end does not wait for the interpreter to do so.
        del pool, processes, parting
        gc.collect()

    async def _submit(self, pool: ProcessPoolExecutor, work, *arguments):
        return await asyncio.wait_for(asyncio.wrap_future(pool.submit(work, *arguments)), LONGEST_S)

    def _fresh(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = self._new(self._workers)
        return self._pool

    def _new(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            workers, mp_context=CONTEXT, initializer=_start_worker, initargs=(self._models.folder,)
        )

    def _drop(self, pool: ProcessPoolExecutor | None) -> None:
        if pool is not None and self._pool is pool:  # Whoever shared it comes here, too, and may find the next one.
            self._pool = None
            _kill(pool)


def _kill(pool: ProcessPoolExecutor) -> None:
    """End a pool at once, whatever its workers are at."""
    _end(list((pool._processes or {}).values()))
    pool.shutdown(wait=False, cancel_futures=True)


def _end(processes: list) -> None:
    for process in processes:
        process.kill()


_models: Models | None = None


def _start_worker(folder: Path) -> None:
    """Prepare a worker process, which ends with the server, however that ends."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle.

    def follow() -> None:
        parent_process().join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    global _models
    _models = Models(folder)
    _warm_up()


def _warm_up() -> None:
    with contextlib.suppress(ModelError):
        _models.get("default")


def _judge(clip: bytes, model: str) -> Prediction:
    return _models.get(model).predict(clip)
