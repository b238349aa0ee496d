"""Listening to every clip: every form of audio passes, every fault is told."""

import numpy as np
import pytest
import soundfile

from ser_core.corpora.own import Definition, read
from ser_core.corpora.own.check import check_audio
from ser_core.errors import CancelledError
from ser_core.progress import Progress
from ser_core.testing import FILE_KINDS, encode

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


def check(folder, **options):
    reading = read(Definition("mine", folder))
    return {f.file: f.kind for f in check_audio(reading, base=folder, **options)}


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_sample_format_passes(place, voice, subtype, channels):
    folder = place("angry/a.wav")
    soundfile.write(folder / "angry/b.wav", np.stack([voice] * channels, axis=1), 16_000, subtype=subtype)
    assert check(folder) == {}


@pytest.mark.parametrize("sr", [8_000, 11_025, 22_050, 44_100, 96_000, 192_000])
def test_every_sampling_rate_passes(place, voice, sr):
    folder = place("angry/a.wav")
    soundfile.write(folder / "angry/b.wav", np.resize(voice, sr), sr)
    assert check(folder) == {}


def test_every_kind_of_file_passes(place, voice):
    folder = place("angry/a.wav")
    for kind in FILE_KINDS:
        (folder / f"angry/as {kind}.{kind}").write_bytes(encode(voice, sr=16_000, kind=kind))
    assert check(folder) == {}


def test_every_fault_is_told(place, voice, tmp_path):
    folder = place("angry/good.wav")
    silence = np.zeros(16_000, dtype=np.float32)
    files = {
        "bytes": b"",
        "header": encode(silence[:0], sr=16_000),
        "pointer": POINTER,
        "text": b"no audio at all, but words",
        "silent": encode(silence, sr=16_000),
        "short": encode(voice[:1000], sr=16_000),
        "long": encode(np.resize(voice, 61 * 8_000), sr=8_000),
        "broken": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100),
    }
    for name, content in files.items():
        (folder / f"angry/{name}.wav").write_bytes(content)
    assert check(folder) == {
        "angry/bytes.wav": "empty-audio",
        "angry/header.wav": "empty-audio",
        "angry/pointer.wav": "lfs-pointer",
        "angry/text.wav": "unreadable-audio",
        "angry/silent.wav": "silent",
        "angry/short.wav": "too-short",
        "angry/long.wav": "too-large",
        "angry/broken.wav": "unreadable-audio",
    }


def test_rows_are_told(place, table):
    folder = place("a.wav", "c.wav")
    (folder / "b.wav").write_bytes(POINTER)
    file = table("file,label\na.wav,sad\nb.wav,sad\nc.wav,sad\n")
    reading = read(Definition("mine", folder, table=file, columns={"path": "file", "emotion": "label"}))
    (finding,) = check_audio(reading, base=folder)
    assert (finding.row, finding.file, finding.kind) == (3, "b.wav", "lfs-pointer")


def test_progress_and_cancel(place):
    folder = place(*(f"angry/{i}.wav" for i in range(9)))
    reports: list[Progress] = []
    assert check(folder, progress=reports.append) == {}
    assert (reports[-1].done, reports[-1].total, reports[-1].unit) == (9, 9, "clips")
    with pytest.raises(CancelledError):
        check(folder, cancel=lambda: True)
