from itertools import pairwise

import numpy as np
import pytest

from ser_core import corpora
from ser_core.audio import SAMPLING_RATE, decode, level_db
from ser_core.errors import ConfigError
from ser_core.recordings.stitching import clips_of, stitch


@pytest.fixture(scope="module")
def clips():
    demo = corpora.get("demo")
    return clips_of(demo, demo.manifest().iloc[::24])


def test_each_clip_is_heard_where_it_is_said_to_be(clips, tmp_path):
    spoken = stitch(tmp_path / "talk.wav", clips, pause_s=(0.5, 1.0))
    signal = decode(tmp_path / "talk.wav").signal
    assert [each.clip for each in spoken] == clips
    for each in spoken:
        inside = signal[round(each.start * SAMPLING_RATE) : round(each.end * SAMPLING_RATE)]
        assert level_db(inside) > -45
    for before, after in pairwise(spoken):
        pause = signal[round(before.end * SAMPLING_RATE) : round(after.start * SAMPLING_RATE)]
        assert len(pause) >= 0.5 * SAMPLING_RATE and level_db(pause) < level_db(inside) - 20


@pytest.mark.parametrize("ending", [".wav", ".flac", ".opus", ".mp3"])
def test_it_goes_on_until_it_is_long_enough(clips, tmp_path, ending):
    file = tmp_path / f"talk{ending}"
    spoken = stitch(file, clips[:2], lasting_s=15.0)
    assert len(decode(file).signal) / SAMPLING_RATE == pytest.approx(spoken[-1].end, abs=3.5)
    assert spoken[-1].end > 14 and len(spoken) > 2
    assert spoken[2].clip == clips[0]


def test_the_same_seed_gives_the_same_recording(clips, tmp_path):
    for name in ("a.wav", "b.wav"):
        stitch(tmp_path / name, clips[:2], seed=3)
    assert np.array_equal(decode(tmp_path / "a.wav").signal, decode(tmp_path / "b.wav").signal)


def test_nothing_to_stitch_and_foreign_formats_are_refused(clips, tmp_path):
    with pytest.raises(ConfigError, match="at least one"):
        stitch(tmp_path / "talk.wav", [])
    with pytest.raises(ConfigError, match="aac"):
        stitch(tmp_path / "talk.aac", clips)
