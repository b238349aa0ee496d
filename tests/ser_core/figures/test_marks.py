"""Marks of models: told apart from each other and from the emotions, short numbers, headings."""

import numpy as np
import plotly.graph_objects as go
import pytest

from ser_core import models
from ser_core.figures.confusion import SCALE
from ser_core.figures.marks import MARKS, TITLES, chance_line, headed, marks, score_axis, score_text, translucent
from ser_core.figures.style import plain_title
from ser_core.labels import EMOTIONS

WHITE, DARK = "#FFFFFF", "#10171B"


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", [WHITE, DARK])
@pytest.mark.parametrize("name", [*MARKS, "forest", "boosting", "lda", "knn", "mlp", "vgg"])
def test_colours_stand_out_from_both_grounds(name, ground):
    names = [*MARKS, "forest", "boosting", "lda", "knn", "mlp", "vgg"]
    assert contrast(marks(names)[name].colour, ground) >= 3


@pytest.mark.parametrize("hundredths", range(101))
def test_every_cell_of_a_heat_map_can_be_read(hundredths):
    """A cell of .45 once fell between dark and light type."""
    places, colours = zip(*SCALE, strict=True)
    ends = [[int(colour[i : i + 2], 16) for colour in colours] for i in (1, 3, 5)]
    red, green, blue = (np.interp(hundredths / 100, places, part) for part in ends)
    cell = "#" + "".join(f"{round(part):02X}" for part in (red, green, blue))
    # Plotly writes white on what is darker than half, a dark grey on the rest (brightness of the W3C, as tinycolor).
    is_dark = 0.299 * red + 0.587 * green + 0.114 * blue < 128
    assert contrast(cell, WHITE if is_dark else "#444444") >= 4.5


def test_models_differ_in_colour_symbol_and_dash():
    found = marks(["svm", "cnn", "forest", "lda"]).values()
    assert len({mark.colour for mark in found}) == len({mark.symbol for mark in found}) == 4
    assert len({mark.dash for mark in found}) == 4


def test_no_model_has_the_colour_of_an_emotion():
    assert not {mark.colour.upper() for mark in marks([*"abcdef", "svm", "cnn"]).values()} & set(
        EMOTIONS.colours.values()
    )


def test_a_known_family_keeps_its_mark_in_any_company():
    assert marks(["forest", "svm"])["svm"] == marks(["svm"])["svm"] == MARKS["svm"]


def test_runs_of_one_family_are_told_apart():
    first, second = marks(["svm · speech", "svm · song"]).values()
    assert (first.title, second.title) == ("SVM · speech", "SVM · song")
    assert first.symbol != second.symbol and first.colour != second.colour
    assert first.colour == MARKS["svm"].colour


def test_every_family_has_a_name_for_readers():
    assert set(models.names()) <= {*MARKS, *TITLES}


def test_more_families_than_spare_looks_still_get_one():
    assert len(marks([f"family{i}" for i in range(20)])) == 20


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.0, 2, ".00"), (1.0, 2, "1.00"), (0.994, 2, ".99"), (0.9999, 2, "1.00"), (-0.05, 2, "-.05")],
)
def test_score_text(value, digits, text):
    assert score_text(value, digits=digits) == text


def test_translucent_keeps_the_colour():
    assert translucent("#FF8000", 0.5) == "rgba(255,128,0,0.5)"


def test_heading_is_escaped_and_readable_without_markup():
    figure = headed(go.Figure(), title="A < B & C", note="3 clips", plot_px=200)
    assert "A < B & C" in plain_title(figure) and "3 clips" in plain_title(figure)
    assert "A < B" not in figure.layout.title.text


def test_height_leaves_the_plot_its_pixels():
    figure = headed(go.Figure(), title="Short", note="", plot_px=200, legend_rows=1)
    margin = figure.layout.margin
    assert figure.layout.height - margin.t - margin.b == 200


@pytest.mark.parametrize("axis", ["x", "y"])
def test_chance_line_stands_at_chance(axis):
    figure = chance_line(go.Figure(), 0.125, axis=axis)
    assert figure.layout.shapes[0][f"{axis}0"] == figure.layout.shapes[0][f"{axis}1"] == 0.125
    assert ".125" in figure.layout.annotations[0].text


def test_score_axis_covers_all_scores():
    low, high = score_axis()["range"]
    assert low <= 0 and high >= 1


def test_long_names_are_broken_into_lines_that_a_telephone_shows():
    """Plotly cut the ends, by which such names are told apart."""
    short, long = "SVM", "AudioSet MobileNetV3 + Ranks within the voice, stacked · 5 corpora"
    one = headed(go.Figure(go.Scatter(name=short)), title="t", note="", plot_px=200, legend_rows=1)
    figure = headed(go.Figure(go.Scatter(name=long)), title="t", note="", plot_px=200, legend_rows=1)
    lines = figure.data[0].name.split("<br>")
    assert " ".join(lines) == long and len(lines) == 2 and max(map(len, lines)) <= 40
    assert one.data[0].name == short and figure.layout.height - one.layout.height > 14
    bare = go.Figure(go.Scatter(name=long))
    assert headed(bare, title="t", note="", plot_px=200).data[0].name == long
