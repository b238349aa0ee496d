import hashlib
import json
import threading
import time

import pytest

from ser_core.corpora.cremad import Cremad
from ser_core.corpora.download import download, plan
from ser_core.corpora.listings import git_names
from ser_core.corpora.tess import Tess
from ser_core.errors import CancelledError, DownloadError
from ser_core.testing import LFS_POINTER, make_cremad, make_tess


@pytest.fixture
def tess(server, tmp_path):
    """A miniature TESS, published on the server as single files with a list of them."""
    folder = make_tess(tmp_path / "made", words=2)
    files = []
    for i, file in enumerate(sorted(folder.rglob("*.wav"))):
        content = file.read_bytes()
        md5 = hashlib.md5(content).hexdigest()
        entry = {"id": i, "filename": file.name, "filesize": len(content), "checksum": {"type": "MD5", "value": md5}}
        files.append({"dataFile": entry})
        speaker, _, code = ("OAF" + file.stem[2:] if file.stem.startswith("OA_") else file.stem).split("_")
        server.files[f"{speaker}_{code}/{file.name}"] = content
    server.files["dataset.json"] = json.dumps({"data": {"latestVersion": {"files": files}}}).encode()
    corpus = Tess()
    corpus.expected = {"clips": len(files), "speakers": 2}
    return corpus


@pytest.fixture
def cremad(server, tmp_path):
    """A miniature CREMA-D, published on the server with the trees of its repository, whose audio is in Git LFS."""
    folder = make_cremad(tmp_path / "made", actors=2)
    for file in folder.rglob("*.*"):
        server.files[file.relative_to(folder).as_posix()] = file.read_bytes()

    def tree(names, which):
        return json.dumps({"tree": [{"path": name.rpartition("/")[2], "sha": which(name)} for name in names]}).encode()

    plain, pointed = (lambda name: git_names(server.files[name])[0]), (lambda name: git_names(server.files[name])[1])
    clips = [name for name in server.files if name.startswith("AudioWAV/")]
    server.files["AudioWAV.json"] = tree(clips, pointed)
    server.files["root.json"] = tree(["VideoDemographics.csv"], plain)
    server.files["processedResults.json"] = tree(["processedResults/summaryTable.csv"], plain)
    corpus = Cremad()
    corpus.expected = {"clips": len(clips), "speakers": 2}
    return corpus


def clips_left(left) -> list[str]:
    return [name for name in left() if not name.startswith(".downloads")]


def test_single_files_with_sizes_and_checksums(tess, get, server, left, tmp_path):
    reports = []
    assert get(tess, progress=reports.append) == tmp_path / "data" / "tess"
    assert tess.found(tmp_path / "data") == 28
    assert "tess/OAF_neutral/OA_bite_neutral.wav" in left()
    downloading = [report for report in reports if report.message == "Downloading TESS"]
    assert downloading[-1].fraction == 1
    assert downloading[-1].unit == "bytes"
    assert downloading[-1].total == sum(len(content) for name, content in server.files.items() if "/" in name)


def test_files_in_git_lfs_and_tables(cremad, get, server, left, tmp_path):
    reports = []
    get(cremad, progress=reports.append)
    table = cremad.scan(tmp_path / "data")
    assert len(table) == 32
    assert table[["sex", "age", "voice_vote"]].notna().all(axis=None)
    assert "cremad/processedResults/summaryTable.csv" in left()
    assert (reports[-1].unit, reports[-1].done, reports[-1].total) == ("files", 34, 34)


def test_what_is_here_is_not_asked_for_again(tess, get, server, left, tmp_path):
    get(tess)
    asked = len(server.ranges)
    get(tess)
    assert len(server.ranges) == asked
    (tmp_path / "data" / "tess" / "OAF_sad" / "OAF_back_sad.wav").unlink()
    get(tess)
    assert len(server.ranges) == asked + 2
    assert tess.found(tmp_path / "data") == 28


def test_pointers_are_replaced_by_audio(cremad, get, tmp_path):
    make_cremad(tmp_path / "data", actors=2)
    file = tmp_path / "data" / "cremad" / "AudioWAV" / "1001_IEO_ANG_HI.wav"
    file.write_bytes(LFS_POINTER)
    assert not cremad.is_complete(tmp_path / "data")
    get(cremad)
    assert file.read_bytes()[:4] == b"RIFF"
    assert cremad.is_complete(tmp_path / "data")


def test_tables_alone_are_missing(cremad, get, server, tmp_path):
    folder = make_cremad(tmp_path / "data", actors=2)
    (folder / "VideoDemographics.csv").unlink()
    get(cremad)
    assert (folder / "VideoDemographics.csv").is_file()
    assert len(server.ranges) == 4  # Three lists and the table.


def test_a_server_in_trouble_is_asked_again(tess, get, server, tmp_path):
    server.faults = [
        server.fault(status=503),
        server.fault(),
        *[server.fault(status=429, headers={"Retry-After": "0"})] * 2,
    ]
    get(tess)
    assert tess.found(tmp_path / "data") == 28


