"""Getting a corpus that is published as many single files: several at once, each whole and checked or not at all."""

import json
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from urllib.parse import quote

import httpx

from ser_core.corpora.base import Corpus
from ser_core.corpora.connection import PATIENCE, Patience, connect
from ser_core.corpora.listings import Listing, Part
from ser_core.corpora.transfer import fetch_whole
from ser_core.errors import DownloadError
from ser_core.files import write_bytes
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.settings import LIMITS

CONNECTIONS = 4
"""Files that are asked for at once: enough to hide the way to the server, few enough to be a good guest."""

_MAX_LISTING_BYTES = 64 << 20
_POLL_S = 0.2


def fetch_listed(
    corpus: Corpus,
    listing: Listing,
    *,
    root: Path | str | None = None,
    mirror: str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
    patience: Patience = PATIENCE,
) -> Path:
    """Ask for the list of files, and get those that are not here yet.

    Parameters
    ----------
    corpus : Corpus
        Which.
    listing : Listing
        The service that lists its files.
    root : Path or str, optional
        Data root.
    mirror : str, optional
        Address of a folder that holds the service's answers under the names of `Listing.pages` and the files under
        their places in the corpus' folder.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts bytes where the list gives sizes, else files.
    patience : Patience
        How long to go on with a server that fails.

    Raises
    ------
    DownloadError
        If a server gives up, lists something else, or sends another file than it listed; what was received stays.
    CancelledError
        If the user asked to stop; what was received stays.
    """
    message = f"Downloading {corpus.title}"
    meter = Meter(progress, unit="files", message=f"Asking what there is of {corpus.title}", cancel=cancel)
    with connect(patience) as client:
        answers = {}
        for name, url in listing.pages.items():
            address = _address(url, mirror, name)
            content = fetch_whole(client, address, max_bytes=_MAX_LISTING_BYTES, meter=meter, patience=patience)
            answers[name] = _json(content, corpus)
        missing = _missing(corpus, listing.parts(answers, corpus), root)
        sized = all(part.size_bytes is not None for part in missing)
        total = sum(part.size_bytes for part in missing) if sized else len(missing)
        meter = Meter(progress, total=total, unit="bytes" if sized else "files", message=message, cancel=cancel)
        _fetch_all(
            client,
            [(part, _address(part.url, mirror, part.path)) for part in missing],
            corpus.folder(root),
            meter=meter,
            weight=(lambda part: part.size_bytes) if sized else (lambda part: 1),
            patience=patience,
        )
    return corpus.folder(root)


def _fetch_all(
    client: httpx.Client,
    wanted: list[tuple[Part, str]],
    folder: Path,
    *,
    meter: Meter,
    weight: Callable[[Part], int],
    patience: Patience,
) -> None:
    stop, said, message = Event(), [meter.message], meter.message
    pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="download")

    def get(part: Part, address: str) -> None:
        # A meter of its own: it says why this file waits, and hears that all shall stop.
        own = Meter(
            lambda report: said.__setitem__(0, report.message), unit="files", message=message, cancel=stop.is_set
        )
        content = fetch_whole(client, address, max_bytes=LIMITS.max_bytes, meter=own, patience=patience)
        if (fault := part.fault(content)) is not None:
            raise DownloadError(
                f"The file {part.path} from {httpx.URL(address).host} {fault}. It was not kept, the others were; start "
                "the download again later."
            )
        write_bytes(folder / part.path, content)

    try:
        pending = {pool.submit(get, part, address): part for part, address in wanted}
        while pending:
            finished, _ = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
                meter.add(weight(pending.pop(future)))
            meter.add(0, message=said[0])
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _missing(corpus: Corpus, parts: list[Part], root: Path | str | None) -> list[Part]:
    here, folder = corpus.keys_here(root), corpus.folder(root)
    return [part for part in parts if (part.key not in here if part.key else not (folder / part.path).is_file())]


def _address(url: str, mirror: str | None, name: str) -> str:
    return f"{mirror}/{quote(name)}" if mirror else url


def _json(content: bytes, corpus: Corpus):
    try:
        return json.loads(content)
    except ValueError as error:
        raise DownloadError(
            f"The list of files of {corpus.title} cannot be read ({error}). Try again later, or see {corpus.homepage}."
        ) from error
