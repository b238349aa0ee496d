"""Which measures tell which emotions apart: ranked, as a heat map, and one of them in detail."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.analysis.acoustics import FEATURES, GROUPS
from ser_core.analysis.effects import KINDS
from ser_core.analysis.separation import Contrast
from ser_core.figures import clickable, emotions
from ser_core.figures.style import count, plain_title
from ser_core.labels import EMOTIONS
from ui import figure, state
from ui.explore import emotions_data as data
from ui.explore.emotions_data import Measured, Settings
from ui.explore.emotions_words import in_words

_ALL = "all"
_TOP = 16
_MEASURE = "emotions-measure-name"
_SHAPES = {"violin": "Curves", "box": "Boxes", "quantiles": "Shares below"}
_AGAINST = {"reference": "against the reference", "pairs": "every pair"}
_COLUMNS = {
    "measure": st.column_config.TextColumn("Measure", pinned=True),
    "explained": st.column_config.ProgressColumn(
        "Explained by emotion",
        min_value=0,
        max_value=1,
        format="%.2f",
        help="Share of the variation between clips that lies between emotions (omega squared)",
    ),
    "emotion": st.column_config.TextColumn("Most different", help="The emotion with the largest effect size"),
    "effect": st.column_config.NumberColumn("Size", format="%.2f", help="Effect size against the reference"),
    "difference": st.column_config.TextColumn("Difference", help="Mean over speakers of each one's own difference"),
    "p": st.column_config.NumberColumn(
        "p",
        format="scientific",
        help="Of that difference over speakers (Wilcoxon's signed-rank test), after correction",
    ),
    "term": st.column_config.TextColumn("In the field's words", width="large"),
}
_TABLE_HEIGHT = 420


def show(found: Measured, contrast: Contrast, settings: Settings) -> None:
    """Ranking and heat map, then the chosen measure in detail."""
    group = state.choice(
        "Measures",
        (_ALL, *GROUPS),
        key="emotions-group",
        format_func=lambda name: "Most telling" if name == _ALL else GROUPS[name],
        dropdown=True,
        help=f"The {_TOP} that tell most, or all of one kind",
    )
    ranked = data.overall(found.key, settings.by_speaker, _measured=found)
    names = [name for name in ranked.index if group in (_ALL, FEATURES[name].group)]
    shown = tuple(names[:_TOP] if group == _ALL else names)
    left, right = st.columns(2)
    with left:
        picked = _heat_map(found, contrast, settings, shown)
    with right:
        picked = _ranking(found, contrast, settings, names) or picked
    _pick(picked)
    _detail(found, contrast, settings, first=ranked.index[0])


def _heat_map(found: Measured, contrast: Contrast, settings: Settings, names: tuple[str, ...]) -> str | None:
    """Effect sizes; the measure whose cell was clicked last."""
    drawn = _draw_effects(found.key, settings, names, _contrast=contrast)
    event = figure.show(
        drawn,
        name="emotions-effects",
        alt=plain_title(drawn),
        data=lambda: contrast.to_frame(),
        on_select="rerun",
        selection_mode="points",
    )
    cell = clickable.chosen(event)
    return next((name for name in names if cell and emotions.wrapped(FEATURES[name].title) == cell[0]), None)


def _ranking(found: Measured, contrast: Contrast, settings: Settings, names: list[str]) -> str | None:
    """All measures as a table, most telling first; the one whose row is chosen."""
    ranked = data.overall(found.key, settings.by_speaker, _measured=found)
    table = _table(found.key, settings, tuple(names), _ranked=ranked, _contrast=contrast)
    st.markdown(f"**{count(len(names), 'measure')}, the most telling first**")
    event = st.dataframe(
        table,
        hide_index=True,
        height=_TABLE_HEIGHT,
        column_config=_COLUMNS,
        placeholder="–",
        alt="Measures by how much emotions explain of them",
        key=f"emotions-ranking-{hash(tuple(names))}",
        on_select="rerun",
        selection_mode="single-row",
    )
    st.caption(
        f"{KINDS[settings.kind]} against {contrast.reference}. Choose a row, or a cell of the heat map, to see the "
        "measure in detail below."
    )
    rows = event["selection"]["rows"]
    return names[rows[0]] if rows and rows[0] < len(names) else None


def _amount(value: float, unit: str) -> str:
    return "" if pd.isna(value) else f"{value:+.3g} {unit}".replace("-", "−").rstrip()


def _pick(picked: str | None) -> None:
    """Take a click over into the choice of a measure, once: later choices by hand stay."""
    if picked is not None and picked != st.session_state.get("emotions-picked"):
        st.session_state[f"choice-{_MEASURE}"] = picked
    st.session_state["emotions-picked"] = picked


# one measure


def _detail(found: Measured, contrast: Contrast, settings: Settings, *, first: str) -> None:
    st.subheader("One measure in detail", anchor=False)
    names = (first, *(name for name in FEATURES if name != first))
    measure = state.choice(
        "Measure",
        names,
        key=_MEASURE,
        format_func=lambda name: f"{FEATURES[name].title} · {GROUPS[FEATURES[name].group]}",
        dropdown=True,
    )
    st.caption(FEATURES[measure].term + ".")
    left, right = st.columns(2)
    with left:
        shape = state.choice(
            "Drawn as",
            tuple(_SHAPES),
            key="emotions-shape",
            format_func=_SHAPES.get,
            help="Curves: how often each value occurs (kernel density estimate, violin plot). Boxes: middle half and "
            "5th to 95th percentile. Shares below: cumulative distribution.",
        )
        drawn = _draw_distribution(found.key, measure, shape, settings, _measured=found)
        figure.show(
            drawn,
            name=f"emotions-{measure}-{shape}",
            alt=plain_title(drawn),
            data=lambda: (data.quantiles if shape == "quantiles" else data.spread)(
                found.key, measure, settings, _measured=found
            ),
        )
    with right:
        against = state.choice(
            "Differences",
            tuple(_AGAINST),
            key="emotions-against",
            format_func=_AGAINST.get,
            help="Against the emotion chosen under *How to compare*, in the measure's unit; or of every two emotions, "
            "as effect sizes",
        )
        if against == "reference":
            drawn = _draw_differences(found.key, measure, settings, _contrast=contrast)
            figure.show(
                drawn,
                name=f"emotions-{measure}-differences",
                alt=plain_title(drawn),
                data=lambda: contrast.to_frame().query("measure == @measure"),
            )
        else:
            pairs = data.pairwise(found.key, measure, settings, _measured=found)
            drawn = _draw_pairs(found.key, measure, settings, _pairs=pairs)
            figure.show(drawn, name=f"emotions-{measure}-pairs", alt=plain_title(drawn), data=lambda: pairs)


# Drawn once for each choice. The figures are shared: none is changed.


@st.cache_data(max_entries=32, show_spinner=False)
def _table(
    key: str, settings: Settings, names: tuple[str, ...], *, _ranked: pd.DataFrame, _contrast: Contrast
) -> pd.DataFrame:
    sizes = _contrast.effect.loc[list(names)]
    strongest = sizes.abs().fillna(0).idxmax(axis=1)
    adjusted = getattr(_contrast, settings.correction)
    rows = [(name, strongest[name]) for name in names]
    return pd.DataFrame(
        {
            "measure": [FEATURES[name].title for name in names],
            "explained": _ranked.loc[list(names), "omega"].clip(lower=0).to_numpy(),
            "emotion": [EMOTIONS[emotion].title for _, emotion in rows],
            "effect": [sizes.at[row] for row in rows],
            "difference": [_amount(_contrast.difference.at[row], FEATURES[row[0]].unit) for row in rows],
            "p": [adjusted.at[row] for row in rows],
            "term": [FEATURES[name].term for name in names],
        }
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _draw_effects(key: str, settings: Settings, names: tuple[str, ...], *, _contrast: Contrast) -> go.Figure:
    sizes = _contrast.effect.loc[list(names)].abs().fillna(0)
    measure, emotion = sizes.stack().idxmax()
    size = _contrast.effect.at[measure, emotion]
    title = f"Largest difference: {EMOTIONS[emotion].title.lower()} in “{FEATURES[measure].title}”"
    return emotions.effects(
        _contrast,
        measures=names,
        kind=settings.kind,
        correction=settings.correction,
        title=f"{title} ({emotions.number(size, digits=1)})",
        by_speaker=settings.by_speaker,
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_distribution(key: str, measure: str, shape: str, settings: Settings, *, _measured: Measured) -> go.Figure:
    feature = FEATURES[measure]
    spread = data.spread(key, measure, settings, _measured=_measured)
    axis = data.axis(feature, settings)
    most = EMOTIONS[spread.loc[spread["median"].idxmax(), "emotion"]].title
    least = EMOTIONS[spread.loc[spread["median"].idxmin(), "emotion"]].title
    title = f"{feature.title}: highest in {most.lower()}, lowest in {least.lower()}"
    clips = count(int(spread["clips"].sum()), "clip")
    if shape == "quantiles":
        table = data.quantiles(key, measure, settings, _measured=_measured)
        return emotions.quantile_curves(table, axis=axis, title=title, note=f"{clips}.")
    curves = data.densities(key, measure, settings, _measured=_measured) if shape == "violin" else None
    around = "curves: how often each value occurs" if shape == "violin" else "whiskers: 5th to 95th percentile"
    note = f"{clips}. Mark: median; bar: middle half; {around}."
    return emotions.distribution(spread, curves=curves, axis=axis, title=title, note=note)


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_differences(key: str, measure: str, settings: Settings, *, _contrast: Contrast) -> go.Figure:
    feature = FEATURES[measure]
    differences = _contrast.difference.loc[measure].dropna()
    title = f"{feature.title}: no speaker has both emotions"
    if len(differences):
        most = differences.abs().idxmax()
        title = f"{EMOTIONS[most].title}: {in_words(measure, differences[most])}"
    return emotions.differences(_contrast, measure=feature, correction=settings.correction, title=title)


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_pairs(key: str, measure: str, settings: Settings, *, _pairs: pd.DataFrame) -> go.Figure:
    known = _pairs.dropna(subset="effect")
    title = FEATURES[measure].title
    if len(known):
        top = known.loc[known["effect"].idxmax()]
        title += (
            f": farthest apart are {EMOTIONS[top['emotion']].title.lower()} and {EMOTIONS[top['other']].title.lower()}"
        )
    return emotions.pairs(_pairs, kind=settings.kind, correction=settings.correction, title=title)
