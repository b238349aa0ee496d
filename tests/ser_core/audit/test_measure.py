import io

import numpy as np
import pandas as pd
import pytest

from ser_core.audit.measure import BANDS, Measured, crowding, flat_fraction, measure_file, measure_signal
from ser_core.audit.store import Pairs, Store
from ser_core.testing import LFS_POINTER, chirp, encode, noise, silence, sine, speechlike

SR = 16_000
SPEECH = speechlike(2.0, sr=SR)


def test_silence_around_a_tone():
    signal = np.concatenate([silence(0.5), sine(1.0, amplitude=0.1), silence(0.7)])
    found = measure_signal(signal, sr=SR)
    assert found["lead_s"] == pytest.approx(0.5, abs=0.03)
    assert found["trail_s"] == pytest.approx(0.7, abs=0.03)
    assert found["zero_tail_s"] == pytest.approx(0.7, abs=0.01)
    assert found["level_db"] == pytest.approx(-23.0, abs=0.3)  # a sine of amplitude 0.1: -20 - 3.01 dB
    assert found["spread_db"] > 60


def test_a_sound_that_stops_at_full_level_ends_at_its_loudest():
    assert measure_signal(sine(1.0), sr=SR)["end_db"] == pytest.approx(0.0, abs=0.5)
    faded = sine(1.0) * np.linspace(1, 0.001, SR).astype(np.float32)
    assert measure_signal(faded, sr=SR)["end_db"] < -30


def test_an_offset_is_measured_and_left_out_of_the_level():
    found = measure_signal(sine(1.0, amplitude=0.1) + 0.2, sr=SR)
    assert found["dc"] == pytest.approx(0.2, abs=1e-4)
    assert found["level_db"] == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(("rate", "top"), [(8000, 4000), (11025, 5500)])
def test_an_upsampled_clip_has_an_empty_upper_band(rate, top):
    from ser_core.audio import resample

    wide = noise(2.0, sr=SR, amplitude=0.05) + SPEECH
    assert np.isnan(measure_signal(wide, sr=SR)["top_hz"])
    narrow = resample(resample(wide, sr=SR, to=rate), sr=rate, to=SR)
    assert measure_signal(narrow, sr=SR)["top_hz"] == pytest.approx(top, rel=0.1)


def test_half_speed_is_the_same_spectrum_an_octave_lower():
    spectra = [
        np.frombuffer(measure_signal(chirp(2.0, sr=SR, start=200, stop=3000), sr=sr)["spectrum"], "<f2")
        for sr in (SR, SR // 2)
    ]
    inside = (BANDS > 300) & (BANDS < 2500)
    shift = np.flatnonzero(inside)
    assert np.ptp((spectra[0][shift] - spectra[1][shift - 6]).astype(float)) < 3.0


def test_flat_tops_are_seen_at_any_level():
    assert flat_fraction(SPEECH) == 0.0
    peak = np.abs(SPEECH).max()
    assert flat_fraction(np.clip(SPEECH, -peak / 4, peak / 4) * 0.1) > 0.005
    assert flat_fraction(silence(1.0)) == 0.0


def test_crowding_of_clipped_speech():
    peak = np.abs(SPEECH).max()
    assert crowding(np.clip(SPEECH, -peak / 5, peak / 5))[0] > 3 * crowding(SPEECH)[0]


@pytest.mark.parametrize(
    ("data", "problem", "says"),
    [
        (b"", "empty", "0 bytes"),
        (encode(SPEECH[:0], sr=SR), "empty", "no samples"),
        (b"Dear Sir", "unreadable", "text"),
        (LFS_POINTER, "unreadable", "Git-LFS pointer"),
    ],
)
def test_what_is_no_audio(data, problem, says):
    found = measure_file(data)
    assert found.problem == problem and says in found.message
    assert np.isnan(found.decoded_s)


def test_the_same_samples_in_another_container():
    import soundfile

    numbers = np.rint(SPEECH * 30000).astype(np.int16)
    samples = []
    for container, values in (("WAV", numbers), ("FLAC", numbers), ("FLAC", numbers // 2)):
        file = io.BytesIO()
        soundfile.write(file, values, SR, format=container, subtype="PCM_16")
        samples.append(measure_file(file.getvalue()).samples)
    assert samples[0] == samples[1] != samples[2]


@pytest.mark.parametrize("length", [1, 2, 100, 700])
def test_clips_of_few_samples(length):
    found = measure_signal(np.full(length, 0.3, dtype=np.float32), sr=SR)
    assert found["decoded_s"] == length / SR


# what is kept


def test_measurements_come_back_as_they_were(tmp_path):
    found = {f"{i:064x}": measure_file(encode(SPEECH * i / 4, sr=SR)) for i in range(1, 4)}
    store = Store(tmp_path)
    for sha256, each in found.items():
        store.add(sha256, each)
    store.flush()
    back = Store(tmp_path).load(set(found))
    tables = [pd.DataFrame({key: each.to_dict() for key, each in kept.items()}) for kept in (back, found)]
    pd.testing.assert_frame_equal(tables[0][list(found)], tables[1])
    assert Store(tmp_path).load({"0" * 64}) == {}


def test_a_broken_part_is_no_loss(tmp_path):
    store = Store(tmp_path)
    store.add("a" * 64, Measured(problem="empty"))
    store.flush()
    (tmp_path / "part-0-0.parquet").write_bytes(b"cut off")
    assert Store(tmp_path).load({"a" * 64})["a" * 64].problem == "empty"


def test_many_parts_become_one(tmp_path):
    for i in range(60):
        store = Store(tmp_path)
        store.add(f"{i:064x}", Measured(message=str(i)))
        store.flush()
    assert len(list(tmp_path.iterdir())) < 50
    assert len(Store(tmp_path).load({f"{i:064x}" for i in range(60)})) == 60


def test_pairs_come_back(tmp_path):
    pairs = Pairs(tmp_path / "pairs.parquet")
    assert pairs.get(("a", "b")) is None
    assert pairs.add(("a", "b"), 0.9) == 0.9
    pairs.flush()
    assert Pairs(tmp_path / "pairs.parquet").get(("a", "b")) == pytest.approx(0.9)
