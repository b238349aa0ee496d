from itertools import product
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.ravdess import CORPUS, EMOTION_CODES, STATEMENTS, parse_name
from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS

CODES = [
    [f"{code:02}" for code in range(1, count + 1)]
    for count in (3, 2, 8, 2, 2, 2, 24)  # modality, channel, emotion, intensity, statement, repetition, actor
]


def is_released(codes) -> bool:
    """As the record says: no strong neutral, and song has the first six emotions only."""
    _, channel, emotion, intensity, *_ = codes
    return (emotion, intensity) != ("01", "02") and not (channel == "02" and emotion in ("07", "08"))


NAMES = {"-".join(codes) for codes in product(*CODES) if is_released(codes)}


def test_every_name_of_the_release_round_trips():
    assert {str(parse_name(name)) for name in NAMES} == NAMES


def test_the_speech_clips_are_those_of_the_release():
    speech = [name for name in NAMES if CORPUS.parse(PurePosixPath(f"{name}.wav"))]
    assert len(speech) == CORPUS.expected["clips"] == 1440


@given(st.one_of(st.text(), st.from_regex(r"\A\d{2}(-\d{2}){6}\Z"), st.from_regex(r"\A0\d(-0\d){5}-[0-3]\d\Z")))
def test_every_other_name_is_refused(name):
    if name in NAMES:
        assert str(parse_name(name)) == name
    else:
        with pytest.raises(ConfigError, match="no RAVDESS file name"):
            parse_name(name)


@given(name=st.sampled_from(sorted(NAMES)), data=st.data())
def test_a_spoilt_name_is_refused(name, data):
    position = data.draw(st.integers(0, len(name) - 1))
    spoilt = name[:position] + data.draw(st.sampled_from("x _.٣０")) + name[position + 1 :]
    with pytest.raises(ConfigError):
        parse_name(spoilt)


@pytest.mark.parametrize("name", ["", "03-01-01-02-01-01-01", "03-02-07-01-01-01-01", "03-01-01-01-01-01-01\n"])
def test_names_just_beside(name):
    with pytest.raises(ConfigError):
        parse_name(name)


@pytest.mark.parametrize("folder", ["", "Actor_12/", "Audio_Speech_Actors_01-24/Actor_12/"])
@pytest.mark.parametrize("ending", ["wav", "WAV", "flac", "opus"])
def test_fields(folder, ending):
    assert CORPUS.parse(PurePosixPath(f"{folder}03-01-06-02-02-01-12.{ending}")) == {
        "key": "03-01-06-02-02-01-12",
        "speaker": "12",
        "sex": "female",
        "emotion": "fear",
        "label": "fearful",
        "intensity": "strong",
        "text": "Dogs are sitting by the door",
        "extra": {"repetition": 1},
    }


def test_song_and_video_are_recognised_but_no_clips():
    song = parse_name("03-02-06-01-01-01-01")
    assert song.is_song
    assert song.sex == "male"
    assert not song.is_speech_audio
    for name in ("03-02-06-01-01-01-01", "01-01-06-01-01-01-01", "02-01-06-01-01-01-01"):
        assert CORPUS.parse(PurePosixPath(f"Actor_01/{name}.wav")) is None


def test_every_emotion_has_its_place_in_the_label_set():
    assert CORPUS.labels == EMOTION_CODES
    assert EMOTIONS.ordered(CORPUS.labels.values()) == EMOTIONS.names


def test_the_sample_holds_all_emotions_sexes_intensities_and_sentences():
    names = [parse_name(key) for key in CORPUS.sample_keys]
    assert len(set(CORPUS.sample_keys)) == 48
    assert all(name.is_speech_audio for name in names)
    assert {name.emotion for name in names} == set(EMOTION_CODES)
    assert {name.intensity for name in names} == {"01", "02"}
    assert {(name.sex, name.statement) for name in names} == set(product(("male", "female"), STATEMENTS))
    assert len({name.actor for name in names}) == 4
    for actor in {name.actor for name in names}:
        assert {name.emotion for name in names if name.actor == actor} == set(EMOTION_CODES)


@pytest.mark.corpus
def test_real_corpus(ravdess_root):
    table = CORPUS.scan(ravdess_root)
    assert len(table) == CORPUS.expected["clips"]
    assert table["speaker"].nunique() == CORPUS.expected["speakers"]
    assert table.groupby("speaker")["sex"].first().value_counts().to_dict() == {"female": 12, "male": 12}
    counts = table["emotion"].value_counts().to_dict()
    assert counts == {emotion: 96 if emotion == "neutral" else 192 for emotion in EMOTIONS}
    assert set(table["intensity"][table["emotion"] == "neutral"]) == {"normal"}
    # One recording stands in the release under two names, as both repetitions of actor 07's happy, normal "Dogs".
    same = table["clip_id"][table["sha256"].duplicated(keep=False)]
    assert set(same) <= {"ravdess/03-01-03-01-02-01-07", "ravdess/03-01-03-01-02-02-07"}
    assert table["duration_s"].between(2.5, 6.0).all()
    assert table["sampling_rate"].notna().all()
    for row in table.itertuples():
        _, _, emotion, _, statement, repetition, actor = row.path.rsplit("/", 1)[1].split(".")[0].split("-")
        assert row.path.split("/")[-2] == f"Actor_{actor}"
        assert (row.speaker, row.repetition) == (actor, int(repetition))
        assert row.text.startswith("Kids" if statement == "01" else "Dogs")
        assert row.emotion == EMOTIONS.names[int(emotion) - 1]


@pytest.mark.corpus
def test_the_shipped_manifest_tells_the_same_as_the_files(ravdess_root):
    said = ["clip_id", "speaker", "sex", "emotion", "label", "intensity", "text", "language", "repetition"]
    shipped, scanned = CORPUS.shipped_manifest(), CORPUS.scan(ravdess_root)
    assert shipped[said].equals(scanned[said])
    assert (shipped["duration_s"] - scanned["duration_s"]).abs().max() < 0.01
