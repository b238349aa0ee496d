import pandas as pd
import pytest

from ser_core.figures import audit as figures

CLIPS = pd.DataFrame(
    {
        "corpus": ["a"] * 10 + ["b"] * 5,
        "level_db": [-20.0] * 10 + [-40.0] * 5,
        "lead_s": [0.1] * 14 + [1.7],
        "trail_s": [0.2] * 15,
    }
)


def test_quantiles_by_corpus():
    data = figures.spread(CLIPS, ["level_db", "lead_s"])
    assert data["clips"].tolist() == [10, 10, 5, 5]
    assert data.set_index(["corpus", "measure"]).loc[("b", "lead_s"), "greatest"] == 1.7


def test_titles_say_what_is_seen():
    assert "a is loudest (−20 dB), b softest (−40 dB)" in figures.levels(
        figures.spread(CLIPS, ["level_db"])
    ).layout.title.text.replace("<br>", " ")
    hyphened = figures.levels(figures.spread(CLIPS.replace({"corpus": {"a": "EMO-DB"}}), ["level_db"]))
    assert "EMO-DB is loudest (−20 dB)" in hyphened.layout.title.text.replace("<br>", " ")
    text = figures.edges(figures.spread(CLIPS, ["lead_s", "trail_s"])).layout.title.text.replace("<br>", " ")
    assert "At most 1.7 s of silence before the sound (b)" in text and "15 clips" in text


@pytest.mark.parametrize(
    ("rates", "says"), [([16000.0], "All 10 clips are sampled at 16 kHz"), ([16000.0, 44100.0], "16 kHz to 44.1 kHz")]
)
def test_rates(rates, says):
    data = pd.DataFrame({"corpus": "a", "sampling_rate": rates, "clips": 10})
    drawn = figures.rates(data)
    assert says in drawn.layout.title.text
    assert len(drawn.data) == len(rates)


def test_balance_is_a_heat_map_in_the_order_of_the_emotions():
    drawn = figures.balance(pd.DataFrame({"sad": [4, 4], "neutral": [4, 4]}, index=["01", "02"]))
    assert list(drawn.data[0].y) == ["Neutral", "Sad"]
    assert "4 clips of each emotion by each speaker" in drawn.layout.title.text.replace("<br>", " ")
