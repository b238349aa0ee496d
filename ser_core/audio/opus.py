"""Plain Ogg Opus files by libopus itself: what libsndfile gives but for rounding (1e-7), in half the time.

PyAV's packages bring a libopus that is built for today's processors, libsndfile's do not. A file that is anything but
plain (RFC 7845: one stream from its start to its end, mono, no gain, nothing missing) is left to libsndfile, and so is
every file where that library is not found.
"""

import ctypes
import importlib.util
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np

_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
# Granule positions count at 48 kHz whatever the rate.
_GRANULES_HZ = 48_000
# A packet holds at most 120 ms.
_LONGEST_S = 0.12
_PAGE = struct.Struct("<4sBBqIIIB")
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_HEAD = struct.Struct("<8sBBHIhB")
_MIRRORED = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))


class _NotPlainError(ValueError):
    """A file that is left to libsndfile."""


def read_plain(data: bytes, *, max_duration_s: float) -> tuple[np.ndarray, int] | None:
    """Decode a plain Ogg Opus file.

    Parameters
    ----------
    data : bytes
        The encoded file.
    max_duration_s : float
        Longest that is decoded here, seconds.

    Returns
    -------
    tuple or None
        Samples (float32 [shape=(t,)], at least one) and sampling rate, Hz; None for any other file.
    """
    library = _library()
    if library is None or data[28:36] != b"OpusHead":
        return None
    try:
        return _decode(library, data, max_duration_s=max_duration_s)
    except _NotPlainError:
        return None


def _decode(library: ctypes.CDLL, data: bytes, *, max_duration_s: float) -> tuple[np.ndarray, int]:
    pages = _pages(data)
    sr, skip = _header(next(pages)[1])
    _require(next(pages)[1][0][:8] == b"OpusTags")
    per_sample = _GRANULES_HZ // sr
    longest = int(_LONGEST_S * sr)
    out = np.empty(int(max_duration_s * sr) + skip + longest, dtype=np.float32)
    place = out.ctypes.data
    error = ctypes.c_int()
    decoder = library.opus_decoder_create(sr, 1, ctypes.byref(error))
    _require(bool(decoder))
    try:
        n, end = 0, 0
        for granule, packets, last in pages:
            for packet in packets:
                _require(n + longest <= len(out))
                done = library.opus_decode_float(decoder, packet, len(packet), place + 4 * n, longest, 0)
                _require(done > 0)
                n += done
            # Only the last page may say that fewer samples count than its packets hold.
            _require(granule == n * per_sample or (last and end < granule < n * per_sample))
            end = granule
    finally:
        library.opus_decoder_destroy(decoder)
    stop = end // per_sample
    _require(stop > skip)
    return out[skip:stop].copy(), sr


def _header(packets: list[bytes]) -> tuple[int, int]:
    """Sampling rate, Hz, and samples to leave out at the start."""
    _require(len(packets) == 1 and len(packets[0]) == _HEAD.size)
    _, version, channels, skip, sr, gain, mapping = _HEAD.unpack(packets[0])
    _require(version == 1 and channels == 1 and gain == 0 and mapping == 0 and sr in _RATES)
    _require(skip % (_GRANULES_HZ // sr) == 0)
    return sr, skip // (_GRANULES_HZ // sr)


def _pages(data: bytes) -> Iterator[tuple[int, list[bytes], bool]]:
    """Granule position and packets of each page, and whether it is the last; all of them whole and in order."""
    at, number, stream, ended = 0, 0, None, False
    while not ended:
        _require(at + _PAGE.size < len(data))
        magic, version, flags, granule, serial, sequence, checksum, n_segments = _PAGE.unpack_from(data, at)
        first = at + _PAGE.size + n_segments
        lengths = data[at + _PAGE.size : first]
        stop = first + sum(lengths)
        stream = serial if stream is None else stream
        ended = bool(flags & _LAST)
        _require(magic == b"OggS" and version == 0 and serial == stream and sequence == number and stop <= len(data))
        _require(not flags & _CONTINUED and bool(flags & _FIRST) == (number == 0) and granule >= 0)
        _require(n_segments > 0 and lengths[-1] < 255)  # No packet goes on in the next page.
        _require(_checksum(data[at : at + 22] + bytes(4) + data[at + 26 : stop]) == checksum)
        # A packet is a run of segments of 255 bytes and a shorter one.
        ends = [first + end for end, length in zip(accumulate(lengths), lengths, strict=True) if length < 255]
        yield granule, [data[a:b] for a, b in zip([first, *ends], ends, strict=False)], ended
        at, number = stop, number + 1
    _require(at == len(data))


def _checksum(page: bytes) -> int:
    """Ogg's CRC: that of zlib with the bits of each byte and of the result in the other order, and no inversions."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")


def _require(plain: bool) -> None:
    if not plain:
        raise _NotPlainError


@cache
def _library() -> ctypes.CDLL | None:
    """The libopus in PyAV's package; None where there is none."""
    spec = importlib.util.find_spec("av")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    for folder in (package.parent / "av.libs", package / ".dylibs"):
        for file in sorted(folder.glob("*opus*")):
            try:
                library = ctypes.CDLL(str(file))
                library.opus_decoder_create.restype = ctypes.c_void_p
                library.opus_decoder_create.argtypes = [ctypes.c_int32, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
                library.opus_decode_float.restype = ctypes.c_int
                library.opus_decode_float.argtypes = [
                    ctypes.c_void_p,
                    ctypes.c_char_p,
                    ctypes.c_int32,
                    ctypes.c_void_p,
                    ctypes.c_int,
                    ctypes.c_int,
                ]
                library.opus_decoder_destroy.restype = None
                library.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
            except (OSError, AttributeError):
                continue
            return library
    return None
