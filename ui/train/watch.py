"""The run at work: how far it is, its epochs so far, and a way to stop it."""

import json
from pathlib import Path

import pandas as pd
import streamlit as st

from ser_core.figures import learning
from ser_core.figures.marks import family_title
from ui import figure, working
from ui.markdown import plain
from ui.train import made, work
from ui.train.records import Record

_POLL_S = 1.0
_HINT = "What was trained is kept; the same start goes on from there."


def watch(allowed: bool) -> None:
    """What runs, or how the last run of this server ended."""
    found = work.latest()
    if found is None:
        return
    busy = found[1].state == "running"
    st.fragment(_area, run_every=_POLL_S if busy else None)(allowed, busy)


def _area(allowed: bool, was_busy: bool) -> None:
    found = work.latest()
    busy = found is not None and found[1].state == "running"
    if found is None or was_busy != busy:
        st.rerun(scope="app")
    record, job = found
    with st.container(border=True, key="train-run"):
        if busy:
            st.markdown(f"**{made.title(record.config)}** is in training. Every visitor of this page sees this run.")
            if allowed:
                working.progress(job, key="train-cancel", hint=_HINT)
            else:
                step = job.progress
                st.progress((step.fraction if step else None) or 0.0, text=step.message if step else "Starting")
            _epochs(record)
            return
        if job.state == "done" and record.run is not None:
            made.result(record.run)
            made.links(record.run)
        elif job.state == "cancelled":
            st.info(f"{made.title(record.config)}: stopped. {_HINT}", icon=":material/info:")
        else:
            st.error(f"{made.title(record.config)}: {plain(job.message)}", icon=":material/error:")
        st.button("Close", key="train-close", icon=":material/close:", type="tertiary", on_click=work.forget)


def _epochs(record: Record) -> None:
    """Epoch curves of the folds that are done."""
    notes = sorted((record.folder / "parts").glob("seed*.json"))
    found = _curves(record.name, record.started, tuple(note.name for note in notes), notes, record)
    if found is None:
        return
    drawn, table = found
    figure.show(
        drawn,
        name="train-epochs",
        alt="Loss on training and validation clips over epochs, of the trainings done so far",
        data=lambda: table,
        command=record.command,
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _curves(name: str, started: str, done: tuple[str, ...], _notes: list[Path], _record: Record):
    """The figure and its numbers; None where the family has no epochs."""
    rows, sizes = [], []
    for note in _notes:
        try:
            told = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # The run is being finished.
        if told["training"]["fraction"] == 1.0:
            rows += told["history"]
            sizes.append(told["training"]["n_train"])
    table = pd.DataFrame(rows)
    if not {"loss", "val_loss"} <= set(table) or table[["loss", "val_loss"]].isna().any(axis=None):
        return None
    title = f"{family_title(_record.config.model)}: loss over epochs so far"
    return learning.epoch_curves(table, metric="loss", n_train=max(sizes), title=title), table
