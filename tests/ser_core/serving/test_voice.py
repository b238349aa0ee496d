"""Speaker calibration in use, on a miniature model whose answers can be worked out."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ser_core.errors import AudioError, ConfigError, ModelError
from ser_core.features import LogMelSpec, extract
from ser_core.serving import Predictor, Voice
from ser_core.serving.card import VOICE_FILE
from ser_core.serving.testing import make_model
from ser_core.serving.voice import MAX_VOICE_BYTES, averaged
from ser_core.testing import speechlike, write_wav
from ser_core.voices import share_of

SPEC = LogMelSpec(n_mels=8, n_frames=20)


def clips(folder, n, *, f0=180.0):
    return [
        write_wav(folder / f"{f0:.0f}-{i}.wav", speechlike(1.0, sr=16_000, f0=f0, seed=i), sr=16_000) for i in range(n)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("models") / "mini"
    make_model(place, spec=SPEC, weight=0.01, calibrates=True)
    return place


@pytest.fixture(scope="module")
def predictor(folder):
    return Predictor(folder)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return clips(tmp_path_factory.mktemp("clips"), 5)


@pytest.fixture(scope="module")
def voice(predictor, files):
    return predictor.enrol(files[:4])


def test_a_voice_is_the_mean_of_its_clips_shrunk_by_their_number(predictor, files, voice):
    heard = [predictor._heard(file)[1] for file in files[:4]]
    features = np.array([extract(signal, sr=16_000, spec=SPEC) for signal in heard])
    np.testing.assert_allclose(voice.arrays["statistics"], 0.5 * features.reshape(4, -1).mean(axis=0), rtol=1e-4)
    assert voice.arrays["share"] == pytest.approx(share_of(4)) == 0.5
    assert voice.n_clips == 4 and 3.0 < voice.seconds < 4.5 and voice.model == "mini"


def test_answers_for_a_voice_are_the_average_of_both_networks(predictor, files, voice):
    features = extract(predictor._heard(files[4])[1], sr=16_000, spec=SPEC)[None]
    plain = predictor.probabilities(features)
    shifted = features - voice.arrays["statistics"].reshape(1, *features.shape[1:])
    expected = averaged(plain, predictor.probabilities(shifted), share=0.5, temperature=1.0)
    np.testing.assert_allclose(predictor.probabilities(features, voice=voice), expected, atol=1e-6)
    prediction = predictor.predict(files[4], voice=voice)
    np.testing.assert_allclose(list(prediction.probabilities.values()), expected[0], atol=1e-6)
    assert prediction.probabilities != predictor.predict(files[4]).probabilities


def test_a_voice_survives_being_stored(predictor, files, voice):
    again = Voice.from_bytes(voice.to_bytes())
    assert (again.model, again.n_clips, again.seconds, again.network) == (
        voice.model,
        voice.n_clips,
        voice.seconds,
        voice.network,
    )
    assert predictor.predict(files[4], voice=again).probabilities == pytest.approx(
        predictor.predict(files[4], voice=voice).probabilities
    )


def test_many_callers_may_load_the_network_at_once(folder, files, voice):
    fresh = Predictor(folder)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: fresh.predict(files[4], voice=voice).label, range(16)))
    assert len(set(answers)) == 1


def test_a_voice_of_another_model_is_refused(predictor, files, voice, tmp_path):
    make_model(tmp_path / "mini", spec=SPEC, weight=0.02, calibrates=True)
    retrained = Predictor(tmp_path / "mini")
    with pytest.raises(ConfigError, match="Enrol the voice again"):
        retrained.predict(files[0], voice=voice)
    wrong = Voice(voice.model, 1, 1.0, {**voice.arrays, "statistics": np.zeros(3, np.float32)}, voice.network)
    with pytest.raises(ModelError, match="does not fit"):
        predictor.predict(files[0], voice=wrong)


def test_models_without_a_voice_network_say_so(files, voice, tmp_path):
    make_model(tmp_path / "plain", spec=SPEC)
    plain = Predictor(tmp_path / "plain")
    assert not plain.can_calibrate
    with pytest.raises(ConfigError, match="cannot be calibrated"):
        plain.enrol(files)
    with pytest.raises(ConfigError, match="without one"):
        plain.predict(files[0], voice=voice)


def test_enrolment_names_the_clip_that_cannot_be_used(predictor, files, tmp_path):
    silent = write_wav(tmp_path / "silent.wav", np.zeros(16_000, np.float32), sr=16_000)
    with pytest.raises(AudioError, match="Clip 2 of 3"):
        predictor.enrol([files[0], silent, files[1]])
    with pytest.raises(ConfigError, match="got none"):
        predictor.enrol([])


def test_a_missing_or_other_voice_network_is_told(folder, tmp_path):
    make_model(tmp_path / "mini", spec=SPEC, calibrates=True)
    (tmp_path / "mini" / VOICE_FILE).write_bytes((folder / VOICE_FILE).read_bytes())
    with pytest.raises(ModelError, match="not the model that its card describes"):
        Predictor(tmp_path / "mini")
    (tmp_path / "mini" / VOICE_FILE).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        Predictor(tmp_path / "mini")


def _stored(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _zip(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


ABOUT = np.array(["ser-voice-2", "mini", "0" * 64, "4", "4.0"])
GOOD = {
    name: np.zeros(n, np.float32) for name, n in {"statistics": 4, "spectrum": 2, "reference": 1, "share": 1}.items()
}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"\x00" * 100,
        b"a" * (MAX_VOICE_BYTES + 1),
        _stored(about=ABOUT),
        _stored(about=ABOUT[:3], **GOOD),
        _stored(about=np.where(ABOUT == "4", "0", ABOUT), **GOOD),
        _stored(about=np.where(ABOUT == "4.0", "nan", ABOUT), **GOOD),
        _stored(about=np.where(ABOUT == "4", "four", ABOUT), **GOOD),
        _stored(about=ABOUT, **{**GOOD, "statistics": np.full(4, np.nan, np.float32)}),
        _stored(about=ABOUT, **{**GOOD, "statistics": np.array([print], dtype=object)}),
        _stored(about=ABOUT, **{**GOOD, "reference": np.zeros(2, np.float32)}),
        _stored(about=ABOUT, **{**GOOD, "statistics": np.zeros(2**20, np.float32)}),
        _zip(**{f"{name}.npy": b"\x93NUMPY" for name in ("about", *GOOD)}),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_anything_else_is_no_voice(content):
    with pytest.raises(ModelError):
        Voice.from_bytes(content)


def test_damaged_voices_are_refused_or_harmless(voice):
    good = voice.to_bytes()
    rng = np.random.default_rng(0)
    for _ in range(200):
        broken = bytearray(good[: rng.integers(1, len(good))] if rng.random() < 0.3 else good)
        broken[rng.integers(len(broken))] ^= int(rng.integers(1, 256))
        try:
            found = Voice.from_bytes(bytes(broken))
        except ModelError:
            continue
        assert all(np.isfinite(array).all() for array in found.arrays.values())
