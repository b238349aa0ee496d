"""The mean spectrogram of each emotion, and how it differs from the same voices' neutral one."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.analysis import means
from ser_core.figures import emotion_maps
from ser_core.figures.style import plain_title
from ser_core.labels import EMOTIONS
from ui import figure, state
from ui.explore import emotions_data as data
from ui.explore.selection import Selection

_SHOWN = {"difference": "Difference from neutral", "mean": "Mean spectrogram"}
_SEXES = {"all": "all voices", "female": "women", "male": "men"}
_VEILS = {"yes": "greyed out", "no": "shown"}


def show(selection: Selection, key: str) -> None:
    """The pictures, and how they are made; `key` is that of what is cached about the clips."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = state.choice("Show", tuple(_SHOWN), key="emotions-spectrum", format_func=_SHOWN.get)
        sex = state.choice("Voices", tuple(_SEXES), key="emotions-voices", format_func=_SEXES.get)
        veil = state.choice(
            "What may be chance",
            tuple(_VEILS),
            key="emotions-veil",
            format_func=_VEILS.get,
            help="Where the 95% interval over speakers (Student's t) holds 0, point by point and without correction "
            "for many tests; everywhere with a single speaker",
        )
    found = data.maps(key, None if sex == "all" else sex, _selection=selection)
    usable = [name for name in found if shown == "mean" or (name != means.REFERENCE and found[name].compared)]
    if not usable:
        st.info(
            "For these voices there is no mean spectrogram"
            + (" to compare with neutral." if found else " yet: it comes with measuring the clips."),
            icon=":material/graphic_eq:",
        )
        return
    drawn = _draw(key, sex, shown, veil == "yes", _found=found)
    figure.show(drawn, name=f"emotions-{shown}-{sex}", alt=plain_title(drawn), data=lambda: _table(found))
    known = data.titles_of(data.mapped(key, _selection=selection))
    st.caption(
        f"Averaged beforehand over all clips of {known}: of the filters, only that of emotions counts here. The "
        f"silence around the sound is left out; the sound is cut into {means.N_TIMES} equal parts, whatever its "
        "length; levels are relative to the clip's mean power, so that neither loudness nor recording gain counts, and "
        f"floored {means.FLOOR_DB:.0f} dB below it, where the noise of the room begins. A speaker's clips are averaged "
        "first, then the speakers."
    )


def _table(found: dict[str, means.Map]) -> pd.DataFrame:
    """One row per emotion, frequency and time."""
    hz = means.frequencies_hz().round(1)
    frames = []
    for name, each in found.items():
        index = pd.MultiIndex.from_product([[name], hz, range(means.N_TIMES)], names=["emotion", "hz", "part"])
        columns = {part: getattr(each, part).ravel().round(2) for part in ("mean", "difference", "error")}
        frames.append(pd.DataFrame(columns, index=index).reset_index())
    return pd.concat(frames, ignore_index=True)


@st.cache_resource(max_entries=24, show_spinner=False)
def _draw(key: str, sex: str, shown: str, veil: bool, *, _found: dict[str, means.Map]) -> go.Figure:
    if shown == "mean":
        title = "How the energy of each emotion lies over time and frequency"
    else:
        compared = {name: each for name, each in _found.items() if name != means.REFERENCE and each.compared}
        high = means.frequencies_hz() > 1000
        lift = {name: float(each.difference[high].mean()) for name, each in compared.items()}
        most = max(lift, key=lambda name: abs(lift[name]))
        way = "more" if lift[most] > 0 else "less"
        title = f"{EMOTIONS[most].title} has {way} energy above 1 kHz: {abs(lift[most]):.1f} dB on average"
    return emotion_maps.mean_spectrograms(_found, shown=shown, veil=veil, title=title)
