"""The clips behind a cell of a figure: listed, and heard where the recordings are at hand."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ser_core.evaluation import ConfusionMatrix
from ser_core.evaluation.clips import OUTCOMES
from ser_core.evaluation.parts import recording_of
from ser_core.figures.style import count
from ser_core.labels import EMOTIONS
from ui import state
from ui.compare import kept
from ui.compare.page import Choice
from ui.compare.scores import Scored
from ui.explore import reading
from ui.explore.panels import clip_card
from ui.explore.selection import known

_ANY = "any"
_HEIGHT = 320
_PROBABILITY = {"format": "percent", "min_value": 0, "max_value": 1}


def is_new(key: str, cell: tuple | None) -> bool:
    """Whether a cell was clicked since the last run: what was chosen by hand afterwards stays."""
    memory = f"compare-{key}"
    if cell == st.session_state.get(memory):
        return False
    st.session_state[memory] = cell
    return cell is not None


def of_cell(
    picked: Mapping[str, Scored],
    found: Mapping[str, ConfusionMatrix],
    chosen: Choice,
    clicked: tuple[str, str, str] | None,
) -> None:
    """The clips of a cell of a confusion matrix: the one that was clicked, or chosen by hand.

    Parameters
    ----------
    picked, found : mapping
        Label -> entry, label -> its matrix.
    chosen : Choice
        What the page is about.
    clicked : tuple of str or None
        Label, emotion and answer of the cell that was clicked.
    """
    keys = ("cell-model", "cell-emotion", "cell-answer")
    for key, value in zip(keys, clicked or (), strict=False):
        st.session_state[f"choice-{key}"] = value
    st.markdown("**Hear for yourself.** Click a cell of a matrix, or choose:")
    columns = st.columns(3)
    with columns[0]:
        name = state.choice(
            "Model", tuple(picked), key=keys[0], format_func=lambda each: picked[each].title, dropdown=True
        )
    labels = found[name].labels
    default = _commonest_mistake(found[name])
    for key, value in zip(keys[1:], default, strict=True):
        if st.session_state.get(f"choice-{key}") not in labels and key not in st.query_params:
            st.session_state[f"choice-{key}"] = value
    with columns[1]:
        emotion = state.choice("Emotion of the clip", labels, key=keys[1], format_func=_title, dropdown=True)
    with columns[2]:
        answer = state.choice("Answered as", labels, key=keys[2], format_func=_title, dropdown=True)
    rows = kept.taken_for(picked[name], emotion=emotion, answer=answer)
    if rows.empty:
        st.info(
            f"The {picked[name].name} never takes {_title(emotion).lower()} for {_title(answer).lower()}.",
            icon=":material/search_off:",
        )
        return
    judged = int(rows["judged"].max())
    st.caption(
        f"{count(len(rows), 'clip')} of {_title(emotion).lower()} that the {picked[name].name} "
        f"{'finds' if emotion == answer else f'takes for {_title(answer).lower()}'}"
        + (f" in at least one of {judged} judgements" if judged > 1 else "")
        + ", the surest first."
    )
    shown = rows.assign(often=rows["times"].astype(str) + " of " + rows["judged"].astype(str))
    columns = {
        "probability": st.column_config.ProgressColumn("Stated probability", **_PROBABILITY),
        **({"often": st.column_config.TextColumn("Answered so")} if judged > 1 else {}),
    }
    _list_and_card(shown, columns, chosen, key="cell")


def of_outcome(table: pd.DataFrame, names: tuple[str, str], chosen: Choice, clicked: tuple[str, str] | None) -> None:
    """The clips of an outcome of two models: of the cell that was clicked, or chosen by hand.

    Parameters
    ----------
    table : pd.DataFrame
        From `ser_core.evaluation.clips.outcomes`.
    names : tuple of str
        The models as shown.
    chosen : Choice
        What the page is about.
    clicked : tuple of str or None
        Emotion and outcome of the cell that was clicked.
    """
    keys = ("outcome-emotion", "outcome")
    for key, value in zip(keys, clicked or (), strict=False):
        st.session_state[f"choice-{key}"] = value
    words = dict(
        zip(OUTCOMES, ("both right", f"only {names[0]} right", f"only {names[1]} right", "both wrong"), strict=True)
    )
    left, right = st.columns(2)
    emotions = (_ANY, *EMOTIONS.ordered(table["emotion"].unique()))
    with left:
        emotion = state.choice("Emotion of the clip", emotions, key=keys[0], format_func=_title, dropdown=True)
    order = (OUTCOMES[1], OUTCOMES[2], OUTCOMES[3], OUTCOMES[0])
    with right:
        outcome = state.choice("Outcome", order, key=keys[1], format_func=words.get, dropdown=True)
    rows = table[(table["outcome"] == outcome) & ((table["emotion"] == emotion) | (emotion == _ANY))]
    if rows.empty:
        st.info("No clip came out so.", icon=":material/search_off:")
        return
    st.caption(f"{count(len(rows), 'clip')}, {words[outcome]}, the surest answers first; first seed.")
    shown = rows.assign(
        meant=rows["emotion"].map(_title), one=rows["first"].map(_title), two=rows["second"].map(_title)
    )
    columns = {
        "meant": st.column_config.TextColumn("Emotion"),
        "one": st.column_config.TextColumn(names[0]),
        "p_first": st.column_config.ProgressColumn("Stated", **_PROBABILITY),
        "two": st.column_config.TextColumn(names[1]),
        "p_second": st.column_config.ProgressColumn("Stated ", **_PROBABILITY),
    }
    _list_and_card(shown, columns, chosen, key="outcome")


def _commonest_mistake(matrix: ConfusionMatrix) -> tuple[str, str]:
    """The emotion and the answer of the darkest cell off the diagonal."""
    shares = matrix.recall.copy()
    shares[range(len(matrix.labels)), range(len(matrix.labels))] = -1
    row, column = divmod(int(shares.argmax()), len(matrix.labels))
    return matrix.labels[row], matrix.labels[column]


def _title(name: str) -> str:
    return "Any emotion" if name == _ANY else EMOTIONS[name].title


def _list_and_card(rows: pd.DataFrame, columns: dict, chosen: Choice, *, key: str) -> None:
    """The clips as a table, and the one that is chosen in it (the first unless another is) to hear and see."""
    rows = rows.assign(name=rows["clip_id"].str.partition("/")[2] if len(chosen.tested_on) == 1 else rows["clip_id"])
    left, right = st.columns([3, 2])
    with left:
        event = st.dataframe(
            rows[["name", "speaker", *columns]],
            hide_index=True,
            height=_HEIGHT,
            alt="Clips of the chosen cell",
            column_config={
                "name": st.column_config.TextColumn("Clip", pinned=True),
                "speaker": st.column_config.TextColumn("Speaker"),
                **columns,
            },
            # The key follows the rows, for a selection is by position.
            key=f"clips-{key}-{hash(tuple(rows['clip_id']))}",
            on_select="rerun",
            selection_mode="single-row",
        )
    picked = event["selection"]["rows"]
    clip_id = rows["clip_id"].iloc[picked[0] if picked and picked[0] < len(rows) else 0]
    with right:
        _card(clip_id, chosen, key=key)


def _card(clip_id: str, chosen: Choice, *, key: str) -> None:
    recording = recording_of(pd.Series([clip_id])).iloc[0]
    found = known(chosen.tested_on)
    reading.panel(found.pending)
    rows = found.table[found.table["clip_id"] == recording]
    if rows.empty:
        st.info(f"Nothing is known of the clip {recording} on this machine.", icon=":material/volume_off:")
        return
    if recording != clip_id:
        st.caption("The run judged an altered copy; this is the recording it was made from.")
    clip_card(rows.iloc[0], key=f"compare-{key}")