def test_a_cut_connection_is_made_again(tess, get, server, tmp_path):
    server.faults = [server.fault(cut=50), server.fault(), server.fault(cut=100), server.fault(cut=0)]
    get(tess)
    assert tess.found(tmp_path / "data") == 28


@pytest.mark.parametrize("change", [lambda content: content[:-2], lambda content: bytes(len(content))])
def test_another_file_than_listed_is_not_kept(tess, get, server, left, change, tmp_path):
    name = "YAF_sad/YAF_back_sad.wav"
    server.files[name] = change(server.files[name])
    with pytest.raises(DownloadError, match=r"YAF_back_sad.*not kept"):
        get(tess)
    assert f"tess/{name}" not in left()
    assert not [name for name in clips_left(left) if not name.endswith(".wav")]


def test_a_server_that_hands_out_pointers(cremad, get, server, left):
    for name in list(server.files):
        if name.startswith("AudioWAV/"):
            server.files[name] = LFS_POINTER
    with pytest.raises(DownloadError, match="Git-LFS pointer"):
        get(cremad)
    assert not [name for name in clips_left(left) if name.endswith(".wav")]


def test_a_rate_limit_says_when_to_come_back(cremad, get, server):
    server.always = server.fault(status=403, headers={"X-RateLimit-Remaining": "0"})
    with pytest.raises(DownloadError, match="in an hour"):
        get(cremad)
    assert len(server.ranges) == 1


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b'{"data": 1}', b"\xff"])
def test_a_list_that_is_none(tess, get, server, left, content):
    server.files["dataset.json"] = content
    with pytest.raises(DownloadError, match="TESS"):
        get(tess)
    assert clips_left(left) == []


def test_a_missing_list(tess, get, server):
    del server.files["dataset.json"]
    with pytest.raises(DownloadError, match=r"404.*home page"):
        get(tess)


def test_cancel_keeps_whole_files_and_resumes(tess, get, server, left, tmp_path):
    server.always = server.fault(pause_s=0.02)
    with pytest.raises(CancelledError):
        get(tess, cancel=lambda: len(clips_left(left)) >= 5)
    first = len(clips_left(left))
    assert 5 <= first < 28
    assert all((tmp_path / "data" / name).read_bytes()[:4] == b"RIFF" for name in clips_left(left))
    for thread in threading.enumerate():
        if thread.name.startswith("download"):
            thread.join(5)
    # A request that was under way when its sender left may reach a busy server later.
    asked = -1
    while asked != len(server.ranges):
        asked = len(server.ranges)
        time.sleep(0.3)
    here = len(clips_left(left))
    server.always = None
    get(tess)
    assert len(server.ranges) - asked == 28 - here + 1
    assert tess.found(tmp_path / "data") == 28


def test_cancel_while_all_wait(tess, server, tmp_path):
    server.faults = [server.fault()]
    server.always = server.fault(status=503)
    start = time.monotonic()
    with pytest.raises(CancelledError):
        download(tess, root=tmp_path / "data", base_url=server.url, cancel=lambda: len(server.ranges) > 4)
    assert time.monotonic() - start < 3.0


def test_why_it_waits_is_said(tess, server, tmp_path):
    server.faults = [server.fault(), *[server.fault(status=503)] * 4]
    messages = set()
    download(tess, root=tmp_path, base_url=server.url, progress=lambda report: messages.add(report.message))
    assert any("the server answered 503, trying again" in message for message in messages)


def test_plan_says_about_how_much(tess, get, tmp_path):
    before = plan(tess, root=tmp_path / "data")
    assert (before.clips, before.is_exact, before.host) == (28, False, "borealisdata.ca")
    assert before.size_bytes == before.remaining_bytes == 281_000_000
    get(tess)
    assert plan(tess, root=tmp_path / "data").remaining_bytes == 0


@pytest.mark.parametrize("name", ["ravdess", "ravdess-song", "tess", "cremad", "emodb"])
def test_every_corpus_that_is_offered_has_a_plan(name, tmp_path):
    wanted = plan(name, root=tmp_path)
    assert 1e7 < wanted.size_bytes < 1e9
    assert wanted.disk_bytes >= wanted.size_bytes
    assert wanted.is_exact == (name in ("ravdess", "ravdess-song"))
    assert "." in wanted.host


@pytest.mark.parametrize("name", ["savee", "iemocap"])
def test_what_is_given_on_request_says_how_to_get_it(name, tmp_path):
    with pytest.raises(DownloadError, match=r"(?s)not offered for download.*1\. .*2\. .*3\. "):
        plan(name, root=tmp_path)
    with pytest.raises(DownloadError, match=f"`{name}`"):
        download(name, root=tmp_path)


def test_no_sample_of_single_files(tess):
    with pytest.raises(DownloadError, match="No sample"):
        plan(tess, sample=True)
