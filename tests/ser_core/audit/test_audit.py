"""Whole audits of miniature corpora: planted faults are found, clean clips are left alone."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ser_core import corpora
from ser_core.audit import audit, measure, run
from ser_core.errors import CancelledError, ConfigError, CorpusNotFoundError
from ser_core.testing import emotional, make_cremad, make_ravdess, noise, write_wav
from ser_core.testing.faults import COPIES, FAULTS, plant, plant_copy

KINDS = {
    "clipped": "clipped",
    "clipped-soft": "clipped",
    "silent": "silent",
    "noise": "no-speech",
    "truncated": "truncated",
    "no-samples": "empty",
    "half-rate": "mislabelled-rate",
    "double-rate": "mislabelled-rate",
    "offset": "dc-offset",
    "soft": "level",
    "long-silence": "edge-silence",
    "empty": "empty",
    "pointer": "unreadable",
    "text": "unreadable",
}
"""Fault -> the kind of finding that must name its clip."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    root = tmp_path_factory.mktemp("clean")
    make_ravdess(root, actors=4, clips=16, duration_s=1.5)
    return root


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Sixty clips of three voices, of many lengths, with a little silence around: any folder of audio, no label."""
    place = tmp_path_factory.mktemp("made") / "calls"
    for i in range(60):
        lengths = np.random.default_rng(i)
        emotion = ("neutral", "calm", "sad", "fear")[i % 4]
        voice = emotional(emotion, speaker=1 + i % 3, duration_s=lengths.uniform(1.3, 2.2), seed=i)
        hush = [0.001 * noise(lengths.uniform(0.1, 0.3), seed=i) for _ in range(2)]
        write_wav(place / f"call{i:02}.wav", np.concatenate([hush[0], 0.6 * voice, hush[1]]))
    return place


@pytest.fixture
def folder(calls, tmp_path):
    """A copy of them to spoil."""
    return Path(shutil.copytree(calls, tmp_path / "calls"))


def of(report, clip_id):
    return {finding.kind for finding in report.findings if clip_id in finding.clips}


def doubts(report):
    return [finding for finding in report.findings if finding.severity != "info"]


def test_clean_clips_of_a_folder_are_left_alone(folder):
    report = audit(folder)
    assert [str(each) for each in doubts(report)] == []
    assert report.looks == 0
    assert report.facts["clips"] == report.facts["readable"] == 60
    assert report.facts["corpora"]["calls"]["rates"] == {16000: 60}


def test_every_planted_fault_is_found_and_nothing_else(folder):
    files = sorted(folder.iterdir())
    planted = {plant(files[4 * i], fault).name: KINDS[fault] for i, fault in enumerate(FAULTS)}
    report = audit(folder)
    for name, kind in planted.items():
        assert kind in of(report, name), name
    assert {finding.clip_id for finding in doubts(report)} == set(planted)


@pytest.mark.parametrize("how", COPIES)
def test_a_recording_under_two_names_is_found(folder, how):
    plant_copy(folder / "call07.wav", folder / "call31.wav", how=how)
    report = audit(folder)
    kind = "duplicate" if how == "duplicate" else "near-duplicate"
    (finding,) = doubts(report)
    assert (finding.kind, finding.clip_id, finding.others) == (kind, "call31.wav", ("call07.wav",))
    assert finding.severity == "warning"


def test_the_same_recording_in_two_folders(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    plant_copy(folder / "call03.wav", other / "x.ogg", how="opus")
    report = audit([folder, other])
    (finding,) = report.of("near-duplicate")
    assert set(finding.clips) == {"calls/call03.wav", "other/x.ogg"}
    assert finding.corpus is None


def test_a_pointer_is_named_as_such(folder):
    plant(folder / "call00.wav", "pointer")
    (finding,) = audit(folder).of("unreadable")
    assert "Git-LFS pointer" in finding.detail
    assert finding.severity == "error"


def test_a_corpus_against_what_was_published(clean):
    report = audit("ravdess", root=clean)
    details = " ".join(finding.detail for finding in report.of("count"))
    assert "64 clips here, 1,440 were published" in details
    assert "4 speakers here, 24" in details
    (missing,) = report.of("missing")
    assert "1,376 clips of the release are not here" in missing.detail
    assert "every clip of 20 speakers" in missing.detail
    assert report.of("missing")[0].severity == "warning"


def test_a_clip_that_is_missing_is_named(tmp_path, monkeypatch):
    make_ravdess(tmp_path, actors=2, clips=8)
    shipped = corpora.get("ravdess").scan(tmp_path)
    monkeypatch.setattr(type(corpora.get("ravdess")), "shipped_manifest", lambda self: shipped)
    gone = tmp_path / shipped["path"].iloc[3]
    gone.unlink()
    (finding,) = audit("ravdess", root=tmp_path).of("missing")
    assert finding.clip_id == shipped["clip_id"].iloc[3]


def test_labels_of_a_duplicate_that_differ_are_an_error(clean, tmp_path):
    folder = make_ravdess(tmp_path, actors=2, clips=8, duration_s=1.5)
    first, second = sorted((folder / "Actor_01").glob("*.wav"))[:2]
    plant_copy(first, second)
    (finding,) = audit("ravdess", root=tmp_path).of("duplicate")
    assert finding.severity == "error"
    assert "labelled emotion 'neutral' and 'calm'" in finding.detail


def test_files_beside_the_clips_are_told_and_compared(tmp_path):
    folder = make_ravdess(tmp_path, actors=1, clips=8, duration_s=1.5)
    first = min((folder / "Actor_01").glob("*.wav"))
    (folder / "Actor_01" / "Copy of clip.wav").write_bytes(first.read_bytes())
    report = audit("ravdess", root=tmp_path)
    (extra,) = report.of("extra")
    assert extra.clip_id == "ravdess/Actor_01/Copy of clip.wav"
    assert set(report.of("duplicate")[0].clips) == {extra.clip_id, f"ravdess/{first.stem}"}
    assert report.facts["corpora"]["ravdess"]["clips"] == 8


def test_a_folder_named_as_a_release_is_recognised(clean):
    report = audit(clean / "ravdess" / "Actor_01")
    assert set(report.clips["speaker"]) == {"01"}
    assert report.clips["emotion"].notna().all()
    assert not report.of("count")


def test_speakers_without_known_sex_and_labels_without_counterpart(tmp_path):
    make_cremad(tmp_path)
    for table in tmp_path.rglob("VideoDemographics.csv"):
        table.unlink()
    (finding,) = audit("cremad", root=tmp_path).of("sex")
    assert finding.severity == "info" and "unknown" in finding.detail


# across a split


def test_a_recording_on_both_sides_of_a_split(tmp_path):
    folder = make_ravdess(tmp_path, actors=6, clips=8, duration_s=1.5)
    plant_copy(
        folder / "Actor_01" / "03-01-05-01-01-01-01.wav", folder / "Actor_04" / "03-01-05-01-01-01-04.wav", how="opus"
    )
    report = audit("ravdess", root=tmp_path, protocol="speaker-independent")
    pairs = {finding.clips for finding in report.of("split-duplicate")}
    one, two = "ravdess/03-01-05-01-01-01-01", "ravdess/03-01-05-01-01-01-04"
    assert pairs == {(one, two), (two, one)}
    assert all(finding.severity == "error" for finding in report.of("split-duplicate"))
    (shared,) = report.of("shared-sentences")
    assert "48 of 48 test examples" in shared.detail and shared.severity == "info"


def test_the_leaky_protocol_is_exposed(clean):
    (finding,) = audit("ravdess", root=clean, protocol="leaky").of("split-duplicate")
    assert "are trained on" in finding.detail
    assert finding.clip_id is None and len(finding.others) > 30


def test_a_protocol_that_cannot_be_applied_is_told(tmp_path):
    make_ravdess(tmp_path, actors=1, clips=4)
    (finding,) = audit("ravdess", root=tmp_path, protocol="speaker-independent").of("split-duplicate")
    assert finding.severity == "info" and "speakers need at least" in finding.detail


# once, again, and stopped


def test_a_second_audit_reads_no_audio(folder, monkeypatch):
    first = audit(folder)
    monkeypatch.setattr(run, "measure_file", None)
    assert audit(folder) == first


def test_a_stopped_audit_keeps_what_it_measured(folder, monkeypatch):
    looked = []
    measured = measure.measure_file

    def count(data):
        looked.append(1)
        return measured(data)

    monkeypatch.setattr(run, "measure_file", count)
    with pytest.raises(CancelledError):
        audit(folder, workers=1, cancel=lambda: len(looked) >= 20)
    stopped = len(looked)
    assert stopped < 60
    audit(folder, workers=1)
    assert len(looked) <= 60 + 8  # at most those that were under way are measured again


def test_progress_says_how_far_it_is(folder):
    reports = []
    audit(folder, progress=reports.append)
    listening = [each for each in reports if each.message == "Listening to the clips"]
    assert (listening[-1].done, listening[-1].total, listening[-1].unit) == (60, 60, "clips")


def test_a_changed_file_is_measured_again(folder):
    assert not audit(folder).of("silent")
    plant(folder / "call05.wav", "silent")
    assert [finding.clip_id for finding in audit(folder).of("silent")] == ["call05.wav"]


# what can be asked for


def test_a_manifest_can_be_audited(clean):
    table = corpora.get("ravdess").scan(clean).head(10)
    lost = table.iloc[[0]].assign(clip_id="ravdess/03-01-01-01-01-01-24", path="ravdess/03-01-01-01-01-01-24.wav")
    report = audit(pd.concat([table, lost], ignore_index=True), root=clean)
    assert report.facts["clips"] == 11 and report.facts["readable"] == 10


def test_one_file(folder):
    report = audit(folder / "call00.wav")
    assert report.facts["clips"] == 1


@pytest.mark.parametrize(
    ("what", "error", "says"),
    [
        ("no-such-corpus", ConfigError, "neither a folder nor a corpus"),
        ([], ConfigError, "Nothing to audit"),
        ("ravdess", CorpusNotFoundError, "No clip of RAVDESS"),
    ],
)
def test_what_cannot_be_audited(what, error, says, tmp_path):
    with pytest.raises(error, match=says):
        audit(what, root=tmp_path)


def test_an_empty_folder(tmp_path):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(CorpusNotFoundError, match="No audio file"):
        audit(tmp_path / "nothing")


def test_an_unknown_protocol(clean):
    with pytest.raises(ConfigError, match="Unknown protocol"):
        audit("ravdess", root=clean, protocol="wishful")


def test_a_report_goes_into_json_and_tables(folder):
    plant_copy(folder / "call07.wav", folder / "call31.wav")
    report = audit(folder)
    back = json.loads(json.dumps(report.to_dict()))
    assert back["facts"]["clips"] == 60
    assert back["findings"][0]["others"] == ["call07.wav"]
    frame = report.to_frame()
    assert list(frame.columns) == ["severity", "kind", "corpus", "clip_id", "detail", "others"]
    assert len(frame) == len(report.findings)
