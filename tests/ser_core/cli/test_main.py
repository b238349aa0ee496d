import io
import subprocess
import sys

import pytest

from ser_core import cli
from ser_core.cli.terminal import progress_bar, text_table
from ser_core.progress import Progress


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as done:
        cli.main([verb, "--help"])
    assert done.value.code == 0
    assert f"python -m ser_core {verb}" in capsys.readouterr().out


def test_help_lists_every_verb(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    out = capsys.readouterr().out
    assert all(verb in out for verb in cli.VERBS)


def test_known_errors_are_one_line_and_exit_status_2(capsys):
    assert cli.main(["train", "crystal-ball"]) == 2
    error = capsys.readouterr().err
    assert "crystal-ball" in error and "svm" in error and "Traceback" not in error


def test_unknown_verb_exits_with_2():
    with pytest.raises(SystemExit) as done:
        cli.main(["guess"])
    assert done.value.code == 2


def test_results_of_an_empty_folder_say_what_to_do(tmp_path, capsys):
    assert cli.main(["results", "--runs", str(tmp_path)]) == 0
    assert "python -m ser_core train" in capsys.readouterr().out
    assert cli.main(["results", "--runs", str(tmp_path), "--json"]) == 0
    assert capsys.readouterr().out == ""


def test_a_reader_that_leaves_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m ser_core corpora --json | head -c 1", shell=True, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr


def test_progress_in_a_file_is_a_line_per_tenth():
    stream = io.StringIO()
    show = progress_bar(stream)
    for done in range(101):
        show(Progress(done, 100, "clips", "Reading", 100 - done))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 11 and lines[5] == "Reading: 50 of 100 clips, 50 s left"


def test_tables_align_numbers_and_mark_what_is_missing():
    lines = text_table([{"name": "a", "n": 5, "ok": True}, {"name": "bb", "n": None, "ok": None}]).splitlines()
    assert lines == ["name  n   ok", "a     5  yes", "bb    -    -"]
