"""What would be read of a corpus of one's own: words and emotions, first clips, and what is wrong, row by row."""

import dataclasses
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from ser_core.corpora.own import KINDS, Definition, Finding, Label, Reading, as_table, by_kind, read
from ser_core.corpora.own.check import check_audio
from ser_core.corpora.own.words import key as word_key
from ser_core.figures.style import count
from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS
from ui import working
from ui.explore.own_source import Source
from ui.markdown import plain

NO_COUNTERPART = "no counterpart"
"""What a word means that none of the eight emotions stands for."""

# Recordings that are listened to without being asked, some seconds' work.
_CHECKED_AT_ONCE = 300
_ROWS = 8
_TABLE_HEIGHT = 240
_WORDS_ASKED = 30
_UNDECIDED = "not decided"


def show(source: Source) -> Definition | None:
    """The preview; the definition with the visitor's words, or None while there is nothing to add."""
    stamp = _stamp(source.draft)
    first = _read(source.draft, stamp)
    if first is None:
        return None
    labels = _ask(first.unknown)
    definition = dataclasses.replace(source.draft, labels={**source.draft.labels, **labels})
    reading = _read(definition, stamp) if labels else first
    if reading is None:
        return None
    _summary(reading)
    findings = [*(source.staged.findings if source.staged else ()), *reading.findings]
    if reading.clips:
        _tables(reading, definition.folder.resolve())
        findings += _listen(reading, definition, stamp)
    _findings(findings)
    return definition if reading.clips else None


def _read(definition: Definition, stamp: str) -> Reading | None:
    words = "Looking for recordings"
    return working.result(f"look {definition.hash} {stamp}", partial(read, definition), words=words)


def _ask(unknown: tuple[Label, ...]) -> dict[str, str | None]:
    """What the words mean that are not known; those that the visitor leaves undecided stay out."""
    if not unknown:
        return {}
    st.markdown(f"**{count(len(unknown), 'word')} not known.** Which emotion is meant?")
    options = (_UNDECIDED, *EMOTIONS, NO_COUNTERPART)
    places = st.columns(4)
    labels = {}
    for i, label in enumerate(unknown[:_WORDS_ASKED]):
        suggestion = label.meaning.suggestion
        chosen = places[i % 4].selectbox(
            f"{plain(label.word)} ({count(label.clips, 'clip')})",
            options,
            index=options.index(suggestion) if suggestion else 0,
            format_func=lambda name: EMOTIONS[name].title if name in EMOTIONS else name.capitalize(),
            key=f"corpora-word-{word_key(label.word)}",
            help="Suggested by its spelling." if suggestion else None,
        )
        if chosen != _UNDECIDED:
            labels[label.word] = None if chosen == NO_COUNTERPART else chosen
    if len(unknown) > _WORDS_ASKED:
        st.caption(f"And {len(unknown) - _WORDS_ASKED} more, which stay without an emotion.")
    return labels


def _summary(reading: Reading) -> None:
    emotions = ", ".join(f"{number:,} {EMOTIONS[name].adjective}" for name, number in reading.emotions.items())
    unlabelled = len(reading.clips) - sum(reading.emotions.values())
    if emotions and unlabelled:
        emotions += f", {unlabelled:,} without an emotion"
    nameless = sum(clip.speaker is None for clip in reading.clips)
    parts = [
        f"**{count(len(reading.clips), 'clip')}** can be used",
        emotions or "none with an emotion",
        f"**{count(reading.speakers, 'speaker')}**" + (f", {nameless:,} of unknown speakers" if nameless else ""),
    ]
    st.markdown("; ".join(parts) + ".")


def _tables(reading: Reading, base: Path) -> None:
    left, right = st.columns([2, 3])
    words = pd.DataFrame(
        [
            {
                "Word": label.word,
                "Clips": label.clips,
                "Emotion": EMOTIONS[label.meaning.emotion].title
                if label.meaning.emotion
                else NO_COUNTERPART.capitalize()
                if label.meaning.known
                else "Not known",
            }
            for label in reading.labels
        ],
        columns=["Word", "Clips", "Emotion"],
    )
    left.dataframe(words, hide_index=True, height=_TABLE_HEIGHT, alt="Words for emotions and what they mean")
    first = pd.DataFrame(
        [
            {
                "File": str(clip.file.relative_to(base)),
                "Emotion": EMOTIONS[clip.emotion].title if clip.emotion else None,
                "Speaker": clip.speaker,
                "Sex": clip.sex,
                "Sentence": clip.text,
            }
            for clip in reading.clips[:_ROWS]
        ]
    ).dropna(axis="columns", how="all")
    right.dataframe(first, hide_index=True, height=_TABLE_HEIGHT, placeholder="–", alt="The first clips")


def _listen(reading: Reading, definition: Definition, stamp: str) -> list[Finding]:
    """What is wrong with the recordings themselves: at once for a few, when asked for many."""
    key = f"listen {canonical_hash({'folder': str(definition.folder), 'table': str(definition.table)})} {stamp}"
    if len(reading.clips) > _CHECKED_AT_ONCE and not st.session_state.get(key):
        st.button(
            f"Listen to all {len(reading.clips):,} recordings",
            key=f"ask-{key}",
            icon=":material/hearing:",
            help="Finds those that cannot be played, are silent, too short or too long; so far only names were read.",
            on_click=st.session_state.__setitem__,
            args=(key, True),
        )
        return []
    work = partial(check_audio, reading, base=definition.folder)
    return working.result(key, work, words="Listening to the recordings") or []


def _findings(findings: list[Finding]) -> None:
    if not findings:
        st.success("Nothing is wrong with what was looked at.", icon=":material/check:")
        return
    table = as_table(findings)
    kinds = "; ".join(f"{KINDS[kind].lower()}: {number:,}" for kind, number in by_kind(findings).items())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{count(len(findings), 'finding')}.** {kinds}.".replace("git-lfs", "Git-LFS"))
        st.download_button(
            "Findings (CSV)",
            lambda: table.to_csv(index=False).encode(),
            file_name="findings.csv",
            mime="text/csv",
            key="corpora-findings",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
    st.dataframe(
        table if table["row"].notna().any() else table.drop(columns="row"),
        hide_index=True,
        height=_TABLE_HEIGHT,
        placeholder="–",
        alt="What is wrong, row by row",
        column_config={
            "row": st.column_config.NumberColumn("Row", help="As a spreadsheet counts it: the heading is row 1"),
            "file": st.column_config.TextColumn("File"),
            "kind": st.column_config.TextColumn("Kind"),
            "message": st.column_config.TextColumn("What is wrong", width="large"),
        },
    )


def _stamp(definition: Definition) -> str:
    """Changes when the folder, one in it, or the table does."""
    places = [definition.folder, *(path for path in definition.folder.iterdir() if path.is_dir())]
    if definition.table is not None:
        places.append(definition.table)
    return canonical_hash({"changed": [path.stat().st_mtime_ns for path in places]})
