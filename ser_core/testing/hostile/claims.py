"""Headers that claim what cannot be: absurd rates, channel counts, sample widths, sizes and lengths.

Fields as in the formats' own descriptions: RIFF (Multimedia Programming Interface 1.0, Microsoft and IBM, 1991), FLAC
(RFC 9639, section 8.2), Ogg (RFC 3533), Opus in Ogg (RFC 7845), Vorbis I (section 4.2.2), AIFF-C (Apple, 1991), CAF
(Apple's Core Audio Format specification), AU (Sun Microsystems), MP4 (ISO/IEC 14496-12).
"""

import functools
import struct

import numpy as np

from ser_core.testing.files import encode
from ser_core.testing.signals import noise

_RATES = (0, 1, 2, 7, 999, 3_999, 4_000, 16_000, 384_000, 384_001, 655_350, 2**31 - 1, 2**31, 2**32 - 1)
_CHANNELS = (0, 1, 2, 8, 9, 64, 255, 256, 1024, 32_767, 65_535)
_WIDTHS = (0, 1, 7, 8, 12, 16, 24, 32, 33, 64, 255, 65_535)
_SIZES = (0, 1, 3, 100, 2**16, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)


def _one(values: tuple, rng: np.random.Generator):
    return values[int(rng.integers(len(values)))]


@functools.cache
def _valid(kind: str) -> bytes:
    return encode(noise(0.4, seed=3), kind=kind)


def _samples(rng: np.random.Generator) -> bytes:
    return rng.bytes(int(rng.integers(0, 20_000)))


def _wav(rng: np.random.Generator) -> bytes:
    codec = _one((0, 1, 1, 1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0xFFFE, 0xFFFF), rng)
    form = struct.pack(
        "<HHIIHH",
        codec,
        _one(_CHANNELS, rng),
        _one(_RATES, rng),
        _one(_SIZES, rng),
        _one((0, 1, 2, 4, 255, 65_535), rng),
        _one(_WIDTHS, rng),
    )
    if codec == 0xFFFE:
        form += struct.pack("<HHI", 22, _one(_WIDTHS, rng), _one(_SIZES, rng)) + rng.bytes(16)
    samples = _samples(rng)
    claimed = _one(_SIZES, rng) if rng.random() < 0.7 else len(samples)
    return b"".join(
        (
            struct.pack("<4sI4s", b"RIFF", _one(_SIZES, rng), b"WAVE"),
            struct.pack("<4sI", b"fmt ", len(form) if rng.random() < 0.8 else _one(_SIZES, rng)),
            form,
            struct.pack("<4sI", b"data", claimed),
            samples,
        )
    )


def _nested_wav(rng: np.random.Generator) -> bytes:
    """Thousands of chunks, lists within lists."""
    chunk = struct.pack("<4sI4s", b"LIST", _one(_SIZES, rng), b"INFO")
    return struct.pack("<4sI4s", b"RIFF", 2**31, b"WAVE") + chunk * int(rng.integers(1, 20_000))


def _flac(rng: np.random.Generator) -> bytes:
    """Another STREAMINFO before real frames."""
    data = bytearray(_valid("flac"))
    rate, channels, width = int(rng.integers(2**20)), int(rng.integers(8)), int(rng.integers(32))
    samples = _one((0, 1, 2**36 - 1, 6_400), rng)
    data[18:26] = (rate << 44 | channels << 41 | width << 36 | samples).to_bytes(8, "big")
    data[8:12] = struct.pack(">HH", _one((0, 1, 15, 16, 65_535), rng), _one((0, 15, 4096, 65_535), rng))
    return bytes(data)


def _au(rng: np.random.Generator) -> bytes:
    fields = (_one((0, 24, 25, 2**31, 2**32 - 1), rng), _one(_SIZES, rng), int(rng.integers(0, 30)))
    return struct.pack(">4s5I", b".snd", *fields, _one(_RATES, rng), _one(_CHANNELS, rng)) + _samples(rng)


def _aiff(rng: np.random.Generator) -> bytes:
    # The rate is an 80-bit float: infinity, NaN and denormals among them.
    rate = _one(
        (b"\x7f\xff" + bytes(8), b"\x7f\xff" + b"\xff" * 8, bytes(10), b"\x40\x0e\xac\x44" + bytes(6), b"\xff" * 10),
        rng,
    )
    common = struct.pack(">HIH", _one(_CHANNELS, rng), _one(_SIZES, rng), _one(_WIDTHS, rng)) + rate
    sound = struct.pack(">4sIII", b"SSND", _one(_SIZES, rng), _one(_SIZES, rng), 0) + _samples(rng)
    return struct.pack(">4sI4s4sI", b"FORM", _one(_SIZES, rng), b"AIFF", b"COMM", 18) + common + sound


