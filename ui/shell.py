"""The frame of every page: browser tab, look, menu and the question the page answers."""

from dataclasses import dataclass

import streamlit as st

from ser_core.settings import PROJECT_ROOT
from ui import theme

APP_TITLE = "Speech Emotion Lab"


@dataclass(frozen=True)
class MenuEntry:
    """One page of the menu.

    Attributes
    ----------
    path : str
        File of the page, relative to the folder of the front page.
    label : str
        Word in the menu.
    icon : str
        Material symbol, bundled with Streamlit.
    question : str
        The question that the page answers, shown when hovering.
    """

    path: str
    label: str
    icon: str
    question: str


HOME = MenuEntry("streamlit_app.py", "Home", ":material/home:", "What is this, and how good is it?")
EXPLORE = MenuEntry("pages/Explore.py", "Explore", ":material/graphic_eq:", "What is in the corpora?")
COMPARE = MenuEntry("pages/Compare.py", "Compare", ":material/balance:", "Which model should I trust?")
PREDICT = MenuEntry("pages/Predict.py", "Predict", ":material/mic:", "What does this voice sound like?")
TRAIN = MenuEntry("pages/Train.py", "Train", ":material/model_training:", "How is a model made?")
MENU = (HOME, EXPLORE, TRAIN, COMPARE, PREDICT)


def page(*, title: str, question: str, icon: str) -> None:
    """Set a page up: call it first on every page.

    Streamlit runs only the page's own file when a deep link is opened on a fresh server, so each page draws the menu
    itself and none relies on the front page having run.

    Parameters
    ----------
    title : str
        Name of the page in the browser's tab; the page of that name is marked in the menu.
    question : str
        The question that the page answers, shown as its heading.
    icon : str
        Material symbol such as ``":material/mic:"``, shown before the heading. It is no favicon: those Streamlit
        fetches from an outside host.
    """
    st.set_page_config(
        page_title=f"{title} · {APP_TITLE}",
        page_icon=theme.FAVICON,
        layout="wide",
        initial_sidebar_state="collapsed",
        menu_items={"About": f"**{APP_TITLE}**: emotional speech explored, compared honestly and tried on any voice."},
    )
    theme.apply()
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="app-header", gap="small"
    ):
        st.html(f'<p class="sel-brand">{APP_TITLE}</p>', width="content")
        with st.container(horizontal=True, width="content", gap="small", key="app-menu"):
            for entry in MENU:
                if not (PROJECT_ROOT / entry.path).is_file():
                    continue  # A slimmed-down installation may leave pages out.
                here = entry.label == title
                hint = f"This page: {entry.question}" if here else entry.question
                with st.container(width="content", key=f"menu-{'current-' if here else ''}{entry.label.lower()}"):
                    st.page_link(entry.path, label=entry.label, icon=entry.icon, help=hint)
    st.title(f"{icon} {question}", anchor=False)
