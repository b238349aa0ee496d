import numpy as np
import pandas as pd
import pytest

from ser_core.analysis import listeners as votes
from ser_core.figures import clickable, listeners


@pytest.fixture
def found():
    return votes.votes(
        pd.DataFrame(
            {
                "emotion": ["neutral", "sad", "angry", "sad"],
                "voice_vote": ["neutral", "neutral:sad", "angry", "sad"],
                "speaker": list("abab"),
                "sex": ["female", "male", "female", "male"],
            }
        )
    )


def test_confusion_says_meant_and_heard_and_can_be_clicked(found):
    figure = listeners.heard(votes.confusion(found), title="Heard")
    heat, cells = figure.data
    assert figure.layout.yaxis.title.text == "Meant by the actor"
    assert figure.layout.xaxis.title.text == "Heard by most raters"
    assert heat.z[1].tolist() == [0.25, 0.75, 0]
    assert (len(cells.x), len(cells.y)) == (9, 9)
    at = [(x, y) for x, y in zip(cells.x, cells.y, strict=True)].index(("Neutral", "Sad"))
    assert cells.customdata[at].tolist() == [0.25, ".25", 0.5]
    assert "%{z" not in cells.hovertemplate and "%{text" not in cells.hovertemplate
    assert "heard as" in cells.hovertemplate and heat.hoverinfo == "skip"
    assert "4 clips" in figure.layout.title.text


def test_chosen_reads_the_event_of_a_chart():
    assert clickable.chosen({"selection": {"points": [{"x": "Sad", "y": "Angry"}]}}) == ("Angry", "Sad")
    assert clickable.chosen({"selection": {"points": []}}) is None
    assert clickable.chosen(None) is None


def test_agreement_shows_intervals_in_the_emotions_looks(found):
    table = votes.agreement(found, by="emotion")
    figure = listeners.agreement(table, chance=1 / 6, title="Agreement")
    trace = figure.data[0]
    assert list(trace.y) == ["Neutral", "Sad", "Angry"]
    assert len(set(trace.marker.color)) == len(set(trace.marker.symbol)) == 3
    assert np.isfinite(trace.error_x.array).all()


def test_groups_of_one_speaker_have_no_bar(found):
    figure = listeners.agreement(
        votes.agreement(found, by="sex"), names={"female": "Women", "male": "Men"}, chance=1 / 6, title="By sex"
    )
    assert list(figure.data[0].y) == ["Women", "Men"]
    assert figure.data[0].error_x.array.tolist() == [0, 0]
