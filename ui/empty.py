"""Panels for what is not here: what it is, what it costs, and how to get it. Nothing is asked of any server before the
visitor presses a button."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from ser_core import corpora
from ser_core.corpora.base import Corpus
from ser_core.corpora.scan import is_lfs_pointer
from ser_core.errors import SERError
from ui import cached, working
from ui.format import bytes_text
from ui.jobs import jobs

if TYPE_CHECKING:
    from ser_core.corpora.download import Plan

_POLL_S = 1.0


def missing_corpus(name: str) -> None:
    """Panel for a corpus whose audio, or part of it, is not on this machine: licence, size, citation, and the download.

    Parameters
    ----------
    name : str
        Name of the corpus.
    """
    corpus = corpora.get(name)
    with st.container(border=True, key=f"missing-{name}"):
        files = [clip.file for clip in corpus.clips()]
        pointers = sum(map(is_lfs_pointer, files))
        found, expected = len(files) - pointers, corpus.expected["clips"]
        some = f"{found:,} of {expected:,} clips of {corpus.title} are on this machine"
        st.markdown(f"#### {some if found else f'The clips of {corpus.title} are not on this machine'}")
        st.markdown(corpus.description)
        if pointers:
            st.warning(
                f"{pointers:,} files are Git-LFS pointers: small texts that stand for the audio. Run `git lfs pull` "
                "where they come from"
                f"{', or download the corpus here: it replaces them' if corpus.sources else ''}.",
                icon=":material/warning:",
            )
        st.markdown(
            f"**Licence:** [{corpus.licence}]({corpus.licence_url})."
            f"{' By downloading you accept it.' if corpus.sources else ''}  \n"
            f"**Cite:** {corpus.citation}"
        )
        if not corpus.sources:
            st.markdown(f"This corpus is given on request only:\n\n{corpus.how_to_get}")
            st.caption(f"The data folder of this server is `{corpus.base()}`.")
            return
        _download_area(corpus)
        with st.popover("Other ways to get it", type="tertiary"):  # No expander: the panel may lie in one.
            sample = " --sample" if corpus.sample_keys else ""
            st.markdown("On the command line; it goes on where it stopped:")
            st.code(f"python -m ser_core corpora download {name}{sample}", language="bash", wrap_lines=True)
            st.markdown(
                f"Or get it from [its publisher]({corpus.homepage}), unpack it into a folder named `{name}`, and start "
                "the app with `SER_DATA_ROOT` set to the folder that holds it."
            )


def no_runs() -> None:
    """Panel for a Compare page without runs."""
    with st.container(border=True, key="no-runs"):
        st.markdown("#### There are no finished runs to compare yet")
        st.markdown(
            "This page draws everything from run folders: who was tested, what was answered, how the training went. "
            "The project ships them in `data/runs`; if that folder is empty, restore it from the repository, or make "
            "the runs yourself. With the corpus on this machine (see *Explore*), this trains and tests two models:"
        )
        st.code("python -m ser_core train svm cnn --protocol all --learning-curve", language="bash", wrap_lines=True)
        st.caption("Finished runs appear here when the page is opened again. SER_RUNS_DIR names another folder.")


def _key(corpus: Corpus) -> str:
    return f"download {corpus.name} into {corpus.base()}"


def _download_area(corpus: Corpus) -> None:
    """Buttons, or the progress of a download; watched while one runs."""
    job = jobs().get(_key(corpus))
    running = job is not None and job.state == "running"
    st.fragment(_watch, run_every=_POLL_S if running else None)(corpus)


def _watch(corpus: Corpus) -> None:
    job = jobs().get(_key(corpus))
    if job is None:
        _buttons(corpus)
    elif job.state == "running":
        words = None if job.progress is not None else f"Asking for {corpus.title}"
        hint = "What was received is kept; the next start goes on from there."
        working.progress(job, key=f"cancel-{corpus.name}", words=words, hint=hint)
    elif job.state == "done":
        jobs().forget(_key(corpus))
        cached.forget_manifests()
        st.rerun(scope="app")
    else:
        show = st.info if job.state == "cancelled" else st.error
        show(job.message, icon=":material/info:" if job.state == "cancelled" else ":material/error:")
        _buttons(corpus)


def _buttons(corpus: Corpus) -> None:
    """One button for the sample, one for everything, each with its size."""
    from ser_core.corpora.download import plan

    offers = [(True, "Get a sample")] if corpus.sample_keys else []
    offers.append((False, "Get everything"))
    columns = st.columns(len(offers))
    for column, (sample, words) in zip(columns, offers, strict=True):
        try:
            found = plan(corpus, sample=sample)
        except SERError as error:
            column.error(str(error))
            continue
        with column:
            asked = st.button(
                f"{words}: {found.clips:,} clips, {_about(found)}{bytes_text(found.size_bytes)}",
                type="primary" if sample or len(offers) == 1 else "secondary",
                icon=":material/download:",
                key=f"download-{corpus.name}-{'sample' if sample else 'all'}",
                disabled=not found.fits,
                width="stretch",
            )
            notes = [f"From {found.host}."]
            if 0 < found.remaining_bytes < found.size_bytes:
                notes.append(f"{_about(found).capitalize()}{bytes_text(found.remaining_bytes)} are still to come.")
            if found.fits:
                notes.append(
                    f"Takes {bytes_text(found.disk_bytes)} of {bytes_text(found.free_bytes)} free on the disk."
                )
            else:
                notes.append(
                    f"Needs {bytes_text(found.disk_bytes)} on the disk, of which {bytes_text(found.free_bytes)} are "
                    "free. Make room and open the page again."
                )
            st.caption(" ".join(notes))
        if asked:
            _start(corpus, sample=sample)


def _about(found: "Plan") -> str:
    """Says so where a size is not published."""
    return "" if found.is_exact else "about "


def _start(corpus: Corpus, *, sample: bool) -> None:
    from ser_core.corpora.download import download

    jobs().start(_key(corpus), partial(download, corpus, sample=sample))
    # The whole page runs again, for only that gives the fragment its clock.
    st.rerun(scope="app")
