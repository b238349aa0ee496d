import dataclasses
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.own.columns import guess_columns, guess_scale
from ser_core.corpora.own.csv_text import SEPARATORS
from ser_core.corpora.own.table import Table
from ser_core.corpora.own.tables import read_table
from ser_core.errors import ConfigError
from ser_core.settings import OWN_LIMITS

ROWS = [(2, {"file": "a.wav", "label": "angry"}), (3, {"file": "b.wav", "label": "sad"})]


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_any_kind(table, separator, encoding, end):
    text = end.join(["file,label", "a.wav,angry", "b.wav,sad", ""]).replace(",", separator)
    read = read_table(table(text, encoding=encoding))
    assert read.columns == ("file", "label")
    assert read.rows == ROWS
    assert read.findings == ()


def test_quoted_separators_and_line_breaks_stay_in_their_cell(table):
    read = read_table(table('file;text\na.wav;"one; two\nthree"\nb.wav;"say ""hi"""\n'))
    assert [cells["text"] for _, cells in read.rows] == ["one; two\nthree", 'say "hi"']


def test_another_encoding_is_read_and_told(table):
    read = read_table(table("file,label\na.wav,Ärger\n", encoding="latin-1"))
    assert read.rows[0][1]["label"] == "Ärger"
    assert [(f.row, f.kind) for f in read.findings] == [(None, "encoding")]
    assert "line 2" in read.findings[0].message


def test_rows_that_do_not_fit_are_told_and_the_rest_goes_on(table):
    read = read_table(table("file,label,text\na.wav,sad\nb.wav,sad,hm, well\n\nc.wav,sad,x,,\nd.wav,sad,y\n"))
    assert [row for row, _ in read.rows] == [2, 5, 6]
    assert [(f.row, f.kind) for f in read.findings] == [(2, "ragged-row"), (3, "ragged-row")]
    assert "unknown: text" in read.findings[0].message and "left out" in read.findings[1].message


def test_an_unclosed_quotation_mark_is_pointed_at(table):
    read = read_table(table('file,label\na.wav,sad\nb.wav,sad,"oops\nc.wav,sad\nd.wav,sad\n'))
    assert [row for row, _ in read.rows] == [2]
    assert "quotation mark" in read.findings[0].message


def test_columns_named_twice_and_not_at_all(table):
    read = read_table(table("file,label,label,\na.wav,sad,angry,x\n"))
    assert read.rows[0][1] == {"file": "a.wav", "label": "sad", "column 4": "x"}
    assert "2 times" in read.findings[0].message


def test_json_lines(table):
    lines = [
        json.dumps({"file": "a.wav", "label": "angry", "age": 3.0, "nested": [1], "none": None}),
        "",
        "{broken",
        "[1]",
        '{"file": "b.wav", "label": "\\ud800", "n": NaN}',
        "[" * 100_000,
    ]
    read = read_table(table("\n".join(lines), name="t.jsonl"))
    assert read.rows == [
        (1, {"file": "a.wav", "label": "angry", "age": "3"}),
        (5, {"file": "b.wav", "label": "\ud800"}),
    ]
    assert [f.row for f in read.findings] == [3, 4, 6]


def test_parquet(tmp_path):
    file = tmp_path / "t.parquet"
    frame = pd.DataFrame({"file": ["a.wav", "b.wav"], "age": [30, None], "vector": [[1.0], [2.0]], "raw": [b"x", b"y"]})
    frame.to_parquet(file)
    read = read_table(file)
    assert read.columns == ("file", "age")
    assert read.rows == [(1, {"file": "a.wav", "age": "30"}), (2, {"file": "b.wav"})]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.csv", b"", r"empty \(0 bytes\)"),
        ("t.csv", b"file,label\n", "no row that can be used"),
        ("t.csv", b"\n\n \n", "which it lacks"),
        ("t.csv", b"\x00\x01\x02", "zero bytes"),
        ("t.parquet", b"PAR1 no", "no Parquet table"),
        ("t.jsonl", b"1\n2\n", "no JSON object"),
        ("t.xlsx", b"x", "Tables are read from .csv"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(table, name, content, says):
    with pytest.raises(ConfigError, match=says):
        read_table(table(content, name=name))


def test_a_missing_table(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        read_table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ({"max_table_bytes": 10}, "at most 0 MB"),
        ({"max_clips": 1}, "more than 1 rows"),
        ({"max_columns": 1}, "1 columns"),
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_limits(tmp_path, limit, says, ending):
    file = tmp_path / f"t{ending}"
    frame = pd.DataFrame([cells for _, cells in ROWS])
    {".csv": frame.to_csv, ".parquet": frame.to_parquet}.get(
        ending, lambda path, index: frame.to_json(path, orient="records", lines=True)
    )(file, index=False)
    with pytest.raises(ConfigError, match=says):
        read_table(file, limits=dataclasses.replace(OWN_LIMITS, **limit))


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.csv"
    for ending in (".csv", ".jsonl"):
        file.with_suffix(ending).write_bytes(content)
        try:
            read = read_table(file.with_suffix(ending))
        except ConfigError:
            continue
        assert read.rows


def columns(heading: str, *rows: str) -> Table:
    names = heading.split(",")
    return Table(tuple(names), [(i, dict(zip(names, row.split(","), strict=True))) for i, row in enumerate(rows, 2)])


def test_columns_are_guessed_by_name():
    table = columns("Filename,Emotion Label,Speaker-ID,Gender,AGE,EmoVal,EmoAct,EmoDom,x", "a.wav,sad,1,f,20,1,2,3,4")
    assert guess_columns(table) == {
        "path": "Filename",
        "emotion": "Emotion Label",
        "speaker": "Speaker-ID",
        "sex": "Gender",
        "age": "AGE",
        "valence": "EmoVal",
        "arousal": "EmoAct",
        "dominance": "EmoDom",
    }
    assert list(guess_columns(table)) == ["path", "emotion", "speaker", "sex", "age", "valence", "arousal", "dominance"]


def test_columns_are_guessed_by_content():
    assert guess_columns(columns("name,x,y", "Anna,a/b.WAV,joy", "Bert,c.flac,anger")) == {"path": "x", "emotion": "y"}
    assert guess_columns(columns("a1,b1", "1,2")) == {}


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        (("-0.2", "0.4"), (-1, 1)),
        (("2", "4.5"), (1, 5)),
        (("2", "6"), (1, 7)),
        (("9", "3"), (1, 9)),
        (("x", "y"), (-1, 1)),
    ],
)
def test_scale_is_guessed_by_the_ratings(ratings, scale):
    assert guess_scale(columns("valence", *ratings), {"valence": "valence"}) == scale
