import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.audit.promise import breaks_off, promised_s
from ser_core.testing import encode, speechlike

SR = 16_000
SPEECH = speechlike(2.0, sr=SR)


@pytest.mark.parametrize(("kind", "slack"), [("wav", 1e-6), ("flac", 1e-6), ("aiff", 1e-6), ("mp3", 0.1)])
def test_a_header_promises_the_length_whatever_is_left_of_the_file(kind, slack):
    data = encode(SPEECH, sr=SR, kind=kind)
    assert promised_s(data) == pytest.approx(2.0, abs=slack)
    assert promised_s(data[: len(data) // 2]) == promised_s(data)


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_an_ogg_stream_that_breaks_off(kind):
    data = encode(SPEECH, sr=SR, kind=kind)
    assert not breaks_off(data)
    assert all(breaks_off(data[:length]) for length in range(8, len(data), len(data) // 40))
    assert promised_s(data) is None


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a"])
def test_only_ogg_has_pages(kind):
    assert not breaks_off(encode(SPEECH, sr=SR, kind=kind)[:500])


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_writer_that_did_not_know_the_size_promised_nothing(size):
    data = bytearray(encode(SPEECH, sr=SR))
    data[40:44] = np.uint32(size).tobytes()
    assert promised_s(bytes(data)) is None


def test_a_size_in_a_chunk_before_the_samples_is_skipped():
    data = encode(SPEECH, sr=SR)
    odd = data[:36] + b"LIST" + np.uint32(3).tobytes() + b"abc\0" + data[36:]
    assert promised_s(odd) == 2.0


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"RIFF1234WAVE", b"FORM1234AIFF", b"fLaC", b"OggS", b"ID3", b"\xff"])
)
def test_no_bytes_are_an_error(data, start):
    promised_s(start + data)
    breaks_off(start + data)


@given(st.data())
def test_no_spoilt_header_is_an_error(data):
    whole = bytearray(
        encode(SPEECH[:2000], sr=SR, kind=data.draw(st.sampled_from(["wav", "flac", "aiff", "mp3", "opus"])))
    )
    for _ in range(4):
        whole[data.draw(st.integers(0, min(99, len(whole) - 1)))] = data.draw(st.integers(0, 255))
    promised_s(bytes(whole))
    breaks_off(bytes(whole))
