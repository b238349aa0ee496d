"""No answer where there is none to give, and the reason in words."""

import dataclasses
import io
import json

import numpy as np
import pytest

from ser_core import corpora
from ser_core.audio import SAMPLING_RATE, Audio, Quality, decode, sound_bounds
from ser_core.augment import Augmentation
from ser_core.errors import ConfigError, ModelError, SilentAudioError
from ser_core.experiments import bounds
from ser_core.experiments.bounds import set_bounds
from ser_core.features import AudioSetSpec, FramesSpec, FunctionalsSpec, LogMelSpec, extract
from ser_core.serving import Predictor
from ser_core.serving.abstention import Hearing, hear, reasons_to_abstain, reasons_to_doubt
from ser_core.serving.reference import REFERENCE_FILE, Reference, read_reference, summary, write_reference
from ser_core.serving.testing import make_model
from ser_core.testing import make_ravdess, silence
from ser_core.testing.nonspeech import NONSPEECH, nonspeech

ASKED = {"min_speech_s": 0.2, "max_clipped": 0.1, "min_snr_db": 3.0, "usual_distance": 1.5, "max_distance": 2.5}
FINE, CLEAR = Quality(3.0, 2.5, -25.0, -5.0, 0.0), Hearing(2.0, 30.0)


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """A demo clip: the synthetic speech that the detector takes for a voice."""
    demo = corpora.get("demo")
    return decode(demo.clip_path(demo.manifest()["path"].iloc[0])).signal


@pytest.fixture(scope="module")
def predictor(tmp_path_factory) -> Predictor:
    """A model that asks for a voice, and finds every clip angry."""
    folder = tmp_path_factory.mktemp("models") / "asks"
    card = make_model(folder, probabilities={"angry": 0.9})
    thresholds = {**card.thresholds, **{name: ASKED[name] for name in ("min_speech_s", "max_clipped", "min_snr_db")}}
    (folder / "card.json").write_text(_json(dataclasses.replace(card, thresholds=thresholds)))
    return Predictor(folder)


def _json(card) -> str:
    return json.dumps(card.to_dict())


def why(*, quality=FINE, hearing=CLEAR, distance=1.0, asked=ASKED):
    return reasons_to_abstain(asked, quality=quality, hearing=hearing, distance=distance)


def test_a_clear_voice_gets_an_answer():
    assert why() == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hearing": Hearing(0.0, float("nan"))}, "no speech found"),
        ({"hearing": Hearing(0.128, 30.0)}, "only 0.13 s of speech found"),
        ({"hearing": Hearing(2.0, 2.0)}, "too noisy: the voice stands 2 dB above the noise"),
        ({"quality": dataclasses.replace(FINE, clipped_fraction=0.2)}, "too clipped: 20% of the samples"),
        ({"distance": 3.0}, "unlike anything that the model was trained on"),
    ],
)
def test_each_reason_is_told(given, words):
    (reason,) = why(**given)
    assert reason.startswith(words)


def test_a_card_that_asks_for_nothing_is_never_in_doubt():
    assert why(asked={}, hearing=None, quality=dataclasses.replace(FINE, clipped_fraction=1.0), distance=9.0) == []
    assert reasons_to_doubt({}, hearing=None, distance=9.0) == []


def test_between_usual_and_too_far_there_is_doubt():
    assert reasons_to_doubt(ASKED, hearing=CLEAR, distance=1.4) == []
    (reason,) = reasons_to_doubt(ASKED, hearing=CLEAR, distance=1.6)
    assert "unlike the recordings" in reason
    (reason,) = reasons_to_doubt(ASKED, hearing=Hearing(2.0, 8.0), distance=1.0)
    assert "8 dB above the noise" in reason


