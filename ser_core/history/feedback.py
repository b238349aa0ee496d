"""What people corrected, as a corpus that can be explored and trained on."""

import pandas as pd

from ser_core.corpora import own
from ser_core.corpora.own import Definition, OwnCorpus
from ser_core.corpora.own.store import file_of
from ser_core.corpora.tables import write_table
from ser_core.errors import ConfigError
from ser_core.history.audio import FolderShelf
from ser_core.history.query import Query
from ser_core.history.store import History

NAME = "corrections"
"""What the corpus is called unless another name is given."""

_TABLE = "corrections.csv"
_COLUMNS = {"path": "path", "emotion": "emotion", "speaker": "speaker", "text": "name"}


def corrections(history: History) -> pd.DataFrame:
    """The clips whose label a person said and whose audio is kept on disk.

    Returns
    -------
    pd.DataFrame
        ``path`` (within the folder of the audio), ``emotion``, ``speaker`` (NA where not said), ``name``; one row per
        clip, what was said last.
    """
    shelf = history.shelf
    rows = {}
    for entry in reversed(history.find(Query(answers=("corrected",)))):
        file = shelf.file(entry.sha256) if isinstance(shelf, FolderShelf) else None
        if file is not None:
            rows[entry.sha256] = (file.name, entry.corrected, entry.speaker or None, entry.name)
    return pd.DataFrame(sorted(rows.values()), columns=["path", "emotion", "speaker", "name"])


def make_corpus(history: History, *, name: str = NAME) -> OwnCorpus:
    """Make a corpus of what was corrected; asked again, it takes in what was corrected since.

    Parameters
    ----------
    history : History
        Keeps its audio on disk.
    name : str
        Of the corpus, as it stands in addresses and on the command line. Every user of this machine sees it.

    Returns
    -------
    OwnCorpus
        Among the user's own corpora from now on; its recordings stay in the history.

    Raises
    ------
    ConfigError
        If no audio is kept, nothing was corrected, or another corpus has the name.
    """
    if not history.keeps_audio:
        raise ConfigError("The audio of corrected predictions must be kept on this machine to make a corpus of it.")
    table = corrections(history)
    if table.empty:
        raise ConfigError("No prediction whose audio is kept was corrected or confirmed yet.")
    file, folder = history.place / _TABLE, history.place / "audio"
    known = own.all_own().get(name)
    if known is not None and known.definition.table != file:
        raise ConfigError(f"There is a corpus of your own named {name!r} already; choose another name.")
    write_table(table, file)
    definition = Definition(
        name,
        folder,
        table=file,
        columns=_COLUMNS,
        title="Corrected predictions",
        description="Recordings of the users of this app, labelled by who corrected or confirmed a prediction.",
        licence="not stated; the recordings belong to who made them",
    )
    corpus, _ = own.add(definition, replace=known is not None)
    return corpus


def corpus_of(history: History) -> OwnCorpus | None:
    """The corpus that was made of a history; None if there is none."""
    if history.place is None:
        return None
    file = history.place / _TABLE
    return next((corpus for corpus in own.all_own().values() if corpus.definition.table == file), None)


def forget_corpus(history: History) -> str | None:
    """Take away the corpus that was made of a history, as when all of it is deleted; its name if there was one."""
    corpus = corpus_of(history)
    if corpus is None or not file_of(corpus.name).is_file():
        return None
    own.remove(corpus.name)
    (history.place / _TABLE).unlink(missing_ok=True)
    return corpus.name


def refresh_corpus(history: History) -> None:
    """Bring the corpus up to date with what was corrected or deleted, if there is one."""
    corpus = corpus_of(history)
    if corpus is None:
        return
    if not history.keeps_audio or corrections(history).empty:
        forget_corpus(history)
    else:
        make_corpus(history, name=corpus.name)
