"""Plain Opus files: as libsndfile decodes them, and left to it where they are not plain."""

import io

import numpy as np
import pytest
import soundfile

from ser_core.audio import decode, opus
from ser_core.errors import LargeAudioError
from ser_core.settings import Limits
from ser_core.testing import speechlike

pytestmark = pytest.mark.skipif(opus._library() is None, reason="PyAV of this system brings no libopus")


def encoded(*, sr=16_000, seconds=1.3, channels=1, **options):
    signal = speechlike(seconds, sr=sr, f0=150, seed=1)
    file = io.BytesIO()
    soundfile.write(file, np.stack([signal] * channels, axis=1), sr, format="OGG", subtype="OPUS", **options)
    return file.getvalue()


def by_libsndfile(data):
    return soundfile.read(io.BytesIO(data), dtype="float32")[0]


def plain(data):
    return opus.read_plain(data, max_duration_s=60.0)


@pytest.mark.parametrize("sr", [8000, 12_000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("compression_level", [0.0, 0.9])
def test_equals_libsndfile_at_every_rate_and_quality(sr, compression_level):
    data = encoded(sr=sr, compression_level=compression_level)
    signal, found_sr = plain(data)
    assert found_sr == sr and signal.dtype == np.float32
    np.testing.assert_allclose(signal, by_libsndfile(data), rtol=0, atol=2e-6)


@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.3, 2.5])
def test_has_the_length_that_was_written(seconds):
    assert len(plain(encoded(seconds=seconds))[0]) == round(16_000 * seconds)


def test_decode_uses_it():
    data = encoded()
    assert np.array_equal(decode(data).signal, plain(data)[0])


def test_checksum_is_that_of_ogg():
    # The CRC-32 of the Ogg specification (polynomial 0x04c11db7) of one byte is one step through its table.
    assert opus._checksum(bytes([1])) == 0x04C11DB7


def test_leaves_what_is_not_plain():
    data = encoded()
    vorbis = io.BytesIO()
    soundfile.write(vorbis, speechlike(0.3, sr=16_000), 16_000, format="OGG", subtype="VORBIS")
    for other in (b"", b"OggS", data[:20], data[:-1], data[: len(data) // 2], data + b"x", data + data):
        assert plain(other) is None
    assert plain(vorbis.getvalue()) is None and plain(encoded(channels=2)) is None


def test_leaves_damaged_files():
    data = encoded(seconds=0.3)
    for at in range(0, len(data), 7):
        assert plain(data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]) is None, at


def test_stops_at_the_limit():
    data = encoded(seconds=2.0)
    assert opus.read_plain(data, max_duration_s=1.0) is None
    with pytest.raises(LargeAudioError):
        decode(data, limits=Limits(max_duration_s=1.0))


def test_without_the_library_libsndfile_decodes(monkeypatch):
    data = encoded()
    monkeypatch.setattr(opus, "_library", lambda: None)
    assert np.array_equal(decode(data).signal, by_libsndfile(data))
