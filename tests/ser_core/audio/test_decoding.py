"""Decoding: what comes out of good files, and what is said about bad ones."""

import io
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import soundfile

from ser_core import audio, testing
from ser_core.errors import (
    AudioError,
    ConfigError,
    EmptyAudioError,
    LargeAudioError,
    ShortAudioError,
    UnreadableAudioError,
)
from ser_core.settings import LIMITS, Limits

SR = 16_000
# AAC puts a frame of 1024 samples before the sound and fills its last one.
LOSSY_DELAY_S = 0.1


def peak_frequency(signal, sr):
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    return np.argmax(spectrum) * sr / len(signal)


def wav(signal=None, *, sr=SR, **changed):
    """A WAV whose header fields are overwritten: riff_size, channels, rate, bits, data_size."""
    data = bytearray(audio.encode_wav(testing.sine(1.0) if signal is None else signal, sr=sr))
    places = {
        "riff_size": ("<I", 4),
        "channels": ("<H", 22),
        "rate": ("<I", 24),
        "bits": ("<H", 34),
        "data_size": ("<I", 40),
    }
    for name, value in changed.items():
        form, place = places[name]
        struct.pack_into(form, data, place, value)
    return bytes(data)


def float_wav(signal, *, sr=SR):
    file = io.BytesIO()
    soundfile.write(file, signal, sr, format="WAV", subtype="FLOAT")
    return file.getvalue()


# --- good files


@pytest.mark.parametrize("kind", testing.FILE_KINDS)
@pytest.mark.parametrize("sr", [16_000, 48_000])
def test_every_kind_gives_the_same_sine(kind, sr):
    clip = audio.decode(testing.encode(testing.sine(1.0, sr=sr, frequency=440, amplitude=0.5), sr=sr, kind=kind))
    assert clip.sr == SR
    assert clip.signal.dtype == np.float32
    assert clip.signal.ndim == 1
    assert clip.duration == pytest.approx(1.0, abs=LOSSY_DELAY_S)
    middle = clip.signal[4000:12000]
    assert peak_frequency(middle, SR) == pytest.approx(440, abs=2)
    assert audio.level_db(middle) == pytest.approx(-9.03, abs=0.3)


@pytest.mark.parametrize("kind", ["wav", "flac", "aiff", "au", "caf"])
def test_lossless_kinds_keep_every_sample(kind):
    signal = testing.speechlike(0.5)
    decoded = audio.decode(testing.encode(signal, sr=SR, kind=kind)).signal
    np.testing.assert_allclose(decoded, signal, atol=1 / 32768)


@pytest.mark.parametrize("kind", ["mp3", "ogg", "opus"])
def test_lossy_kinds_have_no_seams_between_blocks(kind):
    # soundfile seeks after every read, at which these decoders lost their state: reading in blocks gave clicks.
    data = testing.encode(testing.noise(3.0, sr=48_000), sr=48_000, kind=kind)
    at_once, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    # Another build of the decoder rounds differently; a click would be thousands of times larger.
    np.testing.assert_allclose(audio.decode(data, sr=None).signal, np.clip(at_once, -1, 1), rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "MS_ADPCM"]
)
def test_wav_encodings(subtype):
    file = io.BytesIO()
    soundfile.write(file, testing.sine(0.5, amplitude=0.5), SR, format="WAV", subtype=subtype)
    signal = audio.decode(file.getvalue()).signal
    assert audio.level_db(signal[:8000]) == pytest.approx(-9.03, abs=0.3)


def test_channels_are_averaged():
    left = testing.sine(0.5, amplitude=0.8)
    stereo = np.stack([left, 0.5 * left], axis=1)
    clip = audio.decode(testing.encode(stereo, sr=SR))
    np.testing.assert_allclose(clip.signal, 0.75 * left, atol=1 / 16384)
    assert (clip.source_sr, clip.source_channels) == (SR, 2)


def test_sampling_rate_of_the_file_is_kept_on_request():
    clip = audio.decode(testing.encode(testing.sine(0.5, sr=44_100), sr=44_100), sr=None)
    assert clip.sr == clip.source_sr == 44_100
    assert len(clip.signal) == 22_050


def test_path_str_and_bytes_are_alike(tmp_path):
    path = testing.write_wav(tmp_path / "clip.wav", testing.speechlike(0.5))
    signals = [audio.decode(source).signal for source in (path, str(path), path.read_bytes())]
    np.testing.assert_array_equal(signals[0], signals[1])
    np.testing.assert_array_equal(signals[0], signals[2])


