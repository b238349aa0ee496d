"""What is to be trained: family, corpora, protocol and the rest, as one configuration."""

import json
from typing import Any

import streamlit as st

from ser_core import corpora, models
from ser_core.errors import ConfigError
from ser_core.evaluation.protocols import ACROSS, ALL, NAMED_SPLITS, TASKS
from ser_core.experiments import LEARNING_CURVE, SPEAKER_CURVE, ExperimentConfig
from ser_core.figures.marks import family_title
from ser_core.models import Family
from ui import state
from ui.compare.side import leak_words
from ui.markdown import plain

_FIRST = "logistic"
_DEMO = "demo"
_MOST_SEEDS = 10
#: Offered by name; any other chain may be typed.
_COPIES = ("speed:speed=0.9", "speed:speed=1.1", "pitch:semitones=1", "noise:snr_db=20", "room:rt60_s=0.5")
#: Thresholds of trimming, dB, as they stand in the address.
_TRIMS = {"": "left out as usual", "0": "left in", "20": "cut 20 dB below", "30": "30 dB below", "60": "60 dB below"}


def config() -> tuple[ExperimentConfig, Family] | None:
    """The choices made on the page; None, and said why, where they are not allowed."""
    family = _family()
    chosen = _corpora()
    protocol = _protocol(chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        n_seeds = st.number_input(
            "Seeds",
            1,
            _MOST_SEEDS,
            key="seeds",
            bind="query-params",
            width=140,
            help="How often every fold is trained, with other random numbers: the spread over seeds is what chance "
            "in training moves.",
        )
        calibrated = st.toggle(
            "Speaker calibration",
            key="calibrated",
            bind="query-params",
            help="Before judging, the model hears other clips of the same speaker, without being told their emotions, "
            "and measures this voice against its own habits.",
        )
        curve = st.toggle(
            "Learning curve over clips",
            key="curve",
            bind="query-params",
            help="Trains on 1/8, 1/4 and 1/2 of the clips, too (first seed).",
        )
        voices = st.toggle(
            "Learning curve over speakers",
            key="speakers",
            bind="query-params",
            help="Trains on the clips of 4, 8, 12 and 16 speakers, too (first seed).",
        )
    with st.expander("Augmentation and hyperparameters", icon=":material/tune:"):
        copies = st.multiselect(
            "Changed copies of every training clip",
            _COPIES,
            key="augment",
            bind="query-params",
            accept_new_options=True,
            placeholder="None",
            help="Each adds a changed copy of every training clip; clips that validate or test stay as they are. "
            "Type any chain as the augmentation lab of *Explore* writes it, steps joined by +.",
        )
        trim = state.choice(
            "Silence before and after the sound of a clip",
            list(_TRIMS),
            key="trim",
            format_func=_TRIMS.get,
            help="What lies that far below the loudest part of a clip, before its sound and after it, is left out of "
            "its features. Usual are 40 dB.",
        )
        lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in family.config.items())
        own = "{\n" + ",\n".join(lines) + "\n}"
        text = st.text_area(
            f"Hyperparameters of {plain(family.title)} (JSON)",
            own,
            key=f"hyperparameters-{family.name}",
            height=min(360, 40 + 24 * own.count("\n")),
            help="Values as JSON. Where a family searches, a list holds the values that are tried.",
        )
    try:
        made = ExperimentConfig.of(
            chosen,
            protocol,
            family.name,
            hyperparameters=hyperparameters(text, family),
            seeds=range(int(n_seeds)),
            fractions=LEARNING_CURVE if curve else (),
            speaker_counts=SPEAKER_CURVE if voices else (),
            speaker_calibration=calibrated,
            augmentation=copies,
            trim_db=float(trim) if trim else None,
        )
    except ConfigError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    if obstacle := family.obstacle():
        st.error(plain(obstacle), icon=":material/error:")
        return None
    return made, family


def hyperparameters(text: str, family: Family) -> dict[str, Any]:
    """Hyperparameters from JSON.

    Raises
    ------
    ConfigError
        If it is no JSON object, or the family does not take it.
    """
    try:
        given = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise ConfigError(f"Hyperparameters are JSON; line {error.lineno} is not: {error.msg}.") from None
    if not isinstance(given, dict):
        raise ConfigError(f"Hyperparameters are a JSON object of names and values, got {type(given).__name__}.")
    return family.complete(given)


def _family() -> Family:
    names = sorted(models.names(), key=lambda name: (name != _FIRST, family_title(name)))
    name = state.choice("Model family", names, key="model", format_func=family_title, dropdown=True)
    with st.spinner("Looking up the family …"):
        family = models.get(name)
    st.caption(plain(family.description))
    return family


def _corpora() -> tuple[str, ...]:
    """Of those that are here; the demo voices always are."""
    here = [name for name in corpora.names() if corpora.get(name).is_present()]
    default = [next((name for name in here if name != _DEMO), _DEMO)]
    chosen = state.choices(
        "Corpora",
        here,
        key="corpus",
        default=default,
        format_func=lambda name: corpora.get(name).title,
        hidden=False,
    )
    if here == [_DEMO]:
        st.info(
            "Only the synthetic demo voices are on this machine: they show how training works, and their figures say "
            "nothing about people. *Explore* gets real corpora, and adds your own.",
            icon=":material/info:",
        )
        st.page_link("pages/Explore.py", label="Get a corpus", icon=":material/download:")
    elif _DEMO in chosen:
        st.caption("The demo voices are synthetic: figures with them say nothing about people.")
    return chosen


def tests_for(chosen: tuple[str, ...]) -> list[str]:
    """Names of the protocols that these corpora allow: the published split of one, tasks that take several."""
    fits = [name for name in ALL if (name not in ACROSS | TASKS or len(chosen) > 1) and (name not in NAMED_SPLITS)]
    return fits + list(NAMED_SPLITS) if chosen == ("cremad",) else fits


def _protocol(chosen: tuple[str, ...]) -> str:
    """Those that these corpora allow, with what each means."""
    name = state.choice(
        "Test",
        tests_for(chosen),
        key="protocol",
        format_func=lambda name: ALL[name].title,
        help="The protocol: which clips test the model, and what of them its training may know.",
    )
    st.caption(f"{ALL[name].description} {leak_words(name)}")
    return name
