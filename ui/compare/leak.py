"""The leak meter: one model, several tests; what it seems to be worth beside what it is worth."""

from collections.abc import Mapping

import streamlit as st

from ser_core.evaluation.protocols import ALL
from ser_core.figures import headline
from ser_core.figures.marks import marks, score_text
from ui import figure, state
from ui.compare import kept, tables, words
from ui.compare.page import Choice
from ui.compare.scores import HONEST, Scored
from ui.score_card import score_card

_STEPS = {
    "leaky": ("Copies leaked", "It has learnt from these very recordings, slightly altered."),
    "random": ("Voices known", "It has heard these speakers in other clips."),
    "random-emobox": ("Voices known", "It has heard these speakers in other clips (split of EmoBox)."),
    "random-seven": ("Voices known", "It has heard these speakers in other clips, and calm counts as neutral."),
    HONEST: ("Voices new", "It has never heard these speakers. This is the figure to expect."),
    "cross-corpus": ("All is new", "It was trained on another corpus: other voices, sentences, rooms."),
}
"""Protocol -> what the test means, in words; from the most flattering to the hardest."""


def show(chosen: Choice) -> None:
    """The whole view."""
    table = chosen.table()
    several = words.leak_models(table, most=len(ALL) * 8)
    if not table:
        st.info("No run of this corpus judged each clip alone.", icon=":material/info:")
        return
    looks = marks(several)
    st.subheader("The same model, tested in different ways", anchor=False)
    name = state.choice(
        "Model", several, key="model", format_func=lambda each: looks[each].title, dropdown=len(several) > 4
    )
    runs = {protocol: table[protocol][name] for protocol in _STEPS if name in table.get(protocol, {})}
    _steps(runs)
    _story(runs)
    drawn = kept.drawn(
        "leak",
        {f"{protocol} {label}": each for protocol, models in table.items() for label, each in models.items()},
        lambda: headline.headline(words.leak_scores(table, most=8), title=words.leak_title(table)),
    )
    figure.show(
        drawn,
        name="leak",
        alt="Average recall of each model under each protocol with 95% intervals",
        data=lambda: tables.leak_rows(table),
        command="\n".join(tables.commands(models) for models in table.values()),
    )
    st.markdown(words.leak_words(table))
    _calibration(chosen)


def _steps(runs: Mapping[str, Scored]) -> None:
    """One card for each test, from the most flattering to the hardest."""
    for column, (protocol, each) in zip(st.columns(len(runs)), runs.items(), strict=True):
        summary, (heading, meaning) = each.summary, _STEPS[protocol]
        emphasis = "**" if protocol == HONEST else ""
        with column:
            score_card(
                heading,
                summary.uar,
                chance=summary.chance,
                meaning=f"{emphasis}{meaning}{emphasis}",
                help=f"{ALL[protocol].title}: average recall (UAR) with its 95% interval over {summary.n_speakers} "
                f"speakers, {summary.n_test:,} test clips. {ALL[protocol].description}",
            )


def _story(runs: Mapping[str, Scored]) -> None:
    """The leak in one sentence that needs no terms."""
    if HONEST not in runs:
        st.caption("No test on unseen speakers is here for this model, so nobody knows what it is worth.")
        return
    honest = runs[HONEST].summary.uar.value
    flattering = next((protocol for protocol in runs if ALL[protocol].leaks), None)
    if flattering is None:
        st.caption("No leaky test is here for this model.")
        return
    seems = runs[flattering].summary.uar.value
    errors = f"{(1 - honest) / (1 - seems):.0f} times as many mistakes" if seems < 0.999 else "mistakes, not none"
    st.markdown(
        f"The same model seems to be right in **{_in_ten(seems)}** when its test leaks, and is right in "
        f"**{_in_ten(honest)}** for a new voice, averaged over the emotions: "
        f"{errors}. Nothing about the model differs, only the test."
    )


def _in_ten(share: float) -> str:
    return f"{round(100 * share)} of 100 clips"


def _calibration(chosen: Choice) -> None:
    """What listening to a speaker beforehand brings: no leak, for no label is told, but another condition."""
    alone, heard = chosen.table().get(HONEST, {}), chosen.table(calibrated=True).get(HONEST, {})
    both = [name for name in heard if name in alone]
    if not both:
        return
    st.subheader("Not a leak: speaker calibration", anchor=False)
    st.caption(
        "The model may hear other clips of the speaker first, but is not told their emotions. It is another condition, "
        "so it stands apart; the gain is measured speaker by speaker."
    )
    looks = marks(both)
    for name in both:
        row = kept.pairs({"calibrated": heard[name], "alone": alone[name]}).iloc[0]
        st.markdown(
            f"- **{looks[name].title}**: {score_text(heard[name].summary.uar.value)} instead of "
            f"{score_text(alone[name].summary.uar.value)}, a gain of {row['difference']:+.3f} "
            f"[{row['low']:+.3f}, {row['high']:+.3f}] average recall over {row['speakers']} speakers."
        )