def test_the_name_of_a_file_proves_nothing(tmp_path):
    path = tmp_path / "really-mp3.wav"
    path.write_bytes(testing.encode(testing.sine(1.0), kind="mp3"))
    assert audio.decode(path).duration == pytest.approx(1.0, abs=LOSSY_DELAY_S)


def test_16_bit_audio_survives_a_round_trip_bit_for_bit():
    first = audio.encode_wav(testing.noise(0.2), sr=SR)
    assert audio.encode_wav(audio.decode(first).signal, sr=SR) == first


def test_encode_wav_clips_and_is_read_by_others():
    samples, sr = soundfile.read(io.BytesIO(audio.encode_wav(np.array([2.0, -2.0, 0.5]), sr=8000)), dtype="int16")
    assert sr == 8000
    assert samples.tolist() == [32767, -32768, 16384]


def test_sha256_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "clip"
    path.write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert audio.sha256(b"abc") == audio.sha256(path) == audio.sha256(str(path)) == expected


# --- odd but usable files


@pytest.mark.parametrize(
    "changed",
    [
        {"riff_size": 36 + 32_000 + 8},  # audio-recorder-streamlit
        {"riff_size": 0, "data_size": 0},  # writers that stream and never return to the header
        {"riff_size": 0xFFFFFFFF, "data_size": 0xFFFFFFFF},
        {"data_size": 10**9},
    ],
)
def test_wrong_sizes_in_a_wav_header_are_tolerated(changed):
    np.testing.assert_array_equal(audio.decode(wav(**changed)).signal, audio.decode(wav()).signal)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "webm", "aac"])
def test_a_file_cut_off_gives_what_there_is(kind):
    data = testing.encode(testing.noise(2.0), kind=kind)
    whole, part = audio.decode(data), audio.decode(data[: int(0.7 * len(data))])
    assert 0.3 * whole.duration < part.duration < 0.9 * whole.duration


def test_samples_that_are_no_number_become_zero():
    signal = testing.sine(0.5)
    signal[[10, 20, 30]] = np.nan, np.inf, -np.inf
    decoded = audio.decode(float_wav(signal)).signal
    assert decoded[[10, 20, 30]].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(decoded[31:], signal[31:])


def test_slight_overshoot_is_clipped():
    decoded = audio.decode(float_wav(np.float32(2.4) * testing.sine(0.5))).signal
    assert np.abs(decoded).max() == 1.0
    assert np.abs(decoded[:5]).max() < 1.0


def test_integers_written_as_floats_are_scaled():
    signal = testing.sine(0.5, amplitude=0.5)
    decoded = audio.decode(float_wav(signal * 32768)).signal
    np.testing.assert_allclose(decoded, signal / np.abs(signal).max(), atol=1e-6)


def test_clipping_is_measured_before_resampling():
    clipped = np.clip(testing.sine(1.0, sr=48_000, amplitude=2.0), -1, 1)
    clip = audio.decode(testing.encode(clipped, sr=48_000))
    assert clip.clipped_fraction == pytest.approx(2 / 3, abs=0.02)  # |sin| > 1/2 for two thirds of a period.


# --- bad files


def test_no_bytes():
    with pytest.raises(EmptyAudioError, match="0 bytes"):
        audio.decode(b"")


@pytest.mark.parametrize("kind", ["wav", "ogg", "aiff"])
def test_a_container_without_samples(kind):
    with pytest.raises(EmptyAudioError, match=r"No sound was recorded.*[Pp]ress record again"):
        audio.decode(testing.encode(testing.silence(0), kind=kind))


def test_less_than_a_sample():
    with pytest.raises(ShortAudioError):
        audio.decode(audio.encode_wav(np.ones(1), sr=48_000), sr=4_000)


@pytest.mark.parametrize("length", [1, 4, 12, 30, 43])
def test_a_broken_wav_header(length):
    with pytest.raises(AudioError):
        audio.decode(wav()[:length])


