"""A table of clips: its columns, its values, its paths, each told by row."""

import unicodedata

import pytest

from ser_core.corpora.own import Definition, read
from ser_core.errors import CancelledError, ConfigError

COLUMNS = {"path": "file", "emotion": "label"}


@pytest.fixture
def reading(place, table):
    """Reads a CSV with the columns file and label, and further ones by name, beside clips a.wav and b.wav."""

    def reading(text: str, **options):
        folder = place("a.wav", "b.wav")
        names = text.splitlines()[0].split(",")
        columns = {**COLUMNS, **{name: name for name in names if name not in COLUMNS.values()}}
        options = {"columns": columns, **options}
        return read(Definition("mine", folder, table=table(text), **options))

    return reading


def told(reading) -> list:
    return [(finding.row, finding.kind) for finding in reading.findings]


def test_every_field(reading):
    found = reading(
        "file,label,speaker,sex,age,intensity,text,language,valence,arousal,dominance\n"
        "a.wav,Wut,07,f,31,strong,Hallo Welt,de,1,3,5\n",
        scale=(1, 5),
    )
    (clip,) = found.clips
    assert found.findings == [] and found.rows == [2]
    assert (clip.key, clip.emotion, clip.label, clip.speaker, clip.sex, clip.age) == (
        "a",
        "angry",
        "Wut",
        "07",
        "female",
        31,
    )
    assert (clip.intensity, clip.text, clip.language) == ("strong", "Hallo Welt", "de")
    assert (clip.valence, clip.arousal, clip.dominance) == (-1.0, 0.0, 1.0)


def test_each_wrong_row_is_told_and_the_rest_goes_on(reading):
    found = reading(
        "file,label,sex,age,valence\n"
        "a.wav,sad,f,30,0\n"
        "none.wav,sad,f,30,0\n"
        "../outside.wav,sad,f,30,0\n"
        "/etc/passwd,sad,f,30,0\n"
        "b.wav,sadd,x,old,7\n"
        "a.wav,happy,f,30,0\n"
        ",sad,f,30,0\n"
    )
    assert [clip.key for clip in found.clips] == ["a", "b"]
    assert told(found) == [
        (3, "missing-file"),
        (4, "outside"),
        (5, "outside"),
        (6, "unknown-label"),
        (6, "bad-value"),
        (6, "bad-value"),
        (6, "bad-value"),
        (7, "duplicate"),
        (8, "missing-file"),
    ]
    assert "listed already in row 2, as 'sad' there and 'happy' here" in found.findings[7].message
    assert found.clips[1].emotion is None and found.clips[1].label == "sadd" and found.clips[1].age is None
    assert found.emotions == {"sad": 1}


def test_a_missing_column_is_told_with_those_that_are_there(reading):
    found = reading("file,label\na.wav,sad\n", columns={**COLUMNS, "age": "years"})
    assert told(found) == [(None, "missing-column")]
    assert "'years' for age" in found.findings[0].message and "file, label" in found.findings[0].message
    found = reading("file,label\na.wav,sad\n", columns={"path": "file", "emotion": "Emotion"})
    assert told(found) == [(None, "missing-column"), (2, "no-label")]


@pytest.mark.parametrize("columns", [{"path": "Path"}, {}])
def test_without_a_column_of_files_nothing_can_be_read(reading, columns):
    with pytest.raises(ConfigError, match="Its columns are: file, label"):
        reading("file,label\na.wav,sad\n", columns=columns)


@pytest.mark.parametrize("written", ["a.wav", "./a.wav", "x/../a.wav", "a", ".\\a.wav"])
def test_spellings_of_a_path(reading, written):
    assert [clip.key for clip in reading(f"file,label\n{written},sad\n").clips] == ["a"]


def test_an_absolute_path_within_the_folder(reading, tmp_path):
    assert [clip.key for clip in reading(f"file,label\n{tmp_path / 'clips/a.wav'},sad\n").clips] == ["a"]


def test_the_same_letters_in_another_unicode_form(place, table):
    name = unicodedata.normalize("NFD", "für.wav")
    folder = place(name)
    file = table("file,label\n" + unicodedata.normalize("NFC", name) + ",sad\n")
    assert len(read(Definition("mine", folder, table=file, columns=COLUMNS)).clips) == 1


@pytest.mark.parametrize(
    "path", ["..", "../../../../etc/passwd", "x/../../clips2/a.wav", "~/a.wav", "a\u0000.wav", "."]
)
def test_no_way_out(reading, path, tmp_path):
    (tmp_path / "clips2").mkdir()
    (tmp_path / "clips2/a.wav").write_bytes(b"x")
    found = reading(f"file,label\n{path},sad\nb.wav,sad\n")
    assert [clip.key for clip in found.clips] == ["b"]
    assert [row for row, _ in told(found)] == [2]


def test_a_linked_folder_is_no_way_out(reading, tmp_path, place):
    (tmp_path / "clips2").mkdir()
    (tmp_path / "clips2/c.wav").write_bytes(b"x")
    (place() / "linked").symlink_to(tmp_path / "clips2")
    assert told(reading("file,label\nlinked/c.wav,sad\nb.wav,sad\n")) == [(2, "outside")]


def test_very_long_names_are_told(reading):
    assert told(reading(f"file,label\n{'x' * 5000}.wav,sad\n")) == [(2, "missing-file")]


def test_speaker_from_the_name_where_the_column_is_empty(reading):
    found = reading("file,label,speaker\na.wav,sad,\nb.wav,sad,7\n", speaker_pattern="^(.)")
    assert [clip.speaker for clip in found.clips] == ["a", "7"]
    assert found.speakers == 2


def test_values_are_one_line_of_valid_text(place, table):
    folder = place("a.wav")
    file = table(
        '{"file": "a.wav", "label": "sad\\ud800", "speaker": "x\\u202e\\ny", "text": "\\u0000"}\n', name="t.jsonl"
    )
    columns = {**COLUMNS, "speaker": "speaker", "text": "text"}
    (clip,) = read(Definition("mine", folder, table=file, columns=columns)).clips
    assert (clip.label, clip.speaker, clip.text) == ("sad\ufffd", "x y", None)


def test_the_folder_of_the_audio_may_be_another(place, table, tmp_path):
    place("a.wav")
    file = tmp_path / "t.csv"
    file.write_text("file,label\na.wav,sad\n")
    assert len(read(Definition("mine", tmp_path / "clips", table=file, columns=COLUMNS)).clips) == 1
    with pytest.raises(ConfigError, match="which the paths of the table start from"):
        read(Definition("mine", tmp_path / "none", table=file, columns=COLUMNS))


def test_it_can_be_stopped(place, table):
    file = table("file,label\na.wav,sad\n")
    with pytest.raises(CancelledError):
        read(Definition("mine", place("a.wav"), table=file, columns=COLUMNS), cancel=lambda: True)
