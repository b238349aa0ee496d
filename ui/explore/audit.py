"""Can these corpora be trusted? What an audit found, to hear and to take away."""

import json
from collections import Counter
from functools import partial

import pandas as pd
import streamlit as st

from ser_core.audit import KINDS, SEVERITIES, Report, audit, kept
from ser_core.corpora import Corpus
from ser_core.evaluation import PROTOCOLS
from ser_core.figures.style import count
from ui import working
from ui.explore import audit_figures
from ui.explore.panels import clip_card
from ui.explore.selection import Selection
from ui.jobs import jobs

_POLL_S = 1.0
_TABLE_HEIGHT = 320
_NO_PROTOCOL = "none"


def show(selection: Selection) -> None:
    """The whole view."""
    st.subheader("Can these recordings be trusted?", anchor=False)
    here = selection.table[selection.table["here"]]
    protocol = _protocol()
    present = tuple(corpus for corpus in selection.corpora if (here["corpus"] == corpus.name).any())
    name = kept.key([corpus.name for corpus in present], here["sha256"].dropna(), protocol=protocol)
    report, source = _report(selection, name, protocol=protocol)
    if report is None:
        st.info("Not audited yet." if present else _nothing(selection.corpora), icon=":material/rule:")
    else:
        _answer(report, source)
    if present:
        _run_area(present, name, protocol=protocol, again=report is not None)
    if report is not None:
        _findings(report, selection)
        audit_figures.show(report, key=f"{name}-{source}")


def _nothing(chosen: tuple[Corpus, ...]) -> str:
    titles = " and ".join(corpus.title for corpus in chosen)
    return f"An audit reads the recordings, and those of {titles} are not on this machine."


def _protocol() -> str | None:
    with st.popover("Settings", icon=":material/tune:", type="tertiary"):
        chosen = st.selectbox(
            "Also look across the split of",
            (_NO_PROTOCOL, *PROTOCOLS),
            key="audit-protocol",
            bind="query-params",
            help="A protocol says which clips train a model and which test it. A recording, or a sentence, that stands "
            "on both sides makes the result look better than it is.",
        )
    return None if chosen == _NO_PROTOCOL else chosen


# the report


def _report(selection: Selection, name: str, *, protocol: str | None) -> tuple[Report | None, str]:
    """The latest report about these files, else the one that ships; and which of the two it is."""
    own = _load(name, kept.stamp(name))
    if own is not None:
        return own, "own"
    return (_shipped(selection.names) if protocol is None else None), "shipped"


@st.cache_resource(max_entries=16, show_spinner=False)
def _load(name: str, stamp: int) -> Report | None:
    return kept.load(name)


@st.cache_resource(max_entries=16, show_spinner=False)
def _shipped(names: tuple[str, ...]) -> Report | None:
    return kept.shipped(names)


def _answer(report: Report, source: str) -> None:
    facts = report.facts
    clean = report.looks == 0
    looks = (
        "nothing needs a look"
        if clean
        else f"**{count(report.looks, 'finding')}** need{'s' * (report.looks == 1)} a look"
    )
    st.markdown(f"**{facts['readable']:,} of {facts['clips']:,} clips** are readable; {looks}.")
    kinds = Counter(finding.kind for finding in report.findings if finding.severity != "info")
    if kinds:
        st.markdown(" · ".join(f"{KINDS[kind]}: **{number:,}**" for kind, number in kinds.items()))
    if source == "shipped":
        st.caption(
            "From the audit that ships with the app, made on the project's copies of the recordings (16 kHz). Audit "
            "your own copies to see what holds for them."
        )


# the work


def _run_area(present: tuple[Corpus, ...], name: str, *, protocol: str | None, again: bool) -> None:
    job = jobs().get(_key(name))
    running = job is not None and job.state == "running"
    st.fragment(_watch, run_every=_POLL_S if running else None)(present, name, protocol=protocol, again=again)


def _key(name: str) -> str:
    return f"audit {name}"


