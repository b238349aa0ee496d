"""The runs that were made on this page: how they stand, what came of them, and deleting them."""

from datetime import datetime

import streamlit as st

from ser_core.errors import SERError
from ser_core.evaluation.protocols import ACROSS, ALL
from ser_core.experiments import ExperimentConfig, Run
from ser_core.experiments.entries import Entry, entries
from ser_core.figures.marks import family_title
from ser_core.figures.style import count
from ser_core.reports.names import corpora_words, label, split_words, trim_words
from ui import cached
from ui.format import headline_text
from ui.markdown import plain
from ui.train import records, work
from ui.train.records import Record

_TROUBLE = "train-trouble"
_WORDS = {
    "running": (":material/progress_activity:", "running"),
    "stopped": (":material/pause_circle:", "stopped"),
    "failed": (":material/error:", "failed"),
    "finished": (":material/check_circle:", "finished"),
}


def show(allowed: bool) -> None:
    """All of them, the latest first."""
    st.subheader("Runs made here", anchor=False)
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.error(plain(trouble), icon=":material/error:")
    found = records.listed()
    if not found:
        st.caption("None yet. Runs that ship, and those made on the command line, stand in *Compare*.")
        return
    at_work = work.running()
    running = at_work[0].name if at_work is not None else None
    for record in found:
        _one(record, running, allowed)


def title(config: ExperimentConfig) -> str:
    """A run in words."""
    marks = [count(len(config.seeds), "seed")]
    marks += ["speaker calibration"] if config.speaker_calibration else []
    marks += [trim] if (trim := trim_words(config)) else []
    marks += ["changed copies"] if config.augmentation else []
    marks += [split] if (split := split_words(config)) else []
    return plain(
        f"{family_title(config.model)} on {corpora_words(config.corpora)}, {ALL[config.protocol].title.lower()} "
        f"({', '.join(marks)})"
    )


def result(run: Run) -> None:
    """The scores, one line for each corpus where the protocol joins none."""
    for entry in _shown(run):
        summary = cached.score("summarise", run, corpus=entry.corpus)
        of = f" on {plain(corpora_words(entry.tested_on))}" if entry.corpus is not None else ""
        headline = headline_text("UAR", summary.uar, summary.chance)
        st.markdown(
            f"**{title(run.config)}{of}: {headline}** on {count(summary.n_test, 'clip')} of "
            f"{count(summary.n_speakers, 'speaker')}; 95% interval by bootstrap over speakers."
        )


def links(run: Run) -> None:
    """To the leaderboard of its test, and to its place side by side with other runs of that test."""
    entry = _shown(run)[0]
    where = {
        "tested": "+".join(entry.tested_on),
        "protocol": entry.protocol,
        "condition": "calibrated" if entry.calibrated else "alone",
    }
    # Side by side stands the best run of each name.
    side = {**where, "view": "side-by-side", "runs": [label(each) for each in (entry, *_rivals(entry))]}
    with st.container(horizontal=True):
        st.page_link("pages/Compare.py", label="Leaderboard", icon=":material/leaderboard:", query_params=where)
        st.page_link("pages/Compare.py", label="Side by side", icon=":material/balance:", query_params=_pairs(side))


def _pairs(query: dict) -> list[tuple[str, str]]:
    return [(key, each) for key, value in query.items() for each in ([value] if isinstance(value, str) else value)]


def _shown(run: Run) -> list[Entry]:
    found = entries([run])
    return found if run.config.protocol in ACROSS else found[:1]


def _rivals(entry: Entry) -> list[Entry]:
    """Another run of the same test, if there is one."""
    alike = [
        each
        for each in entries(cached.runs())
        if (each.tested_on, each.protocol, each.calibrated) == (entry.tested_on, entry.protocol, entry.calibrated)
        and label(each) != label(entry)
    ]
    return alike[:1]


def _one(record: Record, running: str | None, allowed: bool) -> None:
    icon, words = _WORDS[record.state(running)]
    started = datetime.fromisoformat(record.started).astimezone().strftime("%Y-%m-%d %H:%M")
    with st.container(border=True, key=f"made-{record.name}"):
        run = record.run if words == "finished" else None
        if run is not None:
            result(run)
        else:
            st.markdown(f"**{title(record.config)}**")
        st.caption(f"{icon} {words.capitalize()}, started {started}: {plain(record.name)}")
        if words == "failed":
            st.error(plain(record.error), icon=":material/error:")
        if run is not None:
            links(run)
        if not allowed or words == "running":
            return
        with st.container(horizontal=True):
            if run is None:
                st.button(
                    "Go on",
                    key=f"go-on-{record.name}",
                    icon=":material/play_arrow:",
                    disabled=running is not None,
                    on_click=_go_on,
                    args=(record,),
                )
            with st.popover("Delete", icon=":material/delete:", key=f"delete-ask-{record.name}"):
                st.markdown(f"Deletes the run folder {plain(record.name)} with all its results, for every visitor.")
                st.button(
                    "Delete the run", type="primary", key=f"delete-{record.name}", on_click=_delete, args=(record,)
                )


def _go_on(record: Record) -> None:
    """Callback."""
    try:
        if not work.start(records.again(record)):
            st.session_state[_TROUBLE] = "Another run was started just now; wait for it or cancel it."
    except (SERError, OSError) as error:
        st.session_state[_TROUBLE] = str(error)


def _delete(record: Record) -> None:
    """Callback."""
    at_work = work.running()
    if at_work is not None and at_work[0].name == record.name:
        st.session_state[_TROUBLE] = f"{record.name} is in training; cancel it first."
        return
    try:
        records.delete(record)
        found = work.latest()
        if found is not None and found[0].name == record.name:
            work.forget()
    except SERError as error:
        st.session_state[_TROUBLE] = str(error)
