"""Figures of runs beyond the headline: they draw what they are given."""

import numpy as np
import pandas as pd
import pytest

from ser_core.evaluation import ConfusionMatrix, Interval
from ser_core.evaluation.clips import OUTCOMES
from ser_core.evaluation.raters import Agreement
from ser_core.figures import comparison, confusion, crossing, degraded, dots, people, ranking
from ser_core.figures.style import plain_title


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_rows_of_dots_hold_values_intervals_and_chance():
    table = pd.DataFrame(
        {"row": ["a", "b"], "value": [0.5, 0.6], "low": [0.4, np.nan], "high": [0.7, np.nan], "hover": "h"}
    )
    figure = dots.dot_rows({"svm": table, "cnn": table}, ["a", "b"], axis="x", title="t", note="n", chance={"a": 0.1})
    found = traces(figure)
    assert list(found["SVM"].x) == [0.5, 0.6]
    assert list(found["SVM"].error_x.array) == pytest.approx([0.2, 0]) and list(
        found["SVM"].error_x.arrayminus
    ) == pytest.approx([0.1, 0])
    assert (np.asarray(found["SVM"].y) > np.asarray(found["CNN"].y)).all()
    assert list(found["Guessing"].x) == [0.1] and list(found["Guessing"].y) == [1]


def ranks():
    return pd.DataFrame(
        {
            "name": ["B", "People", "A"],
            "group": ["speaker-independent", "raters", "leaky"],
            "group_title": ["Unseen speakers", "People", "Leaky"],
            "uar": [0.7, 0.5, 0.4],
            "low": [0.6, 0.45, 0.3],
            "high": [0.8, 0.55, 0.5],
            "chance": [0.125, 0.167, 0.125],
            "clips": [10, 20, 30],
            "speakers": [2, 3, 4],
        }
    )


def test_the_ranking_keeps_its_order_and_tells_tests_apart():
    figure = ranking.ranking(ranks(), title="t")
    found = traces(figure)
    assert [found[name].y[0] for name in ("Unseen speakers", "People", "Leaky")] == [2, 1, 0]
    assert list(found["Unseen speakers"].x) == [0.7]
    assert list(figure.layout.yaxis.ticktext) == ["B  <b>.70</b>", "People  <b>.50</b>", "A  <b>.40</b>"]
    assert len({found[name].marker.symbol for name in ("Unseen speakers", "People", "Leaky")}) == 3
    assert list(found["Guessing"].x) == [0.125, 0.167, 0.125]


def test_coverage_has_a_line_and_a_band_for_each_model():
    curve = pd.DataFrame(
        {
            "coverage": [0.5, 1.0],
            "accuracy": [0.9, 0.7],
            "low": [0.8, 0.6],
            "high": [1.0, 0.8],
            "threshold": 0.5,
            "n": [5, 10],
        }
    )
    figure = comparison.coverage_curves({"svm": curve}, title="t")
    band, line = figure.data
    assert list(line.y) == [0.9, 0.7] and list(band.y) == [1.0, 0.8, 0.6, 0.8]
    assert "10 answers" in plain_title(figure)


def test_speakers_stand_from_the_worst_to_the_best_of_all_models():
    first = pd.DataFrame({"speaker": ["a", "b", "c"], "uar": [0.1, 0.5, 0.9], "clips": 8})
    second = pd.DataFrame({"speaker": ["c", "a", "b"], "uar": [0.2, 0.3, 0.9], "clips": 8})
    figure = people.per_speaker({"svm": first, "cnn": second}, chance=0.125, title="t")
    assert list(figure.layout.xaxis.ticktext) == ["a", "c", "b"]
    assert list(traces(figure)["SVM"].y) == [0.1, 0.9, 0.5]


def test_groups_name_women_and_men_with_their_number():
    table = pd.DataFrame(
        {"group": ["female", "male"], "uar": [0.7, 0.5], "low": 0.4, "high": 0.8, "speakers": [12, 11], "clips": 700}
    )
    figure = people.groups({"svm": table}, title="t")
    assert list(figure.layout.yaxis.ticktext) == ["Women (12)", "Men (11)"]
    assert list(traces(figure)["SVM"].x) == [0.7, 0.5]


def test_agreement_stands_beside_what_was_meant():
    found = {"svm": Agreement(Interval(0.4, 0.3, 0.5), 0.2, 0.45, 100)}
    figure = people.agreement(found, title="t")
    assert list(figure.data[0].x) == [0.4] and list(figure.data[-1].x) == [0.45]
    assert figure.data[-1].name == "The emotion that was meant"


