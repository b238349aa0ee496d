"""Adding a corpus of one's own: choose, look at what would be read, name it, add it."""

import dataclasses
import re

import streamlit as st

from ser_core.corpora import own
from ser_core.corpora.own import LANGUAGE_NAMES, Definition, upload
from ser_core.corpora.own.store import check_free
from ser_core.corpora.own.upload import Staged
from ser_core.errors import SERError
from ui.explore import own_list, own_preview, own_source
from ui.explore.page import go_to_corpus
from ui.markdown import plain

_ADDED = "corpora-added"


def show() -> None:
    """The whole form."""
    st.subheader("Add your own", anchor=False)
    source = own_source.pick()
    if source is None:
        return
    with st.container(border=True, key="corpora-preview"):
        definition = own_preview.show(source)
    if definition is not None:
        _add(definition, source)


def _add(draft: Definition, source: own_source.Source) -> None:
    key = f"{draft.folder}-{draft.table}"
    name_place, language_place, licence_place = st.columns(3)
    name = name_place.text_input(
        "Name",
        _name(source.name),
        key=f"corpora-name-{key}",
        max_chars=32,
        help="Small letters, digits and hyphens: as it stands in addresses and on the command line.",
    )
    language = language_place.selectbox(
        "Language",
        ("", *sorted(LANGUAGE_NAMES, key=LANGUAGE_NAMES.get)),
        format_func=lambda code: LANGUAGE_NAMES.get(code, "Not stated"),
        key=f"corpora-language-{key}",
    )
    licence = licence_place.text_input(
        "Licence",
        key=f"corpora-licence-{key}",
        max_chars=100,
        placeholder="not stated",
        help="What may be done with it.",
    )
    with st.expander("More about it"):
        title = st.text_input("Title", key=f"corpora-title-{key}", max_chars=100, placeholder=name)
        description = st.text_area("Description", key=f"corpora-description-{key}", max_chars=500)
        citation = st.text_input("Whom to cite", key=f"corpora-citation-{key}", max_chars=500)
    try:
        check_free(name)
        definition = dataclasses.replace(
            draft,
            name=name,
            language=language,
            licence=licence.strip(),
            title=title.strip(),
            description=description.strip(),
            citation=citation.strip(),
        )
    except SERError as error:
        st.warning(plain(str(error)), icon=":material/edit:")
        definition = None
    st.button(
        "Add this corpus",
        type="primary",
        icon=":material/add:",
        key="corpora-add",
        disabled=definition is None,
        on_click=_take,
        args=(definition, source.staged),
    )


def _take(definition: Definition, staged: Staged | None) -> None:
    """Callback: add the corpus and choose it in the page."""
    if st.session_state.get(_ADDED) is definition:
        return  # A second click, before the page is drawn without the button.
    try:
        corpus, reading = upload.adopt(staged, definition) if staged is not None else own.add(definition)
    except SERError as error:
        own_list.remember(str(error), error=True)
        return
    st.session_state[_ADDED] = definition
    own_source.clear()
    own_list.remember(f"{corpus.name} was added, {len(reading.clips):,} clips, and is chosen above.")
    go_to_corpus(corpus.name)


def _name(text: str) -> str:
    """A name from that of a folder or file."""
    plain_name = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-0123456789")[:32].strip("-")
    return plain_name or "mine"
