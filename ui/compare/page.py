"""The Compare page put together: the answer in words, the view, what every view needs."""

import importlib
from dataclasses import dataclass

import streamlit as st

from ser_core.reports import names
from ui import cached, empty, state
from ui.compare import kept, scores, words
from ui.compare.scores import Scored

VIEWS = {
    "leaderboard": "leaderboard",
    "side-by-side": "side",
    "leak-meter": "leak",
    "cross-corpus": "across",
    "report": "report",
}
"""View as it stands in the address -> module of this package that shows it."""
TITLES = {
    "leaderboard": "Leaderboard",
    "side-by-side": "Side by side",
    "leak-meter": "Leak meter",
    "cross-corpus": "Cross-corpus",
    "report": "Report",
}


@dataclass(frozen=True)
class Choice:
    """What every view shows.

    Attributes
    ----------
    found : list of Scored
        All entries.
    tested_on : tuple of str
        The corpora whose tests are looked at.
    """

    found: list[Scored]
    tested_on: tuple[str, ...]

    @property
    def where(self) -> str:
        """What was tested, as shown."""
        return names.corpora_words(self.tested_on)

    def table(self, *, calibrated: bool = False) -> dict[str, dict[str, Scored]]:
        """Protocol -> label -> entry."""
        return scores.by_protocol(self.found, tested_on=self.tested_on, calibrated=calibrated)


def show() -> None:
    """The page below its heading."""
    if not cached.runs():
        empty.no_runs()
        return
    found = scores.everything()
    if not found:
        return
    chosen = Choice(found, _tested_on(found))
    _answer(chosen)
    view = state.choice("View", tuple(VIEWS), key="view", page="compare-", format_func=TITLES.get, hidden=True)
    importlib.import_module(f"ui.compare.{VIEWS[view]}").show(chosen)


def open_view(view: str, **choices) -> None:
    """Callback: go to a view with some choices made (key in the address -> option, or several)."""
    st.session_state["choice-view"] = view
    for key, value in choices.items():
        st.session_state[f"choice-{key}"] = value


def _tested_on(found: list[Scored]) -> tuple[str, ...]:
    """Which corpus' tests the page is about; in the address."""
    options = {"+".join(tested): tested for tested in scores.judged_on(found)}
    if len(options) == 1:
        return next(iter(options.values()))
    picked = state.choice(
        "Tested on",
        list(options),
        key="tested",
        format_func=lambda name: _test_title(options[name]),
        help="Which clips were judged. Models may have been trained on more than these; the table says so.",
        dropdown=True,
    )
    return options[picked]


def _test_title(tested: tuple[str, ...]) -> str:
    titles = [names.corpus_title(name) for name in tested]
    return titles[0] if len(titles) == 1 else f"{' + '.join(titles)} together"


def _answer(chosen: Choice) -> None:
    table = chosen.table()
    honest = words.ranked(table.get(scores.HONEST, {}))[:2]
    paired = None
    if len(honest) == 2:
        paired = kept.pairs({each.label: each for each in honest}).iloc[0]
    st.markdown(words.answer(table, where=chosen.where, paired=paired))
    for text in (words.calibration_words(chosen.table(calibrated=True)), words.warning(table)):
        if text:
            st.markdown(text)
