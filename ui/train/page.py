"""The Train page put together: what runs, what to start, what was made here."""

import streamlit as st

from ser_core import settings
from ser_core.errors import ConfigError, SERError
from ui import visitor
from ui.markdown import plain
from ui.train import form, made, records, work
from ui.train.watch import watch

_FAILED = "train-failed"


def show() -> None:
    """The page below its heading."""
    st.markdown(
        "**A model is made by showing a learner labelled clips, and tested on clips held back from it.** Choose the "
        "learner, the clips and the test; the run folder that comes out is what *Compare* reads."
    )
    allowed = _allowed()
    watch(allowed)
    if allowed:
        _new()
    made.show(allowed)


def _allowed() -> bool:
    """Whether this visitor may train here; said where not."""
    try:
        if visitor.may(settings.training_offered()):
            return True
    except ConfigError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    st.info(
        "Training takes this machine's processor for minutes to hours, so it is offered to who sits at the machine; "
        "its owner may offer it to everybody (`SER_TRAINING=on`) or to nobody (`off`). What runs and what was made "
        "here is shown to all.",
        icon=":material/lock:",
    )
    return False


def _new() -> None:
    st.subheader("A new run", anchor=False)
    if failed := st.session_state.pop(_FAILED, None):
        st.error(plain(failed), icon=":material/error:")
    found = form.config()
    if found is None:
        return
    config, family = found
    record = records.new(config, own=family.config)
    st.caption("The same on the command line:")
    st.code(record.command, language="bash", wrap_lines=True)
    there = records.existing(config)
    busy = work.running() is not None
    if there is not None:
        st.info(f"This run is finished already: {plain(there.id)}.", icon=":material/check_circle:")
        if records.read(there.id) is None:  # Else the links stand below.
            made.links(there)
        return
    goes_on = record.folder.exists()
    st.button(
        "Go on training" if goes_on else "Train",
        type="primary",
        icon=":material/model_training:",
        key="train-start",
        disabled=busy,
        on_click=_start,
        args=(record,),
        help="Runs in a process of its own, at low priority. Every fold is written as it ends: a stopped run goes on.",
    )
    if busy:
        st.caption("One run at a time on this machine: wait for the one above, or cancel it.")
    if record.name != config.id:
        st.caption(
            f"Its run folder is {plain(record.name)}: {plain(config.id)} is for a run of the family's own "
            "hyperparameters, or holds one that was not made here. *Side by side* shows the best run of a family; the "
            "leaderboard shows all."
        )


def _start(record: records.Record) -> None:
    """Callback."""
    try:
        if not work.start(record):
            st.session_state[_FAILED] = "Another visitor started a run just now; wait for it or cancel it."
    except SERError as error:
        st.session_state[_FAILED] = str(error)
    except OSError as error:
        st.session_state[_FAILED] = f"Runs cannot be written to {settings.runs_dir()}: {error.strerror}."
