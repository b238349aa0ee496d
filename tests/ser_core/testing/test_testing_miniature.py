"""The miniature RAVDESS: names, counts, and that emotions can be learnt from it."""

import re
from collections import Counter

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from ser_core import audio, testing
from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS

STEM = re.compile(r"03-01-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)")


def test_a_whole_actor_has_the_60_clips_of_the_release(tmp_path):
    folder = testing.make_ravdess(tmp_path, actors=[7], clips=99, duration_s=0.05)
    assert folder == tmp_path / "ravdess"
    fields = [STEM.fullmatch(path.stem).groups() for path in folder.glob("Actor_07/*.wav")]
    assert len(set(fields)) == 60
    assert Counter(emotion for emotion, *_ in fields) == {"01": 4, **{f"0{code}": 8 for code in range(2, 9)}}
    assert ("01", "02") not in {(emotion, intensity) for emotion, intensity, *_ in fields}


def test_few_clips_take_turns_of_the_emotions(tmp_path):
    folder = testing.make_ravdess(tmp_path, actors=2, clips=8, duration_s=0.05, kind="flac")
    for actor in ("01", "02"):
        emotions = {path.stem[6:8] for path in folder.glob(f"Actor_{actor}/*.flac")}
        assert len(emotions) == len(EMOTIONS)
    assert len(list(folder.rglob("*.*"))) == 16


def test_it_is_the_same_every_time(tmp_path):
    first = testing.make_ravdess(tmp_path / "1", actors=1, clips=3, duration_s=0.1)
    second = testing.make_ravdess(tmp_path / "2", actors=1, clips=3, duration_s=0.1)
    for path in first.rglob("*.wav"):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


def test_its_clips_can_be_judged(tmp_path):
    for path in testing.make_ravdess(tmp_path, actors=2, clips=8).rglob("*.wav"):
        clip = audio.decode(path)
        audio.require_usable(clip.signal, sr=clip.sr)


def plain_features(signal):
    """Levels of the whole and of 16 bands."""
    power = np.abs(np.fft.rfft(signal)) ** 2
    bands = [10 * np.log10(part.sum() + 1e-12) for part in np.array_split(power[: len(power) // 2], 16)]
    return [audio.level_db(signal), *bands]


def test_emotions_are_learnt_on_unseen_speakers():
    takes = [(emotion, speaker, seed) for emotion in EMOTIONS for speaker in range(1, 5) for seed in range(4)]
    x = [plain_features(testing.emotional(emotion, speaker=speaker, seed=seed)) for emotion, speaker, seed in takes]
    y, speakers = [take[0] for take in takes], [take[1] for take in takes]
    model = make_pipeline(StandardScaler(), SVC())
    accuracy = cross_val_score(model, x, y, groups=speakers, cv=LeaveOneGroupOut())
    assert accuracy.mean() > 3 / len(EMOTIONS)


def test_an_unknown_emotion():
    with pytest.raises(ConfigError, match="bored"):
        testing.emotional("bored")