def _watch(present: tuple[Corpus, ...], name: str, *, protocol: str | None, again: bool) -> None:
    job = jobs().get(_key(name))
    if job is not None and job.state == "running":
        working.progress(job, key="audit-stop")
        return
    if job is not None and job.state == "done":
        jobs().forget(_key(name))
        st.rerun(scope="app")
    if job is not None:
        tell = st.info if job.state == "cancelled" else st.error
        tell(job.message, icon=":material/info:")
    asked = st.button(
        "Audit again" if again else "Audit the recordings",
        type="secondary" if again else "primary",
        icon=":material/rule:",
        key="audit-run",
        help="Every recording is read once; what was measured is kept, so that the next audit is quick and a "
        "stopped one goes on where it was.",
    )
    if asked:
        work = partial(_work, tuple(corpus.name for corpus in present), name, protocol)
        jobs().start(_key(name), work)
        # The whole page runs again, for only that gives the fragment its clock.
        st.rerun(scope="app")


def _work(names: tuple[str, ...], name: str, protocol: str | None, *, progress, cancel) -> None:
    kept.save(audit(list(names), protocol=protocol, progress=progress, cancel=cancel), name)


# the findings


def _findings(report: Report, selection: Selection) -> None:
    frame = report.to_frame()
    if frame.empty:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        severities = st.pills(
            "Severity",
            SEVERITIES,
            selection_mode="multi",
            default=SEVERITIES[:2] if report.looks else SEVERITIES,
            key="audit-severity",
            bind="query-params",
            help="Error: the clip cannot be used as what it is said to be. Warning: somebody should look and decide. "
            "Info: good to know, nothing to mend.",
        )
        present = [kind for kind in KINDS if (frame["kind"] == kind).any()]
        wanted = st.multiselect("Kind", present, format_func=KINDS.get, key="audit-kind", placeholder="All", width=360)
        _downloads(report)
    keep = frame["severity"].isin(severities or SEVERITIES) & (frame["kind"].isin(wanted) if wanted else True)
    shown = frame[keep].reset_index(drop=True)
    if shown.empty:
        st.info("No finding of this weight and kind.", icon=":material/filter_alt_off:")
        return
    chosen = _table(shown)
    if chosen is not None:
        found = report.findings[frame.index[keep][chosen]]
        _cards(list(found.clips), selection)


def _downloads(report: Report) -> None:
    for label, ending, mime, content in (
        ("CSV", "csv", "text/csv", lambda: report.to_frame().to_csv(index=False)),
        ("JSON", "json", "application/json", lambda: json.dumps(report.to_dict(), ensure_ascii=False, indent=1)),
    ):
        st.download_button(
            f"Findings ({label})",
            content,
            file_name=f"audit.{ending}",
            mime=mime,
            type="tertiary",
            icon=":material/download:",
            key=f"audit-{ending}",
            on_click="ignore",
        )


def _table(shown: pd.DataFrame) -> int | None:
    """The findings; the position of the one that is chosen."""
    view = shown.assign(
        severity=shown["severity"].str.capitalize(),
        kind=shown["kind"].map(KINDS),
        clip_id=shown["clip_id"].fillna("all of " + shown["corpus"].fillna("them")),
    )
    state = st.dataframe(
        view[["severity", "kind", "clip_id", "detail"]],
        hide_index=True,
        height=min(_TABLE_HEIGHT, 38 + 35 * len(view)),
        lazy=False,
        alt="Findings of the audit",
        key=f"audit-table-{hash(tuple(view.index)) ^ hash(tuple(view['detail']))}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "severity": st.column_config.TextColumn("Severity", width="small"),
            "kind": st.column_config.TextColumn("Kind", width="medium"),
            "clip_id": st.column_config.TextColumn("Clip", width="medium"),
            "detail": st.column_config.TextColumn("What was found", width="large"),
        },
    )
    st.caption(f"{count(len(view), 'finding')}. Choose a row to hear and see its clips; click a heading to sort.")
    rows = state["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(view) else None


def _cards(clip_ids: list[str], selection: Selection) -> None:
    """The clips of a finding, two side by side; of a group of many, one to choose."""
    if len(clip_ids) > 2:
        clip_ids = [st.selectbox(f"One of {count(len(clip_ids), 'clip')}", clip_ids, key="audit-one")]
    columns = st.columns(len(clip_ids)) if clip_ids else []
    for column, clip_id in zip(columns, clip_ids, strict=True):
        row = selection.row(clip_id)
        with column:
            if row is None:
                st.caption(f"{clip_id} is no clip of the corpora that are shown.")
            else:
                clip_card(row, key=f"audit-{clip_id}")
