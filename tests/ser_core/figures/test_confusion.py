"""The confusion matrix draws what it is given."""

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.evaluation import ConfusionMatrix
from ser_core.figures.confusion import confusion_matrix

MATRIX = ConfusionMatrix(np.array([[8.0, 2.0], [5.0, 15.0]]), ("happy", "sad"))


@pytest.mark.parametrize(
    ("shown", "values", "texts"),
    [
        ("counts", [[8, 2], [5, 15]], (("8", "2"), ("5", "15"))),
        ("recall", [[0.8, 0.2], [0.25, 0.75]], ((".80", ".20"), (".25", ".75"))),
        ("precision", [[8 / 13, 2 / 17], [5 / 13, 15 / 17]], ((".62", ".12"), (".38", ".88"))),
    ],
)
def test_cells(shown, values, texts):
    heat = confusion_matrix(MATRIX, shown=shown, title="t").data[0]
    assert np.asarray(heat.z) == pytest.approx(np.array(values))
    assert tuple(map(tuple, heat.text)) == texts


def test_rows_are_true_emotions_from_the_top():
    figure = confusion_matrix(MATRIX, title="t")
    assert list(figure.data[0].y) == list(figure.data[0].x) == ["Happy", "Sad"]
    assert figure.layout.yaxis.autorange == "reversed"


def test_shares_have_one_scale_whatever_the_matrix():
    assert confusion_matrix(MATRIX, shown="recall", title="t").data[0].zmax == 1.0


def test_counts_take_the_scale_they_are_given():
    assert confusion_matrix(MATRIX, shown="counts", title="t").data[0].zmax == 15
    assert confusion_matrix(MATRIX, shown="counts", title="t", top=40).data[0].zmax == 40


def test_a_nought_is_short():
    matrix = ConfusionMatrix(np.array([[300.0, 1.0], [0.0, 20.0]]), ("happy", "sad"))
    assert tuple(map(tuple, confusion_matrix(matrix, title="t").data[0].text)) == (("1.00", "0"), ("0", "1.00"))


def test_clips_and_meaning_are_stated():
    text = confusion_matrix(MATRIX, shown="recall", title="t").layout.title.text
    assert "30 test clips" in text and "sums to 1" in text


def test_an_unknown_cell_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"lift.*recall, precision, counts"):
        confusion_matrix(MATRIX, shown="lift", title="t")