def test_long_names_leave_agreement_and_outcomes_room():
    """On a telephone the names once took all of it and were cut besides."""
    name = "audioset+ranks-stacked · 5 corpora"
    found = {each: Agreement(Interval(0.4, 0.3, 0.5), 0.2, 0.45, 100) for each in ("svm", name)}
    figure = people.agreement(found, title="t")
    lines = figure.layout.yaxis.ticktext[1].split("<br>")
    assert " ".join(lines) == "AudioSet MobileNetV3 + Ranks within the voice, stacked · 5 corpora"
    assert len(lines) > 2 and max(map(len, lines)) <= 22
    plot = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    assert plot > 2 * 14 * len(lines)
    counts = pd.DataFrame([[5, 3, 2, 0]], index=["calm"], columns=list(OUTCOMES))
    long, short = (confusion.outcome_matrix(counts, title="t", names=("A", b)) for b in ("A name of many words", "B"))
    assert long.layout.xaxis.ticktext[2] == "Only A name<br>of many<br>words" and long.layout.xaxis.tickangle == 0
    # What is clicked still tells the column by its whole name, and the plot keeps its height.
    assert long.data[0].x[2] == long.layout.xaxis.tickvals[2] == "Only A name of many words"
    assert long.layout.height - short.layout.height == long.layout.margin.b - short.layout.margin.b > 0


def test_conditions_come_in_their_order():
    table = pd.DataFrame(
        {
            "condition": ["mp3-64", "clean"],
            "uar": [0.5, 0.6],
            "low": 0.4,
            "high": 0.7,
            "loss": [0.1, 0],
            "loss_low": 0,
            "loss_high": 0.1,
            "clips": 100,
        }
    )
    figure = degraded.robustness({"svm": table}, title="t")
    assert list(figure.layout.yaxis.ticktext) == ["As recorded", "MP3, 64 kbit/s"]
    assert dict(zip(figure.data[0].y, figure.data[0].x, strict=True)) == {0: 0.5, 1: 0.6}


def test_the_matrix_leaves_out_what_was_not_measured():
    table = pd.DataFrame(
        {
            "train": ["a", "a", "a+b"],
            "test": ["a", "b", "a"],
            "uar": [0.6, 0.3, 0.7],
            "low": 0.2,
            "high": 0.8,
            "chance": [0.125, 0.2, 0.125],
            "emotions": 8,
            "clips": 100,
            "kind": [crossing.OWN, "cross-corpus", "cross-corpus"],
        }
    )
    figure = crossing.crossing(table, names={"a": "A"}, title="t")
    heat = figure.data[0]
    assert list(heat.y) == ["A", "a+b"] and list(heat.x) == ["A", "b"]
    assert [list(row) for row in heat.text] == [["<b>.60</b>", ".30"], [".70", ""]]
    assert np.isnan(heat.z[1][1]) and "guessing .125 to .200" in plain_title(figure)


def test_the_difference_is_first_minus_second_over_the_emotions_of_both():
    first = ConfusionMatrix(np.array([[8.0, 2], [5, 5]]), ("calm", "sad"))
    second = ConfusionMatrix(np.array([[5.0, 5, 0], [0, 10, 0], [0, 0, 4]]), ("calm", "sad", "angry"))
    heat = confusion.difference_matrix(first, second, title="t", names=("A", "B")).data[0]
    assert heat.z[0][0] == pytest.approx(0.3) and heat.z[1][1] == pytest.approx(-0.5) and heat.z[2][2] == -1
    assert heat.text[0][0] == "+.30" and heat.text[1][1] == "−.50" and heat.zmin == -heat.zmax


def test_outcomes_are_counts_shaded_by_their_share():
    counts = pd.DataFrame([[5, 3, 2, 0], [0, 0, 0, 4]], index=["calm", "sad"], columns=list(OUTCOMES))
    heat = confusion.outcome_matrix(counts, title="t", names=("A", "B")).data[0]
    assert list(heat.x) == ["Both right", "Only A", "Only B", "Both wrong"]
    assert heat.text[0][1] == 3 and heat.z[0][0] == 0.5 and heat.z[1][3] == 1


def test_the_legend_has_room_where_long_names_leave_it_one_entry_in_a_line():
    """On a telephone it once lay on the title of the axis."""
    short = ranking.ranking(ranks(), title="t")
    long = ranking.ranking(ranks().assign(name=["AudioSet MobileNetV3 · 5 corpora", "People", "A"]), title="t")
    assert long.layout.margin.b >= short.layout.margin.b + 2 * 20
    assert long.layout.height - long.layout.margin.b == short.layout.height - short.layout.margin.b


def test_long_names_of_the_ranking_take_two_lines():
    name = "AudioSet MobileNetV3 + 4 more, aligned by voice · in part on 5 corpora"
    figure = ranking.ranking(ranks().assign(name=[name, "People", "A"]), title="t")
    first, second = figure.layout.yaxis.ticktext[0].split("<br>")
    assert f"{first} {second}" == f"{name}  <b>.70</b>" and max(len(first), len(second)) < 50
