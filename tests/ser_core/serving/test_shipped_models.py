"""Every model folder that ships, whichever these are."""

from pathlib import Path

import numpy as np
import pytest

from ser_core import corpora
from ser_core.audio import SAMPLING_RATE, Audio
from ser_core.labels import EMOTIONS
from ser_core.serving import Predictor, available_models, read_card
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import encode, speechlike
from ser_core.testing.nonspeech import NONSPEECH, nonspeech

FOLDERS = sorted(path.parent for path in (PROJECT_ROOT / "models").glob("*/card.json"))
SHIPPED = FOLDERS or [
    pytest.param(None, marks=pytest.mark.skip(reason="no model ships yet: `make models` trains them"))
]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name if isinstance(folder, Path) else "none")
class TestShipped:
    def test_the_card_is_complete_and_names_its_folder(self, folder):
        card = read_card(folder)
        assert card.id == folder.name
        assert folder.name in [each.id for each in available_models(PROJECT_ROOT / "models")]
        metric = card.metric()
        assert metric["uar_low"] <= metric["uar"] <= metric["uar_high"]
        assert 1 / len(card.labels) < metric["uar"] < 1
        assert {"corpus", "clips", "speakers", "licence", "citation"} <= card.training.keys()
        assert 0 < card.calibration["ece"] < 0.5

    def test_it_answers(self, folder):
        said = Predictor(folder).predict(encode(speechlike(2.0, sr=16_000, f0=180.0, seed=0), sr=16_000))
        assert tuple(said.probabilities) == EMOTIONS.ordered(said.probabilities)
        assert sum(said.probabilities.values()) == pytest.approx(1.0, abs=1e-6)
        assert said.confidence == max(said.probabilities.values())

    def test_it_does_not_give_every_voice_the_same_answer(self, folder):
        predictor = Predictor(folder)
        clips = [speechlike(1.5, sr=16_000, f0=90.0 + 40 * i, seed=i, level_db=-40.0 + 5 * i) for i in range(6)]
        rows = [list(predictor.predict(encode(clip, sr=16_000)).probabilities.values()) for clip in clips]
        assert np.ptp(rows, axis=0).max() > 0.05

    def test_it_answers_voices_and_nothing_else(self, folder):
        predictor = Predictor(folder)
        assert predictor.reference is not None, "no bounds: run `python -m ser_core bounds`"
        demo = corpora.get("demo")
        voices = [predictor.predict(demo.clip_path(path)) for path in demo.manifest()["path"].iloc[::12]]
        assert np.mean([said.abstained for said in voices]) <= 0.1
        for kind in NONSPEECH.keys() - {"silence"}:
            sound = Audio(nonspeech(kind, 2.0, seed=7), SAMPLING_RATE)
            assert predictor.predict(sound).abstained, kind

    def test_rows_together_give_what_rows_alone_give(self, folder):
        predictor = Predictor(folder)
        from ser_core.features import extract

        signals = [speechlike(1.0, sr=16_000, f0=120.0 + 30 * i, seed=i) for i in range(4)]
        rows = np.stack([extract(signal, sr=16_000, spec=predictor.spec) for signal in signals])
        alone = np.concatenate([predictor.probabilities(row[None]) for row in rows])
        np.testing.assert_allclose(predictor.probabilities(rows), alone, atol=1e-5)
