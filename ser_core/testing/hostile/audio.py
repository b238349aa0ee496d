"""Audio files that are not what they claim: changed headers, cut streams, absurd formats, noise behind a signature."""

import functools
import struct

import numpy as np

from ser_core.testing.files import FILE_KINDS, encode
from ser_core.testing.hostile.claims import CLAIMS
from ser_core.testing.signals import noise, speechlike

_HEADER_BYTES = 256
_SIGNATURES = (
    *(
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
        b"RIFX\0\0\0\x24WAVE",
        b"RF64\xff\xff\xff\xffWAVEds64",
        b"riff\x2e\x91\xcf\x11",
    ),
    *(b"fLaC\0\0\0\x22", b"OggS\0\x02", b"ID3\x04\0\0", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"#!AMR\n"),
    *(b"FORM\0\0\0\0AIFFCOMM", b"FORM\0\0\0\0AIFCFVER", b"caff\0\x01\0\0desc", b".snd\0\0\0\x18", b"#!AMR-WB\n"),
    *(b"\0\0\0\x18ftypmp42", b"\0\0\0\x18ftypM4A ", b"\x1a\x45\xdf\xa3\x01\0\0\0", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
)
# Values at which sizes, counts and signs turn over.
_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


@functools.cache
def _valid(kind: str, variant: int) -> bytes:
    """A valid file to start from."""
    if variant == 2 and kind not in ("mp3", "opus", "webm", "aac"):
        return encode(speechlike(0.5, sr=48_000, f0=200.0, seed=1), sr=48_000, kind=kind)
    if variant == 1:
        stereo = np.stack([speechlike(0.6, f0=120.0, seed=2), noise(0.6, seed=2)], axis=1)
        return encode(stereo, kind=kind)
    return encode(speechlike(1.0, f0=150.0, seed=0), kind=kind)


def _any(rng: np.random.Generator) -> bytearray:
    return bytearray(_valid(FILE_KINDS[int(rng.integers(len(FILE_KINDS)))], int(rng.integers(3))))


def _change(data: bytearray, rng: np.random.Generator, *, within: int) -> bytes:
    """One to eight changes: bits turned over, bytes drawn anew, words at their edges."""
    for _ in range(int(rng.integers(1, 9))):
        at = int(rng.integers(min(within, len(data))))
        way = int(rng.integers(4))
        if way == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif way == 1:
            data[at] = int(rng.integers(256))
        else:
            form = (("<I", ">I", "<H", ">H", "<Q", ">Q") if way == 2 else ("<I", ">I"))[int(rng.integers(2))]
            edge = _EDGES[int(rng.integers(len(_EDGES)))]
            word = struct.pack(form, edge % (1 << 8 * struct.calcsize(form)))
            data[at : at + len(word)] = word
    return bytes(data)


def _header(rng: np.random.Generator) -> bytes:
    return _change(_any(rng), rng, within=_HEADER_BYTES)


def _anywhere(rng: np.random.Generator) -> bytes:
    data = _any(rng)
    return _change(data, rng, within=len(data))


def _truncated(rng: np.random.Generator) -> bytes:
    data = _any(rng)
    end = int(rng.integers(min(_HEADER_BYTES, len(data)) if rng.random() < 0.5 else len(data)))
    return bytes(data[:end])


def _spliced(rng: np.random.Generator) -> bytes:
    """A stretch left out, doubled or put elsewhere."""
    data = _any(rng)
    a, b, at = sorted(int(i) for i in rng.integers(len(data), size=3))
    way = int(rng.integers(3))
    if way == 0:
        return bytes(data[:a] + data[b:])
    return bytes(data[:b] + data[a:b] * (1 if way == 1 else 20) + data[b:])[: 2**20] if a < at else bytes(data[at:])


def _joined(rng: np.random.Generator) -> bytes:
    """The start of one file before another: rates, channels and codecs change on the way."""
    first, second = _any(rng), _any(rng)
    return bytes(first[: int(rng.integers(1, len(first) + 1))] + second)


def _random(rng: np.random.Generator) -> bytes:
    start = _SIGNATURES[int(rng.integers(len(_SIGNATURES)))] if rng.random() < 0.8 else b""
    return start + rng.bytes(int(2 ** rng.uniform(0, 15)))


def _repeated(rng: np.random.Generator) -> bytes:
    """A signature and then one short pattern for long: parsers that look for the next frame look long."""
    start = _SIGNATURES[int(rng.integers(len(_SIGNATURES)))]
    pattern = (bytes(1), b"\xff", b"\xff\xfb", b"\xff\xf1", b"OggS", start, rng.bytes(3))[int(rng.integers(7))]
    return start + pattern * (int(2 ** rng.uniform(4, 20)) // len(pattern))


def _claiming(rng: np.random.Generator) -> bytes:
    """A header made for the purpose: rates, channels and sizes that cannot be."""
    return CLAIMS[int(rng.integers(len(CLAIMS)))](rng)


WAYS = {
    "header": _header,
    "header again": _header,
    "header once more": _header,
    "anywhere": _anywhere,
    "truncated": _truncated,
    "spliced": _spliced,
    "joined": _joined,
    "random": _random,
    "repeated": _repeated,
    "claiming": _claiming,
    "claiming again": _claiming,
}