def test_a_git_lfs_pointer(tmp_path):
    path = tmp_path / "1001_DFA_ANG_XX.wav"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 66000\n")
    with pytest.raises(UnreadableAudioError, match=r"Git-LFS pointer.*git lfs pull"):
        audio.decode(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        (b"PK\x03\x04" + bytes(50), "ZIP"),
        (b"MThd" + bytes(50), "MIDI"),
        (b"  <!doctype html><html>", "web page"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "playlist"),
        ("Guten Tag, schöne Grüße".encode(), "text file"),
        (bytes(1000), "not known"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "AVI"),
    ],
)
def test_what_is_no_audio_is_named(data, said):
    with pytest.raises(UnreadableAudioError, match=rf"not audio but.*{said}.*Choose a WAV") as caught:
        audio.decode(data)
    assert caught.value.advice


@pytest.mark.parametrize("rate", [0, 1, 3_999, 384_001, 2**31 - 1, 2**32 - 1])
def test_an_absurd_sampling_rate(rate):
    with pytest.raises(UnreadableAudioError):
        audio.decode(wav(rate=rate))


@pytest.mark.parametrize("channels", [0, 9, 60_000])
def test_absurd_channels(channels):
    with pytest.raises((LargeAudioError, UnreadableAudioError)):
        audio.decode(wav(channels=channels))


def test_too_many_channels_say_so():
    with pytest.raises(LargeAudioError, match=r"12 channels, at most 8"):
        audio.decode(testing.encode(np.zeros((1000, 12)), sr=SR))


def test_too_long_stops_at_the_limit():
    # Ten minutes pack into some kilobytes; decoded whole they would be 37 MB of samples alone.
    data = testing.encode(testing.silence(600), kind="flac")
    tracemalloc.start()
    try:
        with pytest.raises(LargeAudioError, match=r"longer than 60 s.*Cut"):
            audio.decode(data)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_the_longest_allowed_is_allowed():
    limits = Limits(max_duration_s=1.0)
    assert audio.decode(wav(testing.sine(1.0)), limits=limits).duration == 1.0
    with pytest.raises(LargeAudioError):
        audio.decode(wav(testing.sine(1.01)), limits=limits)


def test_a_length_claimed_by_the_header_alone_costs_nothing():
    data = bytearray(testing.encode(testing.sine(0.5), kind="flac"))
    data[21] |= 0x0F  # The upper bits of the 36-bit sample count in STREAMINFO: 64 billion samples.
    data[22:26] = b"\xff" * 4
    tracemalloc.start()
    try:
        audio.decode(bytes(data))
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    except AudioError:
        pass
    finally:
        tracemalloc.stop()


def test_too_many_bytes():
    with pytest.raises(LargeAudioError, match="at most 25 MB"):
        audio.decode(bytes(LIMITS.max_bytes + 1))


def test_a_large_file_is_not_even_read(tmp_path):
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.truncate(2**33)  # Sparse: takes no room.
    tracemalloc.start()
    try:
        with pytest.raises(LargeAudioError, match="8192 MB"):
            audio.decode(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["missing.wav", "", "nul\0character.wav", "x" * 5000])
def test_no_such_file(tmp_path, name):
    for read in (audio.decode, audio.sha256):
        with pytest.raises(UnreadableAudioError, match="cannot be read"):
            read(str(tmp_path / name))


@pytest.mark.skipif(sys.platform == "win32", reason="device files")
@pytest.mark.parametrize("read", [audio.decode, audio.sha256])  # The latter read on for ever.
def test_a_device_is_no_file(read):
    with pytest.raises(UnreadableAudioError, match="no regular file"):
        read("/dev/zero")


def test_a_video_without_sound():
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        for part in (frame, None):
            file.mux(stream.encode(part))
    with pytest.raises(UnreadableAudioError, match="no sound track"):
        audio.decode(buffer.getvalue())


def test_wrong_types_are_a_programming_error():
    with pytest.raises(TypeError, match="int"):
        audio.decode(7)
    with pytest.raises(ConfigError):
        audio.decode(wav(), sr=0)


def test_import_brings_no_heavy_module():
    heavy = ("av", "librosa", "scipy", "pandas", "sklearn", "numba", "tensorflow", "streamlit")
    script = f"import sys, ser_core.audio; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.corpus
def test_every_tenth_clip_of_ravdess_is_usable(ravdess_root):
    clips = sorted(path for path in ravdess_root.glob("ravdess/Actor_*/03-01-*") if path.is_file())
    for path in clips[::10]:
        clip = audio.decode(path)
        assert 2.5 < clip.duration < 5.5
        assert audio.require_usable(clip.signal, sr=clip.sr).sound_s > 1.0