def test_speech_is_heard_and_noise_lowers_its_ratio(voice):
    start, stop = sound_bounds(voice, sr=SAMPLING_RATE)
    clean = hear(voice, sr=SAMPLING_RATE)
    assert 0.4 * (stop - start) / SAMPLING_RATE < clean.speech_s <= len(voice) / SAMPLING_RATE + 0.032
    rms = np.sqrt(np.mean(voice[start:stop] ** 2))
    noise = np.random.default_rng(0).normal(0, rms, len(voice)).astype(np.float32)
    at_20, at_0 = (hear(voice + noise * 10 ** (-db / 20), sr=SAMPLING_RATE).snr_db for db in (20, 0))
    # (S + N) / N: noise as loud as the voice leaves 3 dB, for the loud half of the voice a little more.
    assert clean.snr_db > at_20 > at_0
    assert 16 < at_20 < 26
    assert 2 < at_0 < 7


@pytest.mark.parametrize("kind", NONSPEECH)
def test_what_is_no_speech_gets_no_answer(kind, predictor):
    for seed in range(3):
        try:
            said = predictor.predict(Audio(nonspeech(kind, 2.0, seed=100 + seed), SAMPLING_RATE))
        except SilentAudioError:
            continue
        assert said.abstained and said.uncertain
        assert "speech found" in said.reason
        assert said.sentence == "No answer"


def test_a_voice_gets_one(predictor, voice):
    said = predictor.predict(Audio(voice, SAMPLING_RATE))
    assert not said.abstained
    assert said.label == "angry"


def test_what_was_heard_before_is_not_listened_to_again(predictor, voice, monkeypatch):
    monkeypatch.setattr("ser_core.serving.abstention.speech_probabilities", None)
    frames = -(-len(voice) // 512)
    assert not predictor.predict(Audio(voice, SAMPLING_RATE), speech=np.ones(frames, np.float32)).abstained
    assert predictor.predict(Audio(voice, SAMPLING_RATE), speech=np.zeros(frames, np.float32)).abstained
    with pytest.raises(ConfigError, match="frames"):
        predictor.predict(Audio(voice, SAMPLING_RATE), speech=np.zeros(frames - 1, np.float32))


@pytest.mark.parametrize("spec", [FunctionalsSpec(), FramesSpec(), LogMelSpec()])
def test_distance_is_about_one_at_home_and_large_abroad(spec):
    demo = corpora.get("demo")
    rows = [
        extract(decode(demo.clip_path(path)).signal, sr=SAMPLING_RATE, spec=spec)
        for path in demo.manifest()["path"][::6]
    ]
    summaries = np.stack([summary(row, spec=spec) for row in rows])
    means = np.stack([row.reshape(len(row), -1).mean(axis=1) for row in rows])
    reference = Reference.of(summaries, means)
    assert np.median(reference.distance(summaries)) == pytest.approx(1.0, abs=0.15)
    strange = summary(extract(nonspeech("tone", 2.0, seed=1), sr=SAMPLING_RATE, spec=spec), spec=spec)
    assert reference.distance(strange) > 1.5 * reference.distance(summaries).max()


def test_how_loud_a_clip_was_recorded_puts_it_nowhere():
    """The level row of an AudioSet image made a clip of another microphone look unlike the training data."""
    spec = AudioSetSpec(n_frames=30, level_row=1)
    sound = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    loud, quiet = (summary(extract(gain * sound, sr=16_000, spec=spec), spec=spec) for gain in (1.0, 0.02))
    np.testing.assert_allclose(loud, quiet, atol=1e-3)


def test_a_reference_comes_back_from_its_file(tmp_path):
    rng = np.random.default_rng(0)
    made = Reference.of(rng.normal(size=(20, 6)), rng.normal(size=(20, 3)))
    digest = write_reference(tmp_path, made)
    read = read_reference(tmp_path, sha256=digest)
    for name in ("centre", "scale", "mean"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    with pytest.raises(ModelError, match="not the reference"):
        read_reference(tmp_path, sha256="0" * 64)
    (tmp_path / REFERENCE_FILE).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        read_reference(tmp_path, sha256=digest)


def _packed(**arrays) -> bytes:
    stored = io.BytesIO()
    np.savez_compressed(stored, **arrays)
    return stored.getvalue()


ONES = np.ones(3, np.float32)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 and then nothing",
        _packed(centre=ONES, scale=ONES),
        _packed(centre=ONES, scale=np.zeros(3, np.float32), mean=ONES),
        _packed(centre=ONES, scale=np.full(3, np.nan, np.float32), mean=ONES),
        _packed(centre=ONES, scale=np.ones(4, np.float32), mean=ONES),
        _packed(centre=np.array([{"a": 1}], dtype=object), scale=ONES, mean=ONES),
        _packed(centre=np.zeros(2**21, np.float32), scale=ONES, mean=ONES),
    ],
)
def test_anything_else_is_no_reference(content):
    with pytest.raises(ModelError):
        Reference.from_bytes(content)


