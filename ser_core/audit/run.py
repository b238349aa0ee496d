"""The audit: one pass over the clips, then the checks."""

import os
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path

import pandas as pd

from ser_core.audit import copies, counts, rates, sound, splits, truncation
from ser_core.audit.facts import facts
from ser_core.audit.finding import Report, ordered
from ser_core.audit.measure import NUMBERS, Measured, measure_file
from ser_core.audit.store import Store
from ser_core.audit.subjects import gather
from ser_core.evaluation import protocols
from ser_core.progress import CancelCallback, Meter, ProgressCallback

# Files read ahead of those that are measured: what waits in memory.
_AHEAD = 4


def audit(
    what: pd.DataFrame | str | Path | Sequence[str | Path],
    *,
    protocol: str | None = None,
    root: Path | str | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Report:
    """Look at every clip and say what is wrong or worth knowing.

    Measurements are kept in the cache by the SHA-256 of each file: a second audit reads no audio, one that was stopped
    goes on where it was.

    Parameters
    ----------
    what : DataFrame, str, Path or sequence
        A manifest, the name of a corpus, a folder of audio or one file; or several of the last three, which are then
        searched for common recordings too.
    protocol : str, optional
        Also say what stands in training and test under this protocol.
    root : Path or str, optional
        Data root of the corpora; that of the settings unless given.
    workers : int, optional
        Threads; one per core unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    Report
        Findings and facts.

    Raises
    ------
    ConfigError
        If a name is neither a corpus nor a file, or there is no such protocol.
    CorpusNotFoundError
        If there is no audio.
    CancelledError
        If the user asked to stop; what was measured is in the cache.
    """
    if protocol is not None:
        protocols.get(protocol)
    table, groups = gather(what, root=root, progress=progress, cancel=cancel)
    clips = look(table, workers=workers, progress=progress, cancel=cancel)
    same = copies.find(clips, progress=progress, cancel=cancel)
    wrong = rates.check(clips, groups)
    # What lasts half as long because it plays too fast is not cut off.
    clips["wrong_rate"] |= clips["clip_id"].isin([finding.clip_id for finding in wrong if finding.severity == "error"])
    found = [
        *wrong,
        *sound.check(clips, groups),
        *truncation.check(clips, groups),
        *counts.check(clips, groups),
        *copies.findings(clips, same),
    ]
    if protocol is not None:
        found += splits.check(clips, groups, same, protocol=protocol)
    findings = ordered(found)
    kept = ["clip_id", "group", "speaker", "emotion", *NUMBERS]
    own = clips.loc[~clips["extra"], kept].rename(columns={"group": "corpus"}).reset_index(drop=True)
    return Report(findings, facts(own, groups, findings, protocol=protocol), own)


def look(
    table: pd.DataFrame,
    *,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> pd.DataFrame:
    """Measure the clips, from the cache where they were measured before.

    Parameters
    ----------
    table : pd.DataFrame
        From `ser_core.audit.subjects.gather`.
    workers : int, optional
        Threads; one per core unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    pd.DataFrame
        `table` with the fields of `Measured`, those of a clip without a file NaN, and ``wrong_rate``.

    Raises
    ------
    CancelledError
        If the user asked to stop; what was measured is in the cache.
    """
    store = Store()
    hashes = table["sha256"].where(table["file"].notna())
    known = store.load(set(hashes.dropna()))
    todo = {
        sha256: file
        for sha256, file in zip(hashes, table["file"], strict=True)
        if pd.notna(sha256) and sha256 not in known
    }
    meter = Meter(
        progress,
        total=len(known) + len(todo),
        unit="clips",
        message="Listening to the clips",
        cancel=cancel,
        done=len(known),
    )
    workers = workers or os.cpu_count() or 1
    pool = ThreadPoolExecutor(workers)
    waiting, queue = {}, iter(todo.items())
    try:
        while True:
            for sha256, file in islice(queue, _AHEAD * workers - len(waiting)):
                waiting[pool.submit(_measure, file)] = sha256
            if not waiting:
                break
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                sha256 = waiting.pop(future)
                known[sha256] = future.result()
                store.add(sha256, known[sha256])
                meter.add()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        store.flush()
    rows = [known.get(sha256, _ABSENT).to_dict() for sha256 in hashes]
    measured = pd.DataFrame(rows, index=table.index)
    clips = pd.concat([table.drop(columns=["sampling_rate", "channels"]), measured], axis=1)
    return clips.assign(wrong_rate=rates.wrong_rate(clips))


_ABSENT = Measured()


def _measure(file: Path) -> Measured:
    try:
        return measure_file(file.read_bytes())
    except OSError as error:
        return Measured(problem="unreadable", message=f"The file cannot be opened: {error.strerror}.")
