"""Every clip as a point: do clips lie together by emotion or by speaker, and what does knowing the speaker change?"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core import describe
from ser_core.analysis import acoustics, embedding
from ser_core.analysis.neighbours import K, Purity
from ser_core.figures import map as figures
from ser_core.figures.style import count, plain_title, titles
from ui import figure, state
from ui.explore import map_offer, map_places
from ui.explore.finding import find
from ui.explore.map_places import THESE, WHOLE, Places
from ui.explore.panels import choose, clip_card
from ui.explore.selection import CHOSEN, Selection
from ui.markdown import plain

_MEASURES = {"raw": "as they are", "speaker": "each speaker standardised"}
_WORDS = {"raw": "measures as they are", "speaker": "each speaker standardised"}
_CHART = "clip-map"
_FOUND = "map-found"
_CONFIG = {"modeBarButtonsToRemove": ["autoScale2d"]}
_HELP = (
    f"A clip is described by {len(acoustics.FEATURES)} measures: pitch, loudness, timing, voice quality, spectrum, "
    "formants, timbre. As they are, each is standardised over all clips of the map. With each speaker standardised, "
    "each is taken relative to that speaker's own clips (z-scores within the speaker, no labels used), as a recogniser "
    "does that has heard the voice before."
)


def show(selection: Selection) -> None:
    """The whole view."""
    known = map_places.on_whole(selection)
    method, normalisation, by, scope = _controls(selection, known=known)
    found = map_places.places(selection, method=method, scope=scope)
    near = map_places.neighbours(selection)
    _answer(near)
    if found is None:
        map_offer.offer(selection, method)
    else:
        _map(selection, found, method=method, normalisation=normalisation, by=by, scope=scope)
    if near:
        drawn = _draw_neighbours(selection.key, len(near), _near=near)
        figure.show(
            drawn,
            name="map-neighbours",
            alt=plain_title(drawn),
            data=lambda: pd.DataFrame([each.to_dict() for each in near]),
        )


def _controls(selection: Selection, *, known: int) -> tuple[str, str, str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method = state.choice(
            "Map",
            list(embedding.METHODS),
            key="map-method",
            format_func=lambda name: embedding.METHODS[name].title,
            help="  \n".join(f"**{each.title}**: {each.description}" for each in embedding.METHODS.values()),
        )
        normalisation = state.choice(
            "Measures", list(_MEASURES), key="map-measures", format_func=_MEASURES.get, help=_HELP
        )
        by = state.choice("Coloured by", list(figures.COLOURINGS), key="map-colour", format_func=str)
        if known and not map_places.is_whole(selection):
            scope = state.choice(
                "Drawn from",
                [WHOLE, THESE],
                key="map-scope",
                format_func={WHOLE: "all five corpora", THESE: "these clips only"}.get,
                help="The map of all five corpora ships with the app, and these clips are shown in their places on it. "
                "A map of these clips only is drawn anew: it spends all its room on their differences.",
            )
        else:
            scope = WHOLE if known else THESE
    return method, normalisation, by, scope


# the answer


def _answer(near: Sequence[Purity]) -> None:
    """What the neighbours say, in words."""
    found = {(each.shared, each.normalisation): each for each in near}
    speaker, emotion = found.get(("speaker", "raw")), found.get(("emotion", "raw"))
    if speaker is None or emotion is None:
        return
    by_speaker = _beyond_chance(speaker) > _beyond_chance(emotion)
    first = "Speakers cluster before emotions do" if by_speaker else "Emotions cluster before speakers do"
    after, feeling = found[("speaker", "speaker")], found[("emotion", "speaker")]
    st.markdown(
        f"**{first}.** Of the {K} clips that sound most like a clip, **{speaker.purity:.0%}** are by the same speaker "
        f"(by chance {speaker.chance:.0%}) and **{emotion.purity:.0%}** of the same emotion (by chance "
        f"{emotion.chance:.0%}). With each speaker standardised: **{after.purity:.0%}** by the same speaker, "
        f"**{feeling.purity:.0%}** of the same emotion."
    )


def _beyond_chance(purity: Purity) -> float:
    """How far from chance (0) to certainty (1) the neighbours are, so that few emotions compare with many speakers."""
    return (purity.purity - purity.chance) / max(1.0 - purity.chance, 1e-9)


@st.cache_resource(max_entries=16, show_spinner=False)
def _draw_neighbours(key: str, size: int, *, _near: Sequence[Purity]) -> go.Figure:
    return figures.neighbours(_near, k=K)


# the map


def _map(selection: Selection, found: Places, *, method: str, normalisation: str, by: str, scope: str) -> None:
    clips = selection.clips
    mark = _marked(clips)
    drawn = _draw(
        selection.key, method, normalisation, by, scope, mark, _clips=clips, _places=found, _names=_names(selection)
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        picked = figure.show(
            drawn.figure,
            name=_CHART,
            alt=plain_title(drawn.figure),
            data=lambda: _numbers(clips, found),
            command="python -m ser_core features all --kind map" if scope == WHOLE else None,
            config=_CONFIG,
            on_select=partial(_take, drawn, clips["clip_id"].to_numpy()),
            selection_mode=("points", "box", "lasso"),
        )
        lost = len(clips) - int(np.isfinite(found.xy[normalisation]).all(axis=1).sum())
        if lost:
            st.caption(f"{count(lost, 'clip')} of {len(clips):,} have no place on this map: not measured yet.")
    with right:
        hint = "Choose a clip to hear it and to see where it lies"
        find(clips, key="map", take=_take_found, hint=hint)
        _chosen(selection)
    _listed(clips, drawn, picked)


@st.cache_resource(max_entries=24, show_spinner=False)
def _draw(
    key: str,
    method: str,
    normalisation: str,
    by: str,
    scope: str,
    mark: str | None,
    *,
    _clips: pd.DataFrame,
    _places: Places,
    _names: dict[str, str],
) -> figures.Scatter:
    xy = _places.xy[normalisation]
    place = np.flatnonzero(_clips["clip_id"] == mark) if mark else ()
    shares = _places.explained.get(normalisation, ())
    axes = [f"Component {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, start=1)]
    size = count(int(np.isfinite(xy).all(axis=1).sum()), "clip")
    among = "drawn from all five corpora, " if scope == WHOLE else ""
    title = f"{embedding.METHODS[method].title} map of {size}, {among}{_WORDS[normalisation]}, coloured by {by}"
    return figures.scatter(
        _clips,
        xy,
        by=by,
        frame=_places.frame,
        title=f"{title}<br><sup>Each point is a clip; points that lie together sound alike. Click one to hear it; draw "
        "a box or a lasso with the tools above the map to list several.</sup>",
        axes=axes or ("", ""),
        names=_names,
        found=int(place[0]) if len(place) else None,
    )


def _names(selection: Selection) -> dict[str, str]:
    return {corpus.name: corpus.title for corpus in selection.corpora}


def _numbers(clips: pd.DataFrame, found: Places) -> pd.DataFrame:
    table = clips[["clip_id", "corpus", "speaker", "sex", "emotion"]].copy()
    for normalisation, xy in found.xy.items():
        table[[f"x_{normalisation}", f"y_{normalisation}"]] = np.round(xy.astype(float), 4)
    return table


# choosing


def _take(drawn: figures.Scatter, ids: np.ndarray) -> None:
    """Callback: the one point that was clicked becomes the clip to hear."""
    points = st.session_state[figure.key_of(_CHART)]["selection"]["points"]
    if len(points) == 1 and (place := drawn.position(*_point(points[0]))) is not None:
        choose("a", str(ids[place]))


def _point(point: dict) -> tuple[int, int]:
    return int(point.get("curve_number", -1)), int(point.get("point_index", -1))


def _marked(clips: pd.DataFrame) -> str | None:
    """The clip with a ring: chosen by its name, here or by the address that opened the page.

    A clip that was clicked has none: it would make the browser draw the whole map anew, and its zoom would be lost.
    """
    if _FOUND not in st.session_state:
        st.session_state[_FOUND] = st.query_params.get("a")
    mark = st.session_state[_FOUND]
    return mark if mark is not None and (clips["clip_id"] == mark).any() else None


def _take_found(clip_id: str) -> None:
    """Callback: the clip that was found by its words is heard, and gets a ring on the map."""
    st.session_state[_FOUND] = clip_id
    choose("a", clip_id)


def _chosen(selection: Selection) -> None:
    clip_id = st.query_params.get("a") or st.session_state.get(CHOSEN, {}).get("a")
    row = selection.row(clip_id) if clip_id else None
    if row is None:
        st.info("Click a point of the map, or find a clip by its name, to hear and see it.", icon=":material/hearing:")
        return
    clip_card(row, key="map")


def _listed(clips: pd.DataFrame, drawn: figures.Scatter, picked) -> None:
    """The clips within a box or a lasso, with how many of each emotion and speaker."""
    points = picked["selection"]["points"] if picked else []
    places = sorted({place for point in points if (place := drawn.position(*_point(point))) is not None})
    if len(places) < 2:
        return
    inside = clips.iloc[places]
    feelings = describe.counts(inside, by="feeling").sort_values("clips", ascending=False)
    words = ", ".join(
        f"{row.clips:,} {plain(titles([row.feeling])[0].lower())}" for row in feelings.itertuples() if row.clips
    )
    voices = inside["voice"].nunique()
    st.markdown(f"**{count(len(inside), 'clip')}** chosen on the map, by {count(voices, 'speaker')}: {words}.")
    key = f"map-inside-{hash(tuple(places))}"
    ids = inside["clip_id"].tolist()
    st.dataframe(
        inside[["feeling", "voice", "sex", "intensity", "text", "clip_id"]],
        hide_index=True,
        height=260,
        lazy=False,
        placeholder="–",
        alt="Clips chosen on the map",
        column_config={"feeling": "Emotion", "voice": "Speaker", "sex": "Sex", "intensity": "Intensity"}
        | {"text": "Sentence", "clip_id": "Clip"},
        key=key,
        selection_mode="single-row",
        on_select=lambda: _choose_listed(key, ids),
    )


def _choose_listed(key: str, ids: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(ids):
        choose("a", ids[rows[0]])
