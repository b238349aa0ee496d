"""What do people hear? The raters' votes by the voice alone against what the actors meant."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core import corpora, describe
from ser_core.analysis import listeners
from ser_core.evaluation import ConfusionMatrix
from ser_core.figures import clickable
from ser_core.figures import listeners as figures
from ser_core.figures.marks import score_text
from ser_core.figures.style import count, plain_title, titles
from ser_core.labels import EMOTIONS
from ui import figure, state
from ui.explore.page import go_to_corpus
from ui.explore.panels import clip_card
from ui.explore.selection import Selection

_CORPUS = "cremad"
_SHOWN = {"recall": "of what was meant", "precision": "of what was heard"}
_BY = {"emotion": "emotion", "intensity": "intensity", "sex": "sex", "decade": "age"}
_NAMES = {"female": "Women", "male": "Men", describe.UNKNOWN: "not stated"}
_MATRIX = "listeners-confusion"
_ANY = "any"
_COLUMNS = {
    "name": st.column_config.TextColumn("Clip", pinned=True),
    "meant": st.column_config.TextColumn("Meant"),
    "heard": st.column_config.TextColumn("Heard", help="The raters' most frequent choice; several where they tie"),
    "share": st.column_config.ProgressColumn(
        "Of the vote", format="percent", min_value=0, max_value=1, help="Less than all where several emotions tie"
    ),
    listeners.RATING: st.column_config.NumberColumn(
        "Strength", format="%.0f", help="How strongly raters heard what they chose: their mean rating, 0 to 100"
    ),
    "intensity": st.column_config.TextColumn("Intensity"),
    "speaker": st.column_config.TextColumn("Speaker"),
    "sex": st.column_config.TextColumn("Sex"),
    "text": st.column_config.TextColumn("Sentence", width="medium"),
}
_TABLE_HEIGHT = 320


def show(selection: Selection) -> None:
    """The whole view; one line and a button where no chosen corpus brings votes."""
    if not listeners.has_votes(selection.clips):
        _no_votes(selection)
        return
    found = _votes(selection.key, _clips=selection.clips)
    _answer(selection, found)
    left, right = st.columns(2)
    # Both choices are made before either figure is drawn, for the two are as tall as each other.
    with left:
        shown = state.choice(
            "Shares",
            tuple(_SHOWN),
            key="listeners-shares",
            format_func=_SHOWN.get,
            help="Of what was meant: each row sums to 1 (recall). Of what was heard: each column does (precision).",
        )
    with right:
        by = state.choice(
            "How often it is heard as meant, by",
            tuple(_BY),
            key="listeners-by",
            format_func=_BY.get,
            help="The mean over the emotions, so that each weighs the same (unweighted average recall). The interval "
            "comes from drawing speakers again (bootstrap), for clips of one speaker are alike.",
        )
    matrix = _draw_confusion(selection.key, shown=shown, _found=found)
    shares = _draw_agreement(selection.key, by=by, _found=found)
    height = figure.level(matrix, shares)
    with left:
        cell = _confusion(selection, found, matrix, height=height)
    with right:
        _agreement(selection, found, shares, by=by, height=height)
    _clips(selection, found, cell)


def _no_votes(selection: Selection) -> None:
    title = corpora.get(_CORPUS).title
    if _CORPUS in selection.names:
        st.info(
            f"None of the chosen clips has a vote. {title}'s table of votes was not found beside its audio, or the "
            "filters leave only clips of other corpora.",
            icon=":material/hearing:",
        )
        return
    st.info(
        f"Only {title} brings what listeners heard: 2,443 people said which emotion they perceive in the voice alone.",
        icon=":material/hearing:",
    )
    st.button(f"Show {title}", on_click=go_to_corpus, args=(_CORPUS,), type="primary", key="listeners-switch")


# the answer


def _answer(selection: Selection, found: listeners.Votes) -> None:
    everything = _table(selection.key, by=None, _found=found).iloc[0]
    by_emotion = _table(selection.key, by="emotion", _found=found).set_index("emotion")["agreement"]
    interval = f"{score_text(everything['agreement'])}"
    if everything["low"] == everything["low"]:
        interval += f" [{score_text(everything['low'])}, {score_text(everything['high'])}]"
    best, worst = by_emotion.idxmax(), by_emotion.idxmin()
    extremes = (
        f" Best heard: **{EMOTIONS[best].title.lower()}** ({score_text(by_emotion[best])}); least: "
        f"**{EMOTIONS[worst].title.lower()}** ({score_text(by_emotion[worst])})."
        if best != worst
        else ""
    )
    mixed = _commonest_mix_up(_matrix(selection.key, _found=found))
    st.markdown(
        f"By the voice alone, people hear the emotion that was meant in **{interval}** of the cases (mean over "
        f"{count(len(by_emotion), 'emotion')}, 95% interval over {count(int(everything['speakers']), 'speaker')}; "
        f"guessing: {score_text(1 / len(found.labels), digits=3)}).{extremes}{mixed}"
    )
    st.caption(
        f"{count(len(found.clips), 'clip')} with a vote. For each, the release names the emotion that most raters "
        "chose; where several tie, the vote is split evenly between them. How many raters heard a clip, and their "
        "single answers, are not in the release's table, so each clip counts once."
    )


def _commonest_mix_up(matrix: ConfusionMatrix) -> str:
    shares = matrix.recall.copy()
    shares[range(len(matrix.labels)), range(len(matrix.labels))] = 0
    if not shares.any():
        return ""
    row, column = divmod(int(shares.argmax()), len(matrix.labels))
    meant, heard = (EMOTIONS[matrix.labels[i]].title.lower() for i in (row, column))
    return f" Commonest mix-up: **{meant}** heard as {heard} ({score_text(shares[row, column])})."


# the evidence


def _confusion(
    selection: Selection, found: listeners.Votes, drawn: go.Figure, *, height: int
) -> tuple[str, str] | None:
    """The matrix; the (meant, heard) that was clicked."""
    event = figure.show(
        drawn,
        name=_MATRIX,
        alt=plain_title(drawn),
        data=lambda: _confusion_data(_matrix(selection.key, _found=found)),
        height=height,
        on_select="rerun",
        selection_mode="points",
    )
    cell = clickable.chosen(event)
    names = dict(zip(titles(found.labels), found.labels, strict=True))
    return None if cell is None or not set(cell) <= set(names) else (names[cell[0]], names[cell[1]])


def _confusion_data(matrix: ConfusionMatrix) -> pd.DataFrame:
    table = pd.DataFrame(matrix.counts, index=matrix.labels, columns=matrix.labels)
    return table.rename_axis("meant").reset_index()


def _agreement(selection: Selection, found: listeners.Votes, drawn: go.Figure, *, by: str, height: int) -> None:
    figure.show(
        drawn,
        name=f"listeners-by-{_BY[by]}",
        alt=plain_title(drawn),
        data=lambda: _table(selection.key, by=by, _found=found),
        height=height,
    )


# the clips


def _clips(selection: Selection, found: listeners.Votes, cell: tuple[str, str] | None) -> None:
    st.subheader("Hear for yourself", anchor=False)
    meant, heard = (None if name == _ANY else name for name in _filters(found, cell))
    rows = _rows(selection.key, meant, heard, _found=found)
    if rows.empty:
        st.info("No clip of the choice was heard so.", icon=":material/search_off:")
        return
    st.caption(
        f"{count(len(rows), 'clip')} {_what(meant, heard)}, the clearest votes first. Choose a row to "
        "hear it, or a cell of the matrix above to list its clips."
    )
    left, right = st.columns([3, 2])
    with left:
        clip_id = _list(rows)
    with right:
        clip_card(selection.row(clip_id), key="listeners")


def _what(meant: str | None, heard: str | None) -> str:
    names = {name: EMOTIONS[name].title.lower() for name in (meant, heard) if name}
    if meant is None:
        return f"heard as {names[heard]}, at least in part" if heard else "heard otherwise than meant"
    if heard is None:
        return f"meant as {names[meant]} and heard otherwise"
    return f"meant as {names[meant]} and heard as {names[heard]}, at least in part"


def _filters(found: listeners.Votes, cell: tuple[str, str] | None) -> tuple[str, str]:
    """What was meant and heard: of the cell that was clicked last, or chosen by hand, or from the address."""
    options = (_ANY, *found.labels)
    keys = ("listeners-meant", "listeners-heard")
    if cell != st.session_state.get("listeners-cell"):
        st.session_state["listeners-cell"] = cell
        # Without a cell, as when the view is found again, the choice stays.
        for key, value in zip(keys, cell or (), strict=False):
            st.session_state[f"choice-{key}"] = value
    names = {_ANY: "any emotion", **{name: EMOTIONS[name].title for name in found.labels}}
    left, right = st.columns(2)
    with left:
        meant = state.choice("Meant as", options, key=keys[0], format_func=names.get, dropdown=True)
    with right:
        heard = state.choice("Heard as", options, key=keys[1], format_func=names.get, dropdown=True)
    return meant, heard


def _list(rows: pd.DataFrame) -> str:
    """The clips as a table; the clip_id that is chosen, the first unless another is."""
    ids = rows["clip_id"].tolist()
    event = st.dataframe(
        rows[list(_COLUMNS)],
        hide_index=True,
        height=_TABLE_HEIGHT,
        lazy=False,
        placeholder="–",
        alt="Clips and what was heard in them",
        column_config=_COLUMNS,
        # The key follows the rows, for a selection is by position.
        key=f"listeners-table-{hash(tuple(ids))}",
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = event["selection"]["rows"]
    return ids[chosen[0]] if chosen and chosen[0] < len(ids) else ids[0]


# Computed and drawn once per choice of clips. The figures are shared: none is changed.


@st.cache_resource(max_entries=16, show_spinner=False)
def _votes(key: str, *, _clips: pd.DataFrame) -> listeners.Votes:
    return listeners.votes(_clips)


@st.cache_resource(max_entries=16, show_spinner=False)
def _matrix(key: str, *, _found: listeners.Votes) -> ConfusionMatrix:
    return listeners.confusion(_found)


@st.cache_resource(max_entries=64, show_spinner=False)
def _rows(key: str, meant: str | None, heard: str | None, *, _found: listeners.Votes) -> pd.DataFrame:
    """The clips of a choice as the table shows them, those that can be played first."""
    rows = listeners.heard_otherwise(_found, meant=meant, heard=heard)
    if rows["here"].any():
        rows = rows.sort_values("here", ascending=False, kind="stable")
    words = {vote: " or ".join(titles(vote.split(":"))) for vote in rows[listeners.VOTE].unique()}
    return rows.assign(
        name=rows["clip_id"].str.partition("/")[2],
        meant=rows["emotion"].map({name: EMOTIONS[name].title for name in EMOTIONS}),
        heard=rows[listeners.VOTE].map(words),
    )[["clip_id", *_COLUMNS]]


@st.cache_data(max_entries=64, show_spinner=False)
def _table(key: str, *, by: str | None, _found: listeners.Votes) -> pd.DataFrame:
    return listeners.agreement(_found, by=by)


@st.cache_resource(max_entries=32, show_spinner=False)
def _draw_confusion(key: str, *, shown: str, _found: listeners.Votes) -> go.Figure:
    matrix = _matrix(key, _found=_found)
    shares = matrix.recall if shown == "recall" else matrix.precision
    labels = titles(matrix.labels)
    heard = matrix.counts.sum(axis=0)
    most = labels[int(heard.argmax())]
    title = (
        f"{most} is what people hear in {heard.max() / heard.sum():.0%} of the clips"
        if shown == "recall"
        else f"Of what is heard as {most.lower()}, {shares.diagonal()[int(heard.argmax())]:.0%} was meant so"
    )
    return figures.heard(matrix, shown=shown, title=title)


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_agreement(key: str, *, by: str, _found: listeners.Votes) -> go.Figure:
    table = _table(key, by=by, _found=_found)
    title = _compared(table, by)
    return figures.agreement(table, names=_NAMES, chance=1 / len(_found.labels), title=title)


def _compared(table: pd.DataFrame, by: str) -> str:
    """The best heard group against the worst, where their intervals do not overlap."""
    known = table[table[by] != describe.UNKNOWN].dropna(subset=["low", "high"])
    if len(known) < 2:
        return f"Heard as meant, by {_BY[by]}"
    best, worst = (known.loc[place] for place in (known["agreement"].idxmax(), known["agreement"].idxmin()))
    if best["low"] <= worst["high"]:
        return f"No clear difference by {_BY[by]}: the intervals overlap"
    first, second = (_NAMES.get(each[by], titles([each[by]])[0]) for each in (best, worst))
    verb = "are" if by == "sex" else "is"
    return (
        f"{first[:1].upper()}{first[1:]} {verb} heard better than {second.lower()} "
        f"({score_text(best['agreement'])} against {score_text(worst['agreement'])})"
    )
