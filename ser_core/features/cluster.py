"""Feature tables computed by the workers of a Dask scheduler.

Scheduler and workers run the same version of this project in the same environment, with the project's folder on their
Python path, for instance ``PYTHONPATH=. dask scheduler`` and ``PYTHONPATH=. SER_DATA_ROOT=/data dask worker ADDRESS
--nworkers 16 --nthreads 1``. Audio does not travel: each worker finds a clip under its own data root, by the corpus
and the path in the manifest, so the corpora lie on a shared disk or have been copied to every machine. A worker refuses
audio of another checksum and other versions of the code: the same bytes come out as from one process here. Rows come
back as they are ready and go into the cache of the machine that asked.

Whoever controls a scheduler can run code on its clients and workers: give the address of one you trust.
"""

import contextlib
import hashlib
import importlib.metadata
import logging
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError as FutureCancelledError
from functools import cache, partial
from pathlib import Path

from ser_core import settings
from ser_core.errors import CorpusNotFoundError, SERError, WorkerError
from ser_core.features.jobs import Clip, Result, Work, clip_features, stream
from ser_core.progress import CancelCallback

# Seconds to wait for a scheduler to answer and for its first worker.
_CONNECT_S, _FIRST_WORKER_S = 5, 10
# A cluster without any worker, or without its scheduler, is given up after this many seconds.
_PATIENCE_S = 30.0
_CHECK_EVERY_S = 2.0
# Whatever decides about the bits of a feature.
_PACKAGES = ("numpy", "scipy", "soundfile", "soxr", "av", "distributed")
_SOURCES = ("audio", "augment", "features")


@cache
def versions(*, packages: tuple[str, ...] = (), sources: tuple[str, ...] = ()) -> dict[str, str]:
    """What has to agree between this process and the workers: Python, the packages, the code of the features.

    Parameters
    ----------
    packages, sources : tuple of str
        Further packages, and further folders of `ser_core` with code that decides about the result.
    """
    code = hashlib.sha256()
    package = Path(settings.__file__).parent
    for file in sorted(file for name in (*_SOURCES, *sources) for file in (package / name).rglob("*.py")):
        code.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    python = ".".join(platform.python_version_tuple()[:2])
    found = {name: importlib.metadata.version(name) for name in (*_PACKAGES, *packages)}
    return {"Python": python, **found, "code of the work": code.hexdigest()[:12]}


def compute_on_cluster(
    clips: list[Clip],
    work: Work,
    *,
    address: str,
    root: Path | str | None = None,
    cancel: CancelCallback | None = None,
) -> Iterator[list[Result]]:
    """Results in the order they are ready.

    Parameters
    ----------
    clips : list of Clip
        What to compute.
    work : Work
        What is done to each.
    address : str
        Of the scheduler, as ``tcp://host:8786``.
    root : Path or str, optional
        Data root on the workers; their own setting unless given.
    cancel : callable, optional
        See `ser_core.progress`.

    Raises
    ------
    WorkerError
        If there is no such scheduler, no worker, or one that cannot do this work.
    CorpusNotFoundError
        If a worker does not find a clip, or finds another copy of it.
    AudioError
        If a clip cannot be decoded.
    CancelledError
        If `cancel` answered true.
    """
    function = partial(
        chunk_on_worker, work=work, root=None if root is None else str(Path(root).resolve()), expected=versions()
    )
    yield from spread(clips, function, address=address, cancel=cancel)


