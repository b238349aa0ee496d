"""A zip file of clips as the body of a call: unpacked without trusting it, and gone with the answer."""

import io
import tempfile
from dataclasses import replace
from pathlib import Path

from ser_core.api.options import Options
from ser_core.api.problems import BadRequest
from ser_core.corpora.own.upload import unpack_recordings
from ser_core.corpora.scan import audio_files
from ser_core.errors import ConfigError, UnsafeArchiveError
from ser_core.settings import BATCH_LIMITS

TYPES = ("application/zip", "application/x-zip-compressed")
"""Content types that such a body comes under."""


def clips_of(content: bytes, options: Options) -> list[tuple[bytes, str]]:
    """The recordings in a zip file with their paths in it, by path; whatever else it holds is passed over.

    Raises
    ------
    BadRequest
        If it is no zip file, holds no recording, or could do harm.
    """
    limits = replace(BATCH_LIMITS, max_unpacked_files=options.batch_files, max_unpacked_bytes=options.batch_bytes)
    with tempfile.TemporaryDirectory(prefix="ser-batch-") as place:
        folder = Path(place) / "audio"
        try:
            unpack_recordings(io.BytesIO(content), folder, limits=limits)
        except (ConfigError, UnsafeArchiveError) as error:
            raise BadRequest(str(error)) from None
        return [(file.read_bytes(), file.relative_to(folder).as_posix()) for file in audio_files(folder)]
