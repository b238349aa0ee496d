"""What a file is, by its first bytes: its name proves nothing.

Only containers listed here reach a decoder. Left to guess, FFmpeg would also open playlists, which can name other
files of the machine, and libsndfile a dozen formats that nobody uploads.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Container:
    """A container that can hold audio.

    Attributes
    ----------
    name : str
        Name as shown to a reader.
    soundfile : bool
        Whether libsndfile reads (some of) it.
    ffmpeg : str or None
        FFmpeg's demuxer for it, None where libsndfile is all there is.
    """

    name: str
    soundfile: bool
    ffmpeg: str | None


WAV = Container("WAV", True, "wav")
RF64 = Container("RF64", True, "wav")
W64 = Container("Wave64", True, "w64")
FLAC = Container("FLAC", True, "flac")
OGG = Container("Ogg", True, "ogg")
MP3 = Container("MP3", True, "mp3")
AIFF = Container("AIFF", True, "aiff")
CAF = Container("CAF", True, "caf")
AU = Container("AU", True, "au")
MP4 = Container("MP4", False, "mov")
WEBM = Container("WebM", False, "matroska")
AAC = Container("AAC", False, "aac")
AMR = Container("AMR", False, "amr")
WMA = Container("WMA", False, "asf")

_STARTS = (
    (b"RF64", RF64),
    (b"BW64", RF64),
    (b"riff\x2e\x91\xcf\x11", W64),
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"ID3", MP3),
    (b"caff", CAF),
    (b".snd", AU),
    (b"\x1a\x45\xdf\xa3", WEBM),
    (b"#!AMR", AMR),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", WMA),
)

_NOT_AUDIO = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
    (b"#EXTM3U", "a playlist, which only names other files"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"<!DOCTYPE", "a web page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
)

_LFS_POINTER = b"version https://git-lfs"


def is_lfs_pointer(data: bytes) -> bool:
    """Whether the bytes are the small text file that Git LFS leaves in place of the real one."""
    return data[:64].startswith(_LFS_POINTER)


def container(data: bytes) -> Container | None:
    """The audio container that the bytes begin with, None if it is none that is read.

    Examples
    --------
    >>> container(b"fLaC" + bytes(40)).name
    'FLAC'
    >>> container(b"Dear Sir") is None
    True
    """
    for start, found in _STARTS:
        if data.startswith(start):
            return found
    form = data[8:12]
    if data[:4] in (b"RIFF", b"RIFX") and form == b"WAVE":
        return WAV
    if data[:4] == b"FORM" and form in (b"AIFF", b"AIFC"):
        return AIFF
    if data[4:8] == b"ftyp":
        return MP4
    return _mpeg_audio(data)


def _mpeg_audio(data: bytes) -> Container | None:
    """A bare MPEG audio stream by its 11 sync bits; the two layer bits (ISO 11172-3, 2.4.2.3) are 00 in AAC's ADTS."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    if data[1] & 0xF6 == 0xF0:
        return AAC
    version, layer, bitrate, rate = data[1] >> 3 & 3, data[1] >> 1 & 3, data[2] >> 4, data[2] >> 2 & 3
    return MP3 if version != 1 and layer != 0 and bitrate != 15 and rate != 3 else None


def describe(data: bytes) -> str:
    """What bytes that are no audio seem to be, to complete "This is ...".

    Examples
    --------
    >>> describe(b"%PDF-1.7")
    'a PDF document'
    """
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    for start, name in _NOT_AUDIO:
        if data.startswith(start) or head.startswith(start):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP image"
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return "an AVI video"
    if head and all(byte >= 32 or byte in b"\t\r\n" for byte in data[:512]) and not _is_binary(data[:512]):
        return "a text file"
    return "of a type that is not known here"


def _is_binary(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut through the last character is no sign of binary data.
        return error.start < len(head) - 4
    return False
