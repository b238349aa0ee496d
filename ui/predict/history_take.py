"""The history to take along as files, and the corrections as a corpus."""

import streamlit as st

from ser_core.errors import SERError
from ser_core.figures.style import count
from ser_core.history import Entry, History, Query
from ser_core.history.export import MAX_ZIP_BYTES, as_table, as_zip
from ser_core.history.feedback import NAME, corpus_of, corrections, make_corpus
from ui import visitor
from ui.format import bytes_text
from ui.predict import kept


def show(history: History, query: Query, digests: list[str]) -> None:
    """Buttons for what was found, and for the corpus.

    Parameters
    ----------
    history, query
        Where it was looked for, and what; the entries are read when a file is asked for.
    digests : list of str
        Of the audio of what was found, one for each entry.
    """
    st.markdown(f"**Take {count(len(digests), 'prediction')} along**")
    heard = history.shelf.sizes()
    size = sum(heard.get(digest, 0) for digest in set(digests))

    def found() -> list[Entry]:
        return history.find(query)

    with st.container(horizontal=True):
        for title, ending, mime, content in (
            ("CSV", "csv", "text/csv", lambda: as_table(found()).to_csv(index=False).encode()),
            ("Parquet", "parquet", "application/vnd.apache.parquet", lambda: as_table(found()).to_parquet(index=False)),
            ("With audio (zip)", "zip", "application/zip", lambda: as_zip(history, found())),
        ):
            packed = ending == "zip"
            large = packed and size > MAX_ZIP_BYTES
            st.download_button(
                title,
                content,
                f"history.{ending}",
                mime,
                key=f"history-{ending}",
                icon=":material/download:",
                on_click="ignore",
                disabled=packed and (not size or large),
                help=_about_zip(size, large) if packed else None,
            )
    _corpus(history)


def _about_zip(size: int, large: bool) -> str:
    if large:
        return (
            f"{bytes_text(size)} of audio are too much for one file ({bytes_text(MAX_ZIP_BYTES)}): narrow the search."
        )
    if not size:
        return "No audio of these predictions is held."
    return f"The table and {bytes_text(size)} of audio; unpacked, it can be added as a corpus under Explore."


def _corpus(history: History) -> None:
    """What was corrected, as a corpus: only where everybody who could see it is the visitor."""
    if not (history.keeps_audio and visitor.is_local()):
        return
    ready = len(corrections(history))
    corpus = corpus_of(history)
    with st.container(horizontal=True, vertical_alignment="center"):
        if corpus is not None:
            st.markdown(f"Your corrections are the corpus `{corpus.name}` ({count(ready, 'clip')}), kept up to date.")
            st.page_link(
                "pages/Explore.py",
                label="Explore it",
                icon=":material/graphic_eq:",
                query_params={"corpus": corpus.name},
            )
        else:
            st.button(
                f"Make a corpus of {count(ready, 'corrected clip')}",
                icon=":material/library_add:",
                key="history-corpus",
                disabled=not ready,
                on_click=_make,
                help="It can be explored, and models can be trained on it: `python -m ser_core train --corpus "
                f"{NAME}`. Everybody who uses this app on this machine will see it.",
            )


def _make() -> None:
    """Callback: make the corpus."""
    try:
        make_corpus(kept.history())
    except SERError as error:
        kept.report(str(error))
