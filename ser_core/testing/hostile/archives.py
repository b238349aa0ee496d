"""Zip files made to write elsewhere, to fill the disk or to trip whoever unpacks them.

Written byte by byte (APPNOTE.TXT 6.3.10), for zipfile would set right what is to be wrong.
"""

import functools
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from ser_core.testing.files import encode
from ser_core.testing.hostile import names
from ser_core.testing.signals import speechlike

_BOMB_BYTES = 48 << 20
_STORED, _DEFLATED = 0, 8
_LINK, _DEVICE, _PIPE = 0o120777 << 16, 0o020666 << 16, 0o010666 << 16


@dataclass
class Entry:
    """One entry as it is claimed to be.

    Attributes
    ----------
    name : bytes
        As it stands in the archive.
    data : bytes
        As it stands in the archive, packed by `method`.
    size, packed, crc : int or None
        What the headers say; None for the truth.
    method, flags, attributes : int
        Of the headers.
    offset : int or None
        Where the table of contents says that it begins; None for the truth.
    """

    name: bytes
    data: bytes = b""
    size: int | None = None
    packed: int | None = None
    crc: int | None = None
    method: int = _STORED
    flags: int = 0x800
    attributes: int = 0o100644 << 16
    offset: int | None = None


def pack(entries: list[Entry], *, count: int | None = None, directory_bytes: int | None = None) -> bytes:
    """A zip file with just these entries; `count` and `directory_bytes` replace what its end says."""
    body, directory = bytearray(), bytearray()
    for entry in entries:
        packed = len(entry.data) if entry.packed is None else entry.packed
        size = len(entry.data) if entry.size is None else entry.size
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        start = len(body) if entry.offset is None else entry.offset
        common = struct.pack("<HHHHIIIH", entry.flags, entry.method, 0, 33, crc, packed, size, len(entry.name))
        body += struct.pack("<4sH", b"PK\x03\x04", 20) + common + struct.pack("<H", 0) + entry.name + entry.data
        tail = struct.pack("<HHHHII", 0, 0, 0, 0, entry.attributes, start)
        directory += struct.pack("<4sHH", b"PK\x01\x02", 0x314, 20) + common + tail + entry.name
    shown = len(entries) if count is None else count
    length = len(directory) if directory_bytes is None else directory_bytes
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, shown & 0xFFFF, shown & 0xFFFF, length, len(body), 0)
    return bytes(body + directory + end)


@functools.cache
def _clip() -> bytes:
    return encode(speechlike(0.5, f0=150.0, seed=0))


@functools.cache
def _bomb(size: int = _BOMB_BYTES) -> tuple[bytes, int]:
    zeros = bytes(size)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(zeros) + packer.flush(), zlib.crc32(zeros)


def _wav(name: str, **said) -> Entry:
    return Entry(name.encode("utf-8", "surrogatepass"), _clip(), **said)


def _hostile_names(rng: np.random.Generator) -> bytes:
    """Clips under names that lead elsewhere or are none."""
    drawn = [names.WAYS[way](rng) for way in ("plain", "joined", "ended", "drawn")]
    return pack([_wav(f"{name}.wav") for name in drawn] + [_wav("good.wav")])


def _foreign_bytes(rng: np.random.Generator) -> bytes:
    """Names in no encoding, said to be UTF-8 or not."""
    flags = 0x800 if rng.random() < 0.5 else 0
    entries = [Entry(rng.bytes(int(rng.integers(1, 60))) + b".wav", _clip(), flags=flags) for _ in range(3)]
    return pack(entries)


def _ratio_bomb(rng: np.random.Generator) -> bytes:
    data, crc = _bomb()
    return pack([Entry(b"bomb.wav", data, size=_BOMB_BYTES, crc=crc, method=_DEFLATED)] * int(rng.integers(1, 50)))