def spread(
    items: list, function: Callable[[Sequence], list], *, address: str, cancel: CancelCallback | None = None
) -> Iterator[list]:
    """What a function gives for chunks of items, computed by the workers of a scheduler, in the order it is ready.

    Parameters
    ----------
    items : list
        Small things: audio does not travel.
    function : callable
        Takes some of `items` and gives as many results; both must be importable on the workers.
    address, cancel
        See `compute_on_cluster`.

    Raises
    ------
    WorkerError
        If there is no such scheduler, no worker, or one that cannot do this work; what `function` raises comes through.
    CancelledError
        If `cancel` answered true.
    """
    from distributed import Client
    from distributed.comm import CommClosedError

    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False, name="speech-emotion-lab")
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"No Dask scheduler answers at {address!r} ({error}). Start one with `dask scheduler`, and give the "
            "address that it prints, such as tcp://host:8786."
        ) from None
    with client, _quiet():
        try:
            client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
        except TimeoutError:
            raise WorkerError(
                f"The Dask scheduler at {address} has no workers. Start some with `dask worker {address}`."
            ) from None
        threads = sum(client.nthreads().values())
        pool = client.get_executor(pure=False)
        try:
            yield from stream(pool, function, items, workers=threads, cancel=cancel, check=_watch(client, address))
        except (CommClosedError, FutureCancelledError):
            raise _lost(address) from None
        except (ImportError, RuntimeError) as error:
            if isinstance(error, SERError):
                raise
            # A scheduler or worker that cannot import this project fails while it unpacks the task.
            raise WorkerError(
                f"The cluster at {address} cannot run this project ({error.__cause__ or error}). Start its scheduler "
                "and workers in the same environment, with the project's folder in PYTHONPATH."
            ) from error
        finally:
            pool.shutdown(wait=False)


def chunk_on_worker(clips: Sequence[Clip], *, work: Work, root: str | None, expected: dict[str, str]) -> list[Result]:
    """`clip_features` of several clips that this worker finds under its own data root.

    Raises
    ------
    WorkerError
        If the versions here are not the `expected` ones.
    CorpusNotFoundError
        If a clip is not here, or is another copy than the one asked for.
    """
    from ser_core import corpora
    from ser_core.audio import sha256

    require_versions(versions(), expected)
    results = []
    for clip in clips:
        file = corpora.get(clip.corpus).clip_path(clip.path, root=root)
        if file is None:
            raise CorpusNotFoundError(
                f"The worker on {platform.node()} does not find {clip.path} in {root or settings.data_root()}. Let "
                "SER_DATA_ROOT name the folder of the corpora there, then restart it."
            )
        content = file.read_bytes()
        if sha256(content) != clip.sha256:
            raise CorpusNotFoundError(
                f"The worker on {platform.node()} has another copy of {clip.path}: its checksum differs from the "
                "manifest's. Let all machines see the same files."
            )
        results.append(clip_features(content, clip, work))
    return results


def require_versions(here: dict[str, str], expected: dict[str, str]) -> None:
    """See that this worker has what the process that asked has.

    Raises
    ------
    WorkerError
        If it has not; the message names the differences.
    """
    differences = [
        f"{name} {here.get(name)} instead of {wanted}" for name, wanted in expected.items() if here.get(name) != wanted
    ]
    if differences:
        raise WorkerError(
            f"The worker on {platform.node()} has {', '.join(differences)}: results would differ. Install the same "
            "versions there, then restart it."
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the traceback that the client logs when a scheduler goes away: an error with advice says it."""
    logger = logging.getLogger("distributed.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _lost(address: str) -> WorkerError:
    return WorkerError(
        f"The Dask scheduler at {address} or all of its workers have gone. What was computed is kept: start them "
        "again, and then this."
    )


def _watch(client, address: str) -> Callable[[], None]:
    """A check that gives up on a cluster that stays without workers or scheduler."""
    state = {"asked": time.monotonic(), "well": time.monotonic()}

    def check() -> None:
        now = time.monotonic()
        if now - state["asked"] < min(_CHECK_EVERY_S, _PATIENCE_S):
            return
        state["asked"] = now
        try:
            well = client.status == "running" and bool(client.nthreads())
        except OSError:
            well = False
        if well:
            state["well"] = now
        elif now - state["well"] > _PATIENCE_S:
            raise _lost(address)

    return check