def _caf(rng: np.random.Generator) -> bytes:
    rate = _one((0.0, -1.0, float("inf"), float("nan"), 1e300, 16_000.0, 5e-324), rng)
    counts = (_one((0, 1, 2, 65_535, 2**32 - 1), rng), _one((0, 1, 2**32 - 1), rng))
    described = struct.pack(">d4s", rate, b"lpcm") + struct.pack(
        ">5I", int(rng.integers(4)), *counts, _one(_CHANNELS, rng), _one(_WIDTHS, rng)
    )
    size = _one((-1, 0, 2**62, -(2**63), 1000), rng)
    return (
        struct.pack(">4sHH4sq", b"caff", 1, 0, b"desc", 32)
        + described
        + struct.pack(">4sqI", b"data", size, 0)
        + _samples(rng)
    )


def _ogg_page(packet: bytes, *, flags: int, position: int, number: int) -> bytes:
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, 1, number, 0, len(lacing)) + lacing
    page = head + packet
    return page[:22] + struct.pack("<I", _ogg_crc(page)) + page[26:]


def _ogg_crc(page: bytes) -> int:
    """RFC 3533's checksum: polynomial 0x04c11db7, nothing reflected, from 0."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def _opus(rng: np.random.Generator) -> bytes:
    channels, family = _one((0, 1, 2, 9, 255), rng), _one((0, 1, 2, 3, 255), rng)
    head = struct.pack(
        "<8sBBHIhB", b"OpusHead", _one((0, 1, 255), rng), channels, 65_535, _one(_RATES, rng), -1, family
    )
    tags = b"OpusTags" + struct.pack("<I", _one(_SIZES, rng)) + rng.bytes(20)
    pages = [
        _ogg_page(head + rng.bytes(4), flags=2, position=0, number=0),
        _ogg_page(tags, flags=0, position=0, number=1),
    ]
    for number in range(2, 2 + int(rng.integers(6))):
        position = _one((0, 960, 2**62, -1, -(2**63)), rng)
        pages.append(_ogg_page(rng.bytes(int(rng.integers(300))), flags=0, position=position, number=number))
    return b"".join(pages)


def _vorbis(rng: np.random.Generator) -> bytes:
    head = b"\x01vorbis" + struct.pack(
        "<IBIiiiBB", 0, _one((0, 1, 9, 255), rng), _one(_RATES, rng), -1, -1, -1, 0xB8, 1
    )
    setup = b"\x05vorbis" + rng.bytes(200)
    comment = b"\x03vorbis" + struct.pack("<I", _one(_SIZES, rng)) + rng.bytes(30)
    packets = (head, comment, setup, rng.bytes(100))
    return b"".join(_ogg_page(p, flags=2 * (i == 0), position=0, number=i) for i, p in enumerate(packets))


def _mp4(rng: np.random.Generator) -> bytes:
    """A valid file with the size of one box, or the figures of its tables, replaced."""
    data = bytearray(_valid("m4a"))
    box = _one(
        (
            b"moov",
            b"trak",
            b"mdia",
            b"stbl",
            b"stsd",
            b"stts",
            b"stsc",
            b"stsz",
            b"stco",
            b"mdhd",
            b"mp4a",
            b"esds",
            b"mdat",
        ),
        rng,
    )
    at = data.find(box)
    place = at - 4 if rng.random() < 0.4 else at + 4 * int(rng.integers(1, 8))
    data[place : place + 4] = struct.pack(">I", _one(_SIZES, rng))
    return bytes(data)


def _deep_mp4(rng: np.random.Generator) -> bytes:
    """Boxes within boxes."""
    depth = int(rng.integers(10, 5_000))
    boxes = b"".join(struct.pack(">I4s", 8 * (depth - i) + 64, b"moov") for i in range(depth))
    return struct.pack(">I4s4sI", 16, b"ftyp", b"mp42", 0) + boxes


def _webm(rng: np.random.Generator) -> bytes:
    """A valid file with another rate, number of channels or size of an element."""
    data = bytearray(_valid("webm"))
    # SamplingFrequency, Channels, CodecPrivate, Cluster, SimpleBlock: RFC 9559.
    element = _one((b"\xb5\x88", b"\xb5\x84", b"\x9f\x81", b"\x63\xa2", b"\x1f\x43\xb6\x75", b"\xa3"), rng)
    at = max(data.find(element), 0) + len(element)
    value = _one((b"\xff" * 8, bytes(8), struct.pack(">d", float("nan")), struct.pack(">d", 1e300), rng.bytes(8)), rng)
    data[at : at + 8] = value
    return bytes(data)


def _many_channels(rng: np.random.Generator) -> bytes:
    """A valid file at the limits of what is allowed, or just beyond."""
    channels = int(rng.integers(6, 11))
    return encode(np.zeros((2_000, channels), np.float32) + 0.1, sr=_one((384_000, 4_000, 192_000), rng), kind="wav")


CLAIMS = (
    _wav,
    _wav,
    _wav,
    _nested_wav,
    _flac,
    _au,
    _aiff,
    _caf,
    _opus,
    _vorbis,
    _mp4,
    _mp4,
    _deep_mp4,
    _webm,
    _webm,
    _many_channels,
)
