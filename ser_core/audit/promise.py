"""What an audio file promises to hold, read from its own header.

Decoders hide a missing end: libsndfile gives the length of a WAV as what is left of it, and every decoder stops
without a word where an Ogg stream breaks off.
"""

import struct
from collections.abc import Iterator

_RIFF = {b"RIFF": "<", b"RIFX": ">"}
#: Sizes from here on are the marks of a writer that did not know them: 0xFFFFFFFF, 0x7FFFFFFF less a header, ...
_UNKNOWN_SIZE = 0x7FFF_0000
_OGG_HEADER = 27
_OGG_END = 4
#: Frames per second of the first MPEG frame follow from these (ISO 11172-3, 2.4.2.3; rows: MPEG 2.5, -, 2, 1).
_MP3_RATES = ((11025, 12000, 8000), None, (22050, 24000, 16000), (44100, 48000, 32000))
_MP3_SEARCHED = 4096


def promised_s(data: bytes) -> float | None:
    """Length that the header of a WAV, AIFF, FLAC or (with a Xing header) MP3 file promises.

    Parameters
    ----------
    data : bytes
        The whole file, or what is left of it.

    Returns
    -------
    float or None
        Seconds; None where the header says nothing, says it cannot know, or the container is another one.
    """
    readers = ((_RIFF, _wav), ((b"FORM",), _aiff), ((b"fLaC",), _flac))
    try:
        for starts, read in readers:
            if data[:4] in starts:
                return read(data)
        return _mp3(data) if data[:3] == b"ID3" or data[:1] == b"\xff" else None
    except (struct.error, ValueError, IndexError, ArithmeticError, TypeError):
        return None


def breaks_off(data: bytes) -> bool:
    """Whether this is an Ogg stream without its end: the last page is cut or does not say that it is the last.

    RFC 3533, section 6: bit 3 of a page's type marks the end of its stream.
    """
    if data[:4] != b"OggS":
        return False
    last = data.rfind(b"OggS")
    if len(data) < last + _OGG_HEADER:
        return True
    segments = data[last + 26]
    table = data[last + _OGG_HEADER : last + _OGG_HEADER + segments]
    whole = last + _OGG_HEADER + segments + sum(table) <= len(data)
    return not (whole and len(table) == segments and data[last + 5] & _OGG_END)


def _chunks(data: bytes, order: str) -> Iterator[tuple[bytes, int, int]]:
    """(name, place of the content, size as stated) of the chunks of a RIFF or IFF file."""
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from(f"{order}4sI", data, place)
        yield name, place + 8, size
        place += 8 + size + size % 2


def _wav(data: bytes) -> float | None:
    bytes_per_s = None
    for name, place, size in _chunks(data, _RIFF[data[:4]]):
        if name == b"fmt ":
            bytes_per_s = struct.unpack_from(f"{_RIFF[data[:4]]}I", data, place + 8)[0]
        if name == b"data":
            return size / bytes_per_s if 0 < size < _UNKNOWN_SIZE and bytes_per_s else None
    return None


def _aiff(data: bytes) -> float | None:
    for name, place, _ in _chunks(data, ">"):
        if name == b"COMM":
            frames, exponent, mantissa = struct.unpack_from(">2xI2xHQ", data, place)
            # The rate is an 80-bit float: 15 bits of exponent, 64 of mantissa.
            return frames / (mantissa * 2.0 ** ((exponent & 0x7FFF) - 16446)) if frames else None
    return None


def _flac(data: bytes) -> float | None:
    """RFC 9639, section 8.2: 20 bits of sampling rate and, 8 bits later, 36 bits of the number of samples."""
    packed = int.from_bytes(data[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate if samples else None


def _mp3(data: bytes) -> float | None:
    """From the number of frames that encoders of variable bit rate, and LAME always, put into the first frame."""
    start = 0
    if data[:3] == b"ID3":
        a, b, c, d = data[6:10]
        start = 10 + (a << 21 | b << 14 | c << 7 | d)
    head = data[start : start + _MP3_SEARCHED]
    tag = next((place for name in (b"Xing", b"Info") if (place := head.find(name)) > 0), None)
    if tag is None or head[0] != 0xFF:
        return None
    flags, frames = struct.unpack_from(">II", head, tag + 4)
    version, rate = head[1] >> 3 & 3, head[2] >> 2 & 3
    samples = 1152 if version == 3 else 576
    return frames * samples / _MP3_RATES[version][rate] if flags & 1 and frames else None
