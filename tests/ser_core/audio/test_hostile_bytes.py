"""Whatever the bytes, decoding gives a valid signal or an `AudioError`."""

import functools
import io
import struct
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ser_core import audio, testing
from ser_core.audio import sniffing
from ser_core.errors import AudioError

STARTS = (
    b"",
    b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00",
    b"RIFF\xff\xff\xff\xffWAVE",
    b"RF64",
    b"fLaC\x00\x00\x00\x22",
    b"OggS\x00\x02",
    b"ID3\x04\x00\x00",
    b"\xff\xfb\x90\x64",
    b"\xff\xf1\x50\x80",
    b"FORM\x00\x00\x00\x00AIFFCOMM",
    b"caff\x00\x01\x00\x00desc",
    b".snd\x00\x00\x00\x18",
    b"\x00\x00\x00\x18ftypmp42",
    b"\x1a\x45\xdf\xa3\x01\x00\x00\x00",
    b"#!AMR\n",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    b"riff\x2e\x91\xcf\x11",
)


def assert_signal_or_error(data: bytes):
    try:
        clip = audio.decode(data)
    except AudioError as error:
        assert error.message
        assert error.advice
        return
    signal = clip.signal
    assert signal.dtype == np.float32
    assert signal.ndim == 1
    assert signal.size
    assert np.isfinite(signal).all()
    assert np.abs(signal).max() <= 1.0
    assert clip.sr == audio.SAMPLING_RATE
    assert np.isfinite(list(vars(audio.quality(signal, sr=clip.sr)).values())).all()


@functools.cache
def valid(kind: str) -> bytes:
    return testing.encode(testing.speechlike(0.3, sr=16_000), sr=16_000, kind=kind)


@settings(max_examples=200)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
@example(start=b"", rest=b"\xff")
def test_random_bytes(start, rest):
    assert_signal_or_error(start + rest)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "opus", "mp3", "aiff", "m4a", "webm"])
@settings(max_examples=40)
@given(edits=st.lists(st.tuples(st.integers(0, 200), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4))
def test_changed_headers(kind, edits):
    data = bytearray(valid(kind))
    for place, new in edits:
        data[place : place + len(new)] = new
    assert_signal_or_error(bytes(data))


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "m4a"])
@settings(max_examples=30)
@given(share=st.floats(0, 1), cut=st.integers(0, 40))
def test_truncated_and_shortened_files(kind, share, cut):
    data = valid(kind)
    end = int(share * len(data))
    assert_signal_or_error(data[:end])
    assert_signal_or_error(data[:end] + data[end + cut :])


def test_lists_that_claim_more_than_there_is_cost_no_time():
    nested = struct.pack("<4sI4s", b"RIFF", 2**31, b"WAVE") + struct.pack("<4sI4s", b"LIST", 2**31, b"INFO") * 12_000
    start = time.process_time()
    with pytest.raises(AudioError):
        audio.decode(nested)  # FFmpeg took 5 s and 1.4 GB.
    assert time.process_time() - start < 1.0


def test_a_wav_that_only_ffmpeg_reads_keeps_its_words():
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="wav") as file:
        file.metadata["title"] = "a voice"
        stream = file.add_stream("adpcm_swf", rate=22_050, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 22_050), np.int16), format="s16p", layout="mono")
        frame.sample_rate = 22_050
        for part in (frame, None):
            file.mux(stream.encode(part))
    assert b"LIST" in buffer.getvalue()
    assert audio.decode(buffer.getvalue()).duration == pytest.approx(1.0, abs=0.2)


@given(data=st.binary(max_size=64))
def test_sniffing_never_fails(data):
    found = sniffing.container(data)
    assert found is None or found.soundfile or found.ffmpeg
    assert sniffing.describe(data)
