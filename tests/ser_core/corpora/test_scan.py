import os

import pytest

from ser_core.corpora.scan import audio_format
from ser_core.testing import encode, speechlike


def test_a_name_that_is_no_text_is_no_obstacle(tmp_path):
    """`corpora audit` ended with a UnicodeEncodeError on such a file."""
    file = tmp_path / os.fsdecode(b"cl\xff\xfe.wav")
    try:
        file.write_bytes(encode(speechlike(0.5)))
    except OSError:
        pytest.skip("the file system has no such names")
    assert audio_format(file) == (16_000, 1, pytest.approx(0.5))
    file.write_bytes(b"no audio")
    assert audio_format(file) == (None, None, None)