def _overlapping_bomb(rng: np.random.Generator) -> bytes:
    """Many entries that share the same bytes."""
    data, crc = _bomb(1 << 20)
    count = int(rng.integers(10, 2_000))
    said = {"size": 1 << 20, "packed": len(data), "crc": crc, "method": _DEFLATED, "offset": 0}
    return pack([Entry(b"000000.wav", data, **said), *(Entry(b"%06d.wav" % i, **said) for i in range(1, count))])


def _liar(rng: np.random.Generator) -> bytes:
    """Declares little, unpacks to much."""
    data, crc = _bomb()
    said = (0, 1, 100, 2**20)[int(rng.integers(4))]
    return pack([Entry(b"small.wav", data, size=said, crc=crc, method=_DEFLATED)])


def _nested(rng: np.random.Generator) -> bytes:
    inner = _ratio_bomb(rng)
    for depth in range(int(rng.integers(1, 6))):
        inner = pack([Entry(b"inner%d.zip" % depth, inner), Entry(b"inner%d.wav" % depth, inner[: 1 << 20])])
    return inner


def _no_plain_files(rng: np.random.Generator) -> bytes:
    """Links, devices and pipes, and a file to be written through the link."""
    kind = (_LINK, _DEVICE, _PIPE)[int(rng.integers(3))]
    where = (b"/etc", b"../..", b"/tmp", b"/dev/zero")[int(rng.integers(4))]
    return pack([Entry(b"door.wav", where, attributes=kind), Entry(b"door.wav/through.wav", _clip())])


def _locked(rng: np.random.Generator) -> bytes:
    """Encrypted, or packed as few readers know."""
    method = int((1, 6, 9, 12, 14, 93, 95, 98, 99, 65_535)[int(rng.integers(10))])
    return pack([_wav("a.wav", flags=0x801), _wav("b.wav", method=method)])


def _crowd(rng: np.random.Generator) -> bytes:
    """More entries than are held in memory, or than there are."""
    if rng.random() < 0.5:
        return pack([_wav("a.wav")], count=int(rng.integers(2, 2**16)), directory_bytes=int(rng.integers(2**32)))
    return pack([Entry(b"%d.wav" % i, b"RIFF") for i in range(int(rng.integers(500, 1_500)))])


def _twins(rng: np.random.Generator) -> bytes:
    """The same name twice, in other letters, or below itself."""
    second = ("clip.wav", "CLIP.WAV", "clip.wav/clip.wav", "ｃｌｉｐ.wav", "clip.wav.")[int(rng.integers(5))]
    return pack([_wav("clip.wav"), _wav(second), _wav("ﬁ.wav"), _wav("fi.wav")])


def _changed(rng: np.random.Generator) -> bytes:
    """A good archive with changed bytes, mostly where it is described."""
    data = bytearray(pack([_wav("anger/a.wav"), _wav("joy/b.wav"), Entry(b"read.me", b"text")]))
    for _ in range(int(rng.integers(1, 10))):
        at = int(rng.integers(len(data))) if rng.random() < 0.3 else len(data) - 1 - int(rng.integers(260))
        data[at] = int(rng.integers(256))
    return bytes(data)


def _cut(rng: np.random.Generator) -> bytes:
    data = pack([_wav("anger/a.wav"), _wav("joy/b.wav")])
    start = int(rng.integers(200)) if rng.random() < 0.3 else 0
    return data[start : int(rng.integers(len(data)))]


def _noise(rng: np.random.Generator) -> bytes:
    start = (b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"PK\x06\x06", b"")[int(rng.integers(4))]
    return start + rng.bytes(int(2 ** rng.uniform(0, 14))) + (b"PK\x05\x06" + rng.bytes(18)) * int(rng.integers(3))


WAYS = {
    "names": _hostile_names,
    "foreign bytes": _foreign_bytes,
    "bomb by ratio": _ratio_bomb,
    "bomb by overlap": _overlapping_bomb,
    "false size": _liar,
    "nested": _nested,
    "no plain files": _no_plain_files,
    "locked": _locked,
    "crowd": _crowd,
    "twins": _twins,
    "changed": _changed,
    "cut": _cut,
    "noise": _noise,
}
