import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ser_core.audio import decode, open_recording
from ser_core.errors import AudioError, EmptyAudioError, LargeAudioError, UnreadableAudioError
from ser_core.settings import RECORDING_LIMITS
from ser_core.testing import encode, speechlike
from ser_core.testing.hostile import make_case

SR = 16_000


def read(source, **settings) -> list[np.ndarray]:
    with open_recording(source, **settings) as recording:
        return list(recording.blocks)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "opus", "m4a", "webm"])
@pytest.mark.parametrize("sr", [16_000, 48_000])
def test_blocks_joined_are_what_decode_gives(kind, sr):
    data = encode(speechlike(3.3, sr=sr, f0=140.0, seed=1), sr=sr, kind=kind)
    whole = decode(data).signal
    blocks = read(data, block_s=0.5)
    assert {len(block) for block in blocks[:-1]} == {SR // 2}
    joined = np.concatenate(blocks)
    assert abs(len(joined) - len(whole)) <= 1
    n = min(len(joined), len(whole))
    np.testing.assert_allclose(joined[:n], whole[:n], atol=1e-4)


def test_a_file_is_read_as_its_bytes_are(tmp_path):
    data = encode(speechlike(1.0, sr=SR, f0=140.0, seed=1))
    path = tmp_path / "voice.wav"
    path.write_bytes(data)
    np.testing.assert_array_equal(np.concatenate(read(path)), np.concatenate(read(data)))
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(1.0)


def test_blocks_come_before_the_file_was_read_to_its_end():
    """Hours must not be decoded before the first answer."""
    data = encode(np.tile(speechlike(1.0, sr=SR, f0=140.0, seed=1), 60), kind="flac")
    cut = data[: len(data) // 2]
    with open_recording(cut, block_s=1.0) as recording:
        assert len(next(recording.blocks)) == SR
        rest = sum(map(len, recording.blocks))
    assert 20 * SR < rest < 40 * SR


def test_what_is_no_recording_is_refused(tmp_path):
    with pytest.raises(EmptyAudioError):
        read(b"")
    with pytest.raises(EmptyAudioError):
        read(encode(np.zeros(0, np.float32)))
    with pytest.raises(UnreadableAudioError, match="text file"):
        read(b"Dear Sir or Madam")
    with pytest.raises(UnreadableAudioError, match="no such file"):
        read(tmp_path / "absent.wav")
    with pytest.raises(UnreadableAudioError, match="no regular file"):
        read(tmp_path)
    with pytest.raises(UnreadableAudioError):
        read("a\0b.wav")


def test_limits_are_kept(tmp_path):
    data = encode(np.zeros(3 * SR, np.float32))
    small = dataclasses.replace(RECORDING_LIMITS, max_duration_s=2.0)
    with pytest.raises(LargeAudioError, match="allowed"):
        read(data, limits=small)
    # A header that claims less than there is: the samples are counted too.
    with pytest.raises(AudioError):
        read(encode(np.zeros(3 * SR, np.float32), kind="aac"), limits=small)
    path = tmp_path / "big.wav"
    path.write_bytes(data)
    with pytest.raises(LargeAudioError, match="GB"):
        read(path, limits=dataclasses.replace(RECORDING_LIMITS, max_bytes=100))


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="Linux's files on processes")
def test_a_file_that_cannot_be_read_is_an_audio_error():
    with pytest.raises(UnreadableAudioError, match="cannot be read"), open_recording("/proc/self/mem"):
        pass


def test_broken_offsets_print_no_traceback(tmp_path, capfd):
    # Decoders seek to where a header says; what a file raised there went to the console.
    aiff = encode(speechlike(0.5, f0=140.0, seed=1), kind="aiff")
    hostile = [make_case(number, seed=0).content for number in (860, 2363, 2440)]
    for content in (aiff[:28], *hostile):
        _open_quietly(tmp_path / "recording", content)
    assert "Traceback" not in capfd.readouterr().err


def _open_quietly(file, content):
    file.write_bytes(content)
    try:
        with open_recording(file) as recording:
            for _ in recording.blocks:
                pass
    except AudioError:
        pass
