"""Functionals as a whole: any clip gives finite numbers, the same every time."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ser_core.errors import ConfigError
from ser_core.features import FunctionalsSpec, LogMelSpec, Sound, extract, feature_names, sound
from ser_core.features.stft import power_spectrogram
from ser_core.testing import noise, silence, sine, speechlike

SPEC = FunctionalsSpec()
SR = SPEC.sr


def functionals(signal, *, sr=SR, spec=SPEC):
    return dict(zip(feature_names(spec), extract(signal, sr=sr, spec=spec), strict=True))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(0),
        np.zeros(1),
        silence(1.0),
        np.full(SR, 0.3),
        np.full(7, 1e-20),
        noise(0.01),
        np.ones(SR) * np.sign(np.sin(np.arange(SR))),
        sine(12.0, frequency=200),
        np.eye(1, SR, 8000)[0],
    ],
    ids=["empty", "one sample", "silence", "constant", "denormal", "10 ms", "full scale", "12 s", "click"],
)
def test_always_finite(signal):
    values = extract(signal, sr=SR, spec=SPEC)
    assert values.dtype == np.float32
    assert values.shape == (len(feature_names(SPEC)),)
    assert np.isfinite(values).all()


@settings(max_examples=25)
@given(st.integers(1, 4000), st.floats(1e-7, 1.0), st.integers(0, 1000))
def test_finite_at_any_length_and_level(length, level, seed):
    signal = np.clip(level * np.random.default_rng(seed).normal(size=length), -1, 1)
    assert np.isfinite(extract(signal, sr=SR, spec=SPEC)).all()


def test_names_are_unique_and_few():
    names = feature_names(SPEC)
    assert len(set(names)) == len(names) == 2279


def test_known_answers():
    found = functionals(sine(1.0, frequency=440, amplitude=0.5))
    # 440 Hz is four octaves above 27.5 Hz.
    assert found["f0:mean"] == pytest.approx(48, abs=0.1)
    assert found["centroid:mean"] == pytest.approx(440, abs=40)
    assert found["level_max_db"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    assert found["voiced_share"] > 0.95
    assert found["zcr:mean"] == pytest.approx(2 * 440 / SR, rel=0.1)
    assert functionals(noise(1.0))["voiced_share"] < 0.05


def test_silence_around_a_clip_changes_little():
    spoken = speechlike(1.0, sr=SR, f0=160, seed=0)
    bare = functionals(spoken)
    padded = functionals(np.concatenate([silence(0.7), spoken, silence(0.4)]))
    assert padded["duration_s"] == pytest.approx(bare["duration_s"], abs=0.05)
    assert padded["f0:mean"] == pytest.approx(bare["f0:mean"], abs=0.3)


def test_other_rates_are_resampled():
    low, high = (functionals(sine(1.0, sr=sr, frequency=300), sr=sr)["f0:mean"] for sr in (16_000, 44_100))
    assert low == pytest.approx(high, abs=0.05)


def test_same_bits_every_time_and_in_any_memory_layout():
    signal = speechlike(1.3, sr=SR, f0=210, seed=3)
    first = extract(signal, sr=SR, spec=SPEC)
    strided = np.repeat(signal, 2)[::2]
    shifted = np.concatenate([[0], signal])[1:]
    for other in (signal.copy(), strided, shifted, signal.astype(np.float64)):
        assert np.array_equal(extract(other, sr=SR, spec=SPEC), first)


def test_same_bits_with_any_number_of_threads():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    signal = speechlike(3.0, sr=SR, f0=120, seed=4)
    results = []
    for limit in (1, 2, 4):
        with threadpoolctl.threadpool_limits(limit):
            results.append(extract(signal, sr=SR, spec=SPEC))
    assert all(np.array_equal(results[0], other) for other in results)


def test_input_is_not_changed():
    signal = speechlike(0.5, sr=SR, f0=150, seed=1)
    before = signal.copy()
    extract(signal, sr=SR, spec=SPEC)
    assert np.array_equal(signal, before)


def test_spec_sets_the_tracks():
    names = feature_names(FunctionalsSpec(n_mels=26, n_mfcc=13))
    assert "mfcc12:mean" in names
    assert "mfcc13:mean" not in names
    assert len(extract(noise(0.3), sr=SR, spec=FunctionalsSpec(n_mels=26, n_mfcc=13))) == len(names)


def test_another_version_is_refused():
    with pytest.raises(ConfigError, match="version 2 here, got 1"):
        extract(noise(0.3), sr=SR, spec=FunctionalsSpec(version=1))


def test_log_mels_of_the_same_sound_share_its_transform(monkeypatch):
    signal = speechlike(0.6, sr=SR, f0=150, seed=1)
    alone = [extract(signal, sr=SR, spec=spec) for spec in (SPEC, LogMelSpec())]
    calls = []
    monkeypatch.setattr(sound, "power_spectrogram", lambda *a, **k: calls.append(k) or power_spectrogram(*a, **k))
    shared = Sound(signal, sr=SR)
    for spec, wanted in zip((SPEC, LogMelSpec()), alone, strict=True):
        assert np.array_equal(extract(shared, sr=SR, spec=spec), wanted)
    assert len(calls) == 1 and np.array_equal(shared, signal)


def test_computing_loads_nothing_heavy():
    code = (
        "import sys, numpy as np; from ser_core.features import FunctionalsSpec, extract;"
        "extract(np.zeros(1600), sr=16000, spec=FunctionalsSpec());"
        "heavy = {'pandas', 'librosa', 'sklearn', 'scipy.signal', 'av', 'tensorflow', 'numba'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
