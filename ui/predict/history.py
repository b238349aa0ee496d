"""What was predicted before: found again, heard, corrected, taken along, deleted."""

import textwrap
from datetime import date

import pandas as pd
import streamlit as st

from ser_core.errors import SERError
from ser_core.figures.style import count
from ser_core.history import ANSWERS, Entry, Facets, History, Query
from ser_core.history.feedback import forget_corpus
from ser_core.labels import EMOTIONS
from ui.format import PROBABILITY
from ui.markdown import plain
from ui.predict import history_entry, history_keeping, history_take, kept

_TURN = "history-turn"
_SAID = "history-said"
_ANSWERS = {"sure": "Sure", "uncertain": "Uncertain", "abstained": "No answer", "corrected": "Corrected by a person"}
_SHOWN = 1_000
#: Widths at which name, answer and doubt stand side by side on a telephone, the height of a line and the most of them.
_NAME_PX, _DOUBT_PX, _LINE_PX, _MOST_LINES = 110, 134, 19, 5
#: Characters of a line of such a width.
_NAME_LINE, _DOUBT_LINE = 13, 17


def show() -> None:
    """The view: what is kept where, the search, the list, one entry, all to take along or delete."""
    trouble = kept.trouble()
    if trouble:
        st.warning(plain(trouble), icon=":material/warning:")
    try:
        _show(kept.history())
    except SERError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _show(history: History) -> None:
    stats = history.stats()
    history_keeping.show(history, stats)
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(plain(said), icon=":material/check:")
    if not stats.entries:
        st.info(
            "Nothing was predicted yet. Judge a clip, a recording or a batch: every answer stands here until you "
            "leave.",
            icon=":material/history:",
        )
        return
    query = _search(history.facets())
    digests = history.digests(query)
    if not digests:
        st.info("No prediction fits this search.", icon=":material/search_off:")
        return
    chosen = _list(history.find(query, limit=_SHOWN), len(digests), stats.entries)
    if chosen is not None:
        history_entry.show(history, chosen, said=_say)
    history_take.show(history, query, digests)
    _delete_all(history, stats.entries)


def _say(words: str) -> None:
    st.session_state[_SAID] = words


def _search(facets: Facets) -> Query:
    """What is looked for; narrowed down by what there is."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="history-search"):
        text = st.text_input(
            "Search",
            key="history-text",
            placeholder="name, reason or speaker",
            persist_state="session",
            width=240,
        )
        emotions = st.multiselect(
            "Sounds",
            facets.emotions,
            format_func=lambda name: EMOTIONS[name].title,
            key="history-emotions",
            placeholder="All",
            width=200,
        )
        answers = st.multiselect(
            "Answer", ANSWERS, format_func=_ANSWERS.get, key="history-answers", placeholder="All", width=200
        )
        with st.popover("More", icon=":material/filter_alt:"):
            model = st.multiselect("Model", facets.models, key="history-models", placeholder="All")
            view = st.multiselect(
                "From", facets.views, format_func=str.capitalize, key="history-views", placeholder="All"
            )
            span = _days(*facets.days)
    return Query(text, tuple(emotions), tuple(model), tuple(view), tuple(answers), *span)


def _days(first: date, last: date) -> tuple[date | None, date | None]:
    given = st.date_input("Days (UTC)", (), key="history-days", help=f"From {first} to {last}.")
    given = given if isinstance(given, tuple) else (given,)
    return (given[0], given[-1]) if given else (None, None)


def _list(listed: list[Entry], fitting: int, total: int) -> Entry | None:
    """The entries as a table; the one that is chosen."""
    some = f"{fitting:,} of " if fitting < total else ""
    note = f"; the table holds the latest {_SHOWN:,}" if len(listed) < fitting else ""
    st.caption(f"{some}{count(total, 'prediction')}{note}. Choose a row to hear it, correct it or delete it.")
    table = pd.DataFrame([_row(entry) for entry in listed])
    # What nobody said or doubted would only push the names aside.
    table = table.drop(columns=[name for name in ("A person says", "Doubt") if not table[name].any()])
    chosen = st.dataframe(
        table,
        # Another list has other rows: a choice must not pass from one to the other.
        key=f"history-list-{hash(tuple(entry.key for entry in listed))}-{st.session_state.get(_TURN, 0)}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        row_height=_row_height(table),
        column_config={
            "Name": st.column_config.TextColumn(width=_NAME_PX),
            "Doubt": st.column_config.TextColumn(width=_DOUBT_PX),
            "Probability": PROBABILITY,
            "When (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss"),
        },
        placeholder="–",
    )
    rows = chosen["selection"]["rows"]
    return listed[rows[0]] if rows and rows[0] < len(listed) else None


def _row_height(table: pd.DataFrame) -> int | None:
    """Pixels at which the longest name and doubt show in full, broken into lines; None for rows of one line."""
    lines = [
        len(textwrap.wrap(text, width))
        for name, width in (("Name", _NAME_LINE), ("Doubt", _DOUBT_LINE))
        if name in table
        for text in table[name].unique()
    ]
    return None if max(lines) < 2 else _LINE_PX * min(max(lines), _MOST_LINES) + 10


def _row(entry: Entry) -> dict:
    place = "" if entry.start_s is None else f", {entry.start_s:.1f} to {entry.start_s + entry.duration_s:.1f} s"
    return {
        "Name": f"{entry.name}{place}",
        "Sounds": "No answer" if entry.abstained else EMOTIONS[entry.label].title,
        "Doubt": _doubt(entry.reason or "uncertain") if entry.uncertain else "",
        "Probability": None if entry.abstained else 100 * entry.confidence,
        "A person says": EMOTIONS[entry.corrected].title if entry.corrected else "",
        "When (UTC)": entry.made.replace(tzinfo=None),
        "From": entry.view.capitalize(),
        "Model": entry.model,
    }


def _doubt(reason: str) -> str:
    """What a doubt is about; the figures after a colon stand with the entry itself.

    Examples
    --------
    >>> _doubt("low confidence: 27% is below the 50% that this model asks for; clipped: 2% of the samples")
    'low confidence; clipped'
    """
    return "; ".join(part.partition(":")[0] for part in reason.split("; "))


def _delete_all(history: History, entries: int) -> None:
    with st.popover("Delete all", icon=":material/delete_forever:", key="history-delete-ask"):
        where = "from this machine's disk and from memory" if history.folder else "from memory"
        st.markdown(f"Deletes {count(entries, 'prediction')} {where}, with their audio and corrections, for good.")
        st.button("Delete all, for good", type="primary", key="history-delete-all", on_click=_clear)


def _clear() -> None:
    """Callback: delete everything; what is kept from now on is kept as before."""
    history = kept.history()
    try:
        audio = history.keeps_audio
        gone = forget_corpus(history)
        number = history.clear()
        if audio:
            history.keep_audio(True)
    except SERError as error:
        st.session_state[_SAID] = str(error)
        return
    if number or gone:  # Else this is a second click, which does not take back what the first one said.
        corpus = f" The corpus {gone} is gone too." if gone else ""
        _say(f"Deleted: {count(number, 'prediction')}.{corpus}")