def test_a_reference_of_other_features_is_found_when_the_model_is_loaded(tmp_path):
    card = make_model(tmp_path / "m")
    rng = np.random.default_rng(0)
    digest = write_reference(tmp_path / "m", Reference.of(rng.normal(size=(5, 7)), rng.normal(size=(5, 3))))
    thresholds = {**card.thresholds, "max_distance": 2.0}
    changed = dataclasses.replace(card, thresholds=thresholds, reference_sha256=digest)
    (tmp_path / "m" / "card.json").write_text(_json(changed))
    with pytest.raises(ModelError, match="does not take the features"):
        Predictor(tmp_path / "m")


def test_bounds_are_measured_on_speakers_and_kept_in_the_card(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "CHANNELS", bounds.CHANNELS[:1])
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    make_ravdess(tmp_path / "data", actors=4)
    spec = LogMelSpec()
    card = make_model(tmp_path / "m", spec=spec)
    before = (tmp_path / "m" / "model.onnx").read_bytes()
    training = {**card.training, "corpus": "ravdess"}
    (tmp_path / "m" / "card.json").write_text(_json(dataclasses.replace(card, training=training)))
    made = set_bounds(tmp_path / "m", root=tmp_path / "data")
    assert made.corpora == ("ravdess",)
    assert 0.3 < made.thresholds["usual_distance"] <= made.thresholds["max_distance"] < 5
    assert made.thresholds["min_confidence"] == card.thresholds["min_confidence"]
    assert (tmp_path / "m" / "model.onnx").read_bytes() == before
    assert Predictor(tmp_path / "m").reference.mean.shape == (spec.n_mels,)


@pytest.mark.parametrize("stands", [True, False])
def test_a_channel_that_a_model_stands_is_not_too_far_for_it(tmp_path, monkeypatch, stands):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    make_ravdess(tmp_path / "data", actors=4)
    monkeypatch.setattr(bounds, "CHANNELS", (Augmentation("noise", {"snr_db": 0.0}),))
    card = make_model(tmp_path / "m")
    changed = dataclasses.replace(card, training={**card.training, "corpus": "ravdess"})
    (tmp_path / "m" / "card.json").write_text(_json(changed))
    # The model answers all clips alike, so that its share of right answers is the same in any channel.
    monkeypatch.setattr(bounds, "STANDS", 0.5 if stands else 1.5)
    made = set_bounds(tmp_path / "m", root=tmp_path / "data").thresholds
    assert (made["max_distance"] > 1.2 * made["usual_distance"]) == stands


def test_a_model_of_unknown_corpora_gets_no_bounds(tmp_path):
    make_model(tmp_path / "m")
    with pytest.raises(ConfigError, match="trained on none"):
        set_bounds(tmp_path / "m")


def test_silence_is_refused_before(predictor):
    with pytest.raises(SilentAudioError):
        predictor.predict(Audio(silence(2.0), SAMPLING_RATE))
