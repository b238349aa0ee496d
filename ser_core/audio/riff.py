"""The chunks of a WAV file, looked at before a decoder believes their sizes."""

import struct
from typing import BinaryIO

# Recorders write a handful; a file of nothing else keeps a decoder busy for long.
_MOST_CHUNKS = 1_000


def require_honest_lists(file: BinaryIO) -> None:
    """Refuse a WAV file whose lists of words (``LIST``) claim more bytes than the file has.

    FFmpeg makes room for what such a list claims, for each of them again: 150 kB of nested lists took it 1.4 GB and
    five seconds.

    Parameters
    ----------
    file : binary file
        Of any position; it is left at its start.

    Raises
    ------
    ValueError
        If one does, or there are too many chunks.
    """
    size = file.seek(0, 2)
    file.seek(0)
    order = ">" if file.read(4) == b"RIFX" else "<"
    at = 12
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            file.seek(0)
            return
        tag, length = struct.unpack(f"{order}4sI", head)
        at += 8 + length + length % 2
        if tag == b"LIST" and at > size + 1:
            raise ValueError(f"a list claims {length} bytes")
    raise ValueError(f"more than {_MOST_CHUNKS} chunks")
