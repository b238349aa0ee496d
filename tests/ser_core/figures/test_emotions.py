import numpy as np
import pandas as pd
import pytest

from ser_core import describe
from ser_core.analysis import distributions, means, separation
from ser_core.analysis.acoustics import FEATURES
from ser_core.figures import emotion_maps, emotions, together

MEASURES = ("pitch_mean", "level_mean", "duration")


@pytest.fixture(scope="module")
def clips():
    """Eight speakers in three emotions; angry is higher and louder."""
    rng = np.random.default_rng(0)
    emotion = pd.Series(np.tile(np.repeat(["neutral", "sad", "angry"], 10), 8))
    speaker = pd.Series(np.repeat([f"s{i}" for i in range(8)], 30))
    values = pd.DataFrame(rng.normal(size=(240, 3)), columns=MEASURES)
    values[["pitch_mean", "level_mean"]] += 2.0 * (emotion == "angry").to_numpy()[:, None]
    return values, emotion, speaker


@pytest.fixture(scope="module")
def found(clips):
    values, emotion, speaker = clips
    return separation.contrast(values, emotion=emotion, speaker=speaker)


def test_effects_bracket_what_does_not_stand(found):
    figure = emotions.effects(found, measures=MEASURES, kind="g", correction="bh", title="Angry is higher")
    heat, cells = figure.data
    assert list(heat.x) == ["Sad", "Angry"]
    assert heat.text[0][1].startswith(("1.", "2.")) and heat.text[0][0].startswith("(")
    assert (heat.zmin, heat.zmax) == (-2, 2)
    assert len(cells.x) == 6
    assert "160 clips besides those of neutral" in figure.layout.title.text.replace("<br>", " ")
    delta = emotions.effects(found, measures=MEASURES, kind="delta", correction="bh", title="", by_speaker=True)
    assert delta.data[0].zmax == 1 and "relative to its speaker" in delta.layout.title.text.replace("<br>", " ")


def test_untested_effects_stand_plain(clips):
    values, emotion, speaker = (part[:60] for part in clips)
    few = separation.contrast(values, emotion=emotion, speaker=speaker)
    figure = emotions.effects(few, measures=MEASURES, kind="g", correction="holm", title="Two speakers")
    assert not any(text.startswith("(") for row in figure.data[0].text for text in row)
    assert "brackets" not in figure.layout.title.text


def test_distribution_with_curves_and_with_whiskers(clips):
    values, emotion, _ = clips
    table = pd.DataFrame({"emotion": emotion, "value": values["pitch_mean"]})
    spread = describe.spread(table, "value", by="emotion")
    curves = distributions.densities(table["value"], emotion=emotion)
    violin = emotions.distribution(spread, curves=curves, axis="Pitch", title="Pitch", note="note")
    assert list(violin.layout.xaxis.ticktext) == ["Neutral", "Sad", "Angry"]
    fills = [trace for trace in violin.data if trace.fill == "toself"]
    assert len(fills) == 3
    assert max(np.ptp(trace.x) for trace in fills) == pytest.approx(2 * 0.42, abs=0.01)
    marks = [trace for trace in violin.data if trace.mode == "markers"]
    assert len({trace.marker.symbol for trace in marks}) == 3
    assert [trace.y[0] for trace in marks] == pytest.approx(spread["median"].tolist())
    boxes = emotions.distribution(spread, axis="Pitch", title="Pitch", note="note")
    assert len(boxes.data) == 3 * 3 and not any(trace.fill for trace in boxes.data)


def test_quantile_curves_rise(clips):
    values, emotion, _ = clips
    table = distributions.quantiles(values["pitch_mean"], emotion=emotion)
    figure = emotions.quantile_curves(table, axis="Pitch", title="Pitch", note="note")
    assert [trace.name for trace in figure.data] == ["Neutral", "Sad", "Angry"]
    assert all((np.diff(trace.x) >= 0).all() for trace in figure.data)


def test_differences_are_hollow_where_they_do_not_stand(found):
    figure = emotions.differences(found, measure=FEATURES["level_mean"], correction="bh", title="Angry is louder")
    sad, angry = figure.data
    assert sad.marker.symbol.endswith("-open") and not angry.marker.symbol.endswith("-open")
    assert angry.x[0] == pytest.approx(2, abs=0.5) and angry.error_x.array[0] > 0
    assert figure.layout.xaxis.title.text == "Difference from neutral (dB)"


def test_pairs_are_antisymmetric(clips):
    values, emotion, speaker = clips
    table = separation.pairwise(values["pitch_mean"], emotion=emotion, speaker=speaker)
    heat = emotions.pairs(table, kind="g", correction="bh", title="Pitch").data[0]
    z = np.array(heat.z, dtype=float)
    assert np.isnan(np.diag(z)).all()
    assert np.allclose(z, -z.T, equal_nan=True)
    assert heat.text[0][1].startswith("(") and not heat.text[0][2].startswith("(")


def test_correlation_and_the_clips_behind_a_cell(clips):
    values, emotion, _ = clips
    table = distributions.correlations(values)
    figure = together.correlation(table, clips=240, title="Together")
    assert np.diag(np.array(figure.data[0].z)).tolist() == [1, 1, 1]
    assert set(figure.data[1].x) == {FEATURES[name].title for name in MEASURES}
    points = pd.DataFrame(
        {"clip": range(240), "x": values["pitch_mean"], "y": values["level_mean"], "emotion": emotion}
    )
    drawn = together.scatter(points[::2], x="Pitch", y="Loudness", of=240, title="Two")
    assert sum(len(trace.x) for trace in drawn.data) == 120
    assert len({trace.marker.symbol for trace in drawn.data}) == 3
    assert drawn.data[0].x.dtype == np.float32
    assert "a sample of 240" in drawn.layout.title.text


@pytest.fixture
def maps():
    rng = np.random.default_rng(0)
    form = (means.N_MELS, means.N_TIMES)
    made = {name: rng.normal(size=form) for name in ("neutral", "sad", "angry")}
    return {name: means.Map(z, z - made["neutral"], np.full(form, 0.5), 10, 4, 4) for name, z in made.items()}


def test_difference_maps_leave_neutral_out_and_grey_what_is_unsure(maps):
    figure = emotion_maps.mean_spectrograms(maps, title="Difference")
    assert [a.text.split(" ")[0] for a in figure.layout.annotations] == ["Sad", "Angry"]
    assert len(figure.data) == 4
    shown, veil = figure.data[:2]
    assert 0 < maps["sad"].clear.mean() < 1
    assert np.array_equal(np.isnan(veil.z), maps["sad"].clear)
    assert figure.layout.coloraxis.cmin == -figure.layout.coloraxis.cmax
    assert shown.z.dtype == np.float32
    assert len(emotion_maps.mean_spectrograms(maps, veil=False, title="").data) == 2


def test_mean_maps_show_all(maps):
    figure = emotion_maps.mean_spectrograms(maps, shown="mean", title="Mean")
    assert len(figure.data) == 3
    assert figure.layout.coloraxis.cmin < figure.layout.coloraxis.cmax
