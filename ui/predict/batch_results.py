"""What a batch found: in words, as a figure, as a table that can be sorted and heard, and as files."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ser_core import settings
from ser_core.audio import decode
from ser_core.batch import summary as batch_summary
from ser_core.batch.summary import STATES, Summary
from ser_core.errors import AudioError
from ser_core.figures import batch as figures
from ser_core.figures.prediction import probability_bars
from ser_core.figures.style import CONFIG
from ser_core.labels import EMOTIONS
from ser_core.reports import batch as report
from ui import figure, state
from ui.format import PROBABILITY
from ui.markdown import plain
from ui.predict import report_buttons
from ui.predict.answer import player
from ui.predict.batch_work import Work

_TABLE = "batch-table"
_SHOWN = {"all": "All", **STATES}


@dataclass(frozen=True)
class Answer:
    """One row of the table as a history takes it."""

    label: str
    probabilities: dict[str, float]
    uncertain: bool
    abstained: bool
    reason: str | None
    model: str
    duration_s: float


def answers(work: Work, *, with_audio: bool) -> Iterator[tuple[str, Answer, bytes | None, str]]:
    """Every answer with its name, audio if asked for, and digest, as `ui.predict.remember_all` takes them."""
    for row in work.done.table.to_dict("records"):
        if isinstance(row["error"], str):
            continue
        known = {name: row[f"p_{name}"] for name in EMOTIONS if pd.notna(row[f"p_{name}"])}
        said = Answer(
            label=row["label"] if known else "",
            probabilities=known,
            uncertain=bool(row["uncertain"]),
            abstained=bool(row["abstained"]),
            reason=row["reason"] if isinstance(row["reason"], str) else None,
            model=row["model"],
            duration_s=row["duration_s"],
        )
        content = work.file(row["path"]).read_bytes() if with_audio else None
        yield row["path"], said, content, work.done.digests[row["path"]]


def show(work: Work) -> None:
    """All of it."""
    table = work.done.table
    summary = batch_summary.summarise(table)
    with st.container(border=True, key="batch-answer"):
        st.html(f'<p class="sel-batch-answer" role="status" aria-live="polite">{summary.sentence}</p>')
        with st.container(horizontal=True):
            for name, value in report.facts(summary):
                st.metric(name, value, width="content")
    if summary.answered:
        _figure(summary)
    _files(work, table)
    _downloads(work, table)


def _figure(summary: Summary) -> None:
    figure.show(
        figures.answers(summary),
        name="batch-answers",
        alt=f"{summary.sentence} Expected by the probabilities: "
        + ", ".join(f"{EMOTIONS[n].title} {each.value:.1f}" for n, each in summary.expected.items()),
        data=lambda: report.numbers(summary),
    )
    st.caption(report.explained().text)


def _files(work: Work, table: pd.DataFrame) -> None:
    """The table, narrowed down if asked for, and the file that is chosen in it."""
    st.subheader("File by file", anchor=False)
    found = batch_summary.state(table)
    options = [name for name in _SHOWN if name == "all" or (found == name).any()]
    wanted = state.choice("Show", options, key="answers", format_func=_SHOWN.get, hidden=True)
    listed = table if wanted == "all" else table[found == wanted]
    shown = pd.DataFrame(
        {
            "File": listed["path"],
            "Sounds": [EMOTIONS[x].title if isinstance(x, str) else "" for x in listed["label"].astype(object)],
            "Probability": 100 * listed["confidence"],
            "Answer": found[listed.index].map(STATES),
            "Length": listed["duration_s"],
            "Why": listed["error"].fillna(listed["reason"]).fillna(""),
        }
    )
    chosen = st.dataframe(
        shown,
        key=f"{_TABLE}-{wanted}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Probability": PROBABILITY,
            "Why": st.column_config.TextColumn(width="large"),
            "Length": st.column_config.NumberColumn(format="%.1f s"),
        },
        placeholder="–",
    )
    rows = chosen["selection"]["rows"]
    if rows and rows[0] < len(listed):
        _one(work, listed.iloc[rows[0]])
    else:
        st.caption("Choose a row to hear the file. A click on a column's name sorts by it.")


def _one(work: Work, row: pd.Series) -> None:
    """One file: what was answered, and its sound."""
    with st.container(border=True, key="batch-one"):
        left, right = st.columns([2, 3], gap="large")
        with left:
            st.markdown(f"**{plain(row['path'])}**")
            try:
                player(decode(work.file(row["path"]).read_bytes(), limits=settings.LIMITS))
            except AudioError as error:
                st.warning(f"**{plain(error.message)}** {plain(error.advice)}", icon=":material/hearing_disabled:")
            except OSError:
                st.warning("The file is gone; drop it again.", icon=":material/hearing_disabled:")
            why = next((text for text in (row["error"], row["reason"]) if isinstance(text, str)), None)
            if why and not isinstance(row["error"], str):
                st.caption(f"{'No answer' if row['abstained'] else 'Uncertain'}: {plain(why)}.")
        with right:
            known = {name: row[f"p_{name}"] for name in EMOTIONS if pd.notna(row[f"p_{name}"])}
            if known:
                st.plotly_chart(
                    probability_bars(known, title="Probability of each emotion", mark=_mark(work)),
                    config={**CONFIG, "displayModeBar": False},
                    key="batch-bars",
                    alt="Probabilities: " + ", ".join(f"{EMOTIONS[n].title} {p:.0%}" for n, p in known.items()),
                )


def _mark(work: Work) -> float:
    return work.card.thresholds["min_confidence"]


def _downloads(work: Work, table: pd.DataFrame) -> None:
    """The table as files, and the report."""
    st.subheader("Take it along", anchor=False)
    stem = "batch"
    forms = {
        "CSV": ("csv", "text/csv", lambda: table.to_csv(index=False).encode()),
        "Parquet": ("parquet", "application/vnd.apache.parquet", lambda: table.to_parquet(index=False)),
        "JSON lines": ("jsonl", "application/jsonl", lambda: table.to_json(orient="records", lines=True).encode()),
    }
    with st.container(horizontal=True):
        for title, (ending, mime, content) in forms.items():
            st.download_button(
                title,
                content,
                f"{stem}.{ending}",
                mime,
                key=f"batch-{ending}",
                icon=":material/download:",
                on_click="ignore",
            )
        name = work.name if len(table) == 1 else f"a batch of {len(table):,} files"
        report_buttons.show(lambda: report.batch_report(table, work.card, name=name), name=stem)
