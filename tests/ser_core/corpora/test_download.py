import hashlib
import threading
import time
from collections import namedtuple

import pytest

from ser_core.corpora import connection
from ser_core.corpora.download import download, plan
from ser_core.errors import CancelledError, ConfigError, DownloadError, UnsafeArchiveError

PARTIAL = ".downloads/ravdess/mini.zip.partial"


@pytest.fixture
def complete(left, clips, tmp_path):
    def complete() -> bool:
        folder = tmp_path / "data" / "ravdess"
        return left() == [f"ravdess/{name}" for name in sorted(clips)] and all(
            (folder / name).read_bytes() == content for name, content in clips.items()
        )

    return complete


def test_whole_corpus(mini, get, server, complete, clips, tmp_path):
    reports = []
    assert get(mini, progress=reports.append) == tmp_path / "data" / "ravdess"
    assert complete()
    assert server.ranges == [None]
    assert all("speech-emotion-lab" in agent for agent in server.agents)
    ends = {report.message: report for report in reports}
    assert list(ends) == ["Downloading RAVDESS speech", "Checking", "Unpacking"]
    assert all(report.fraction == 1 and report.unit == "bytes" for report in ends.values())
    assert mini.found(tmp_path / "data") == len(clips)


def test_a_corpus_that_is_here_asks_no_server(mini, get, server, complete):
    get(mini)
    get(mini)
    assert complete()
    assert len(server.ranges) == 1


@pytest.mark.parametrize("cuts", [[0], [1], [9000], [9000, 9000, 9000, 9000]])
def test_a_cut_connection_resumes(mini, get, server, complete, cuts):
    server.faults = [server.fault(cut=cut) for cut in cuts]
    get(mini)
    assert complete()
    reached = [sum(cuts[:i]) for i in range(len(cuts) + 1)]
    assert server.ranges == [f"bytes={done}-" if done else None for done in reached]


def test_giving_up_keeps_what_came(mini, get, server, left, complete):
    server.faults = [server.fault(cut=9000)]
    server.always = server.fault(status=503)
    with pytest.raises(DownloadError, match=r"503.*kept"):
        get(mini)
    assert len(server.ranges) == 4
    assert left() == [PARTIAL, f"{PARTIAL}.json"]
    server.always = None
    get(mini)
    assert server.ranges[-1] == "bytes=9000-"
    assert complete()


def test_a_server_without_ranges_starts_over(mini, get, server, complete):
    server.offers_ranges = False
    server.faults = [server.fault(cut=9000)]
    get(mini)
    assert complete()


def test_a_server_without_ranges_that_always_cuts_is_given_up(mini, get, server):
    server.offers_ranges = False
    server.always = server.fault(cut=9000)
    with pytest.raises(DownloadError, match="did not finish"):
        get(mini)
    assert len(server.ranges) == 3 + 1


def test_a_changed_file_starts_over(mini, get, server, complete):
    server.faults = [server.fault(cut=9000, headers={"ETag": '"before"'})]
    get(mini)
    assert server.ranges == [None, "bytes=9000-", None]
    assert complete()


def test_wrong_bytes_are_deleted(mini, get, server, left, archive):
    server.files["mini.zip"] = bytes(len(archive))
    wrong = hashlib.md5(bytes(len(archive))).hexdigest()
    with pytest.raises(DownloadError, match=rf"{wrong}.*{mini.sources[0].md5}.*deleted"):
        get(mini)
    assert left() == []


@pytest.mark.parametrize("states_length", [True, False])
@pytest.mark.parametrize("change", [-1, 1, 1 << 24])
def test_a_file_of_another_size_is_refused(mini, get, server, left, archive, states_length, change):
    server.states_length = states_length
    server.files["mini.zip"] = archive[:change] if change < 0 else archive + bytes(change)
    with pytest.raises(DownloadError, match=r"another file|did not finish"):
        get(mini)
    # What lies in the buffers between the two counts as sent.
    assert server.sent < len(archive) + (1 << 23)
    assert [name for name in left() if not name.startswith(".downloads")] == []


def test_another_size_on_resuming_is_refused(mini, get, server, archive):
    server.faults = [server.fault(cut=9000)]
    server.always = server.fault(status=500)
    with pytest.raises(DownloadError):
        get(mini)
    server.always = None
    server.files["mini.zip"] = archive + b"more"
    with pytest.raises(DownloadError, match="another file"):
        get(mini)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_file_that_is_gone_is_not_asked_for_again(mini, get, server, status):
    server.always = server.fault(status=status)
    with pytest.raises(DownloadError, match=rf"{status}.*home page"):
        get(mini)
    assert len(server.ranges) == 1


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_asked_again(mini, get, server, complete, status, headers):
    server.faults = [server.fault(status=status, headers=headers)] * 2
    get(mini)
    assert complete()


def test_the_wait_a_server_asks_for_is_granted_up_to_a_limit():
    patience = connection.Patience(wait_s=1.0, longest_wait_s=8.0, longest_asked_s=60.0)
    assert patience.wait_after(1, asked_s=59.0) == 59.0
    assert patience.wait_after(1, asked_s=3600.0) == 60.0
    assert 0.75 <= patience.wait_after(1) <= 1.25
    assert 6.0 <= patience.wait_after(9) <= 10.0


def test_redirects_are_followed(mini, get, server, complete, archive):
    server.files["elsewhere.zip"] = server.files.pop("mini.zip")
    server.faults = [server.fault(status=302, headers={"Location": "/elsewhere.zip"})]
    get(mini)
    assert complete()


def test_no_server(mini, hasty, tmp_path):
    with pytest.raises(DownloadError, match=r"no connection.*start again"):
        download(mini, root=tmp_path, base_url="http://127.0.0.1:9", patience=hasty)


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "nonsense", "http://["])
def test_no_address(mini, hasty, tmp_path, address):
    with pytest.raises(DownloadError, match="address"):
        download(mini, root=tmp_path, base_url=address, patience=hasty)


def test_cancel_keeps_what_came_and_resumes(mini, get, server, left, complete, tmp_path):
    server.always = server.fault(pause_s=0.002)
    partial = tmp_path / "data" / PARTIAL
    with pytest.raises(CancelledError):
        get(mini, cancel=lambda: partial.exists() and partial.stat().st_size > 8192)
    assert left() == [PARTIAL, f"{PARTIAL}.json"]
    server.always = None
    get(mini)
    assert int(server.ranges[-1].removeprefix("bytes=").rstrip("-")) >= 4096
    assert complete()


def test_cancel_while_waiting_for_the_server(mini, server, tmp_path):
    server.always = server.fault(status=503)
    start = time.monotonic()
    with pytest.raises(CancelledError):
        download(
            mini,
            root=tmp_path,
            base_url=server.url,
            cancel=lambda: bool(server.ranges) and time.monotonic() > start + 0.1,
        )
    assert time.monotonic() - start < 2.0


def test_why_it_waits_is_said(mini, server, tmp_path):
    server.faults = [server.fault(status=503)]
    messages = set()
    patience = connection.Patience(wait_s=0.5)
    download(
        mini,
        root=tmp_path,
        base_url=server.url,
        patience=patience,
        progress=lambda report: messages.add(report.message),
    )
    assert "Downloading RAVDESS speech: the server answered 503, trying again" in messages


def test_cancel_while_unpacking_keeps_the_archive(mini, get, server, left, complete):
    unpacking = []
    with pytest.raises(CancelledError):
        get(
            mini,
            progress=lambda report: unpacking.append(report) if report.message == "Unpacking" else None,
            cancel=lambda: bool(unpacking),
        )
    assert left() == [".downloads/ravdess/mini.zip"]
    get(mini)
    assert len(server.ranges) == 1
    assert complete()


def test_no_room(mini, get, server, monkeypatch, archive):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(5 * len(archive) - 1))
    with pytest.raises(DownloadError, match=r"needs .* MB .*Make room"):
        get(mini)
    assert server.ranges == []
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(5 * len(archive)))
    get(mini)


def test_a_place_that_cannot_be_written(mini, server, tmp_path, hasty):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DownloadError, match="Could not write"):
        download(mini, root=tmp_path / "file", base_url=server.url, patience=hasty)


def test_a_full_disk_keeps_what_came(mini, get, left, monkeypatch, complete):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ser_core.corpora.download.unpack", full)
        with pytest.raises(DownloadError, match="disk is full"):
            get(mini)
    assert left() == [".downloads/ravdess/mini.zip"]
    get(mini)
    assert complete()


@pytest.mark.parametrize("name", ["../evil.wav", "/tmp/evil.wav", "Actor_01/../../evil.wav"])
def test_a_hostile_archive_leaves_nothing(server, get, left, clips, name, tmp_path, make_zip, publish):
    content = make_zip({**clips, name: b"evil"})
    server.files["mini.zip"] = content
    with pytest.raises(UnsafeArchiveError, match="evil"):
        get(publish(content))
    assert left() == []
    assert not list(tmp_path.rglob("evil*"))


def test_a_damaged_archive_leaves_nothing(server, get, left, archive, publish):
    content = archive[: len(archive) // 2]
    server.files["mini.zip"] = content
    with pytest.raises(DownloadError, match="damaged"):
        get(publish(content, checksum=False))
    assert left() == []


@pytest.fixture
def unsized(server, archive, publish):
    """The miniature RAVDESS, published without a size or checksum, as EMO-DB is."""
    server.files["mini.zip"] = archive
    return publish(archive, checksum=False, size=False)


@pytest.mark.parametrize("states_length", [True, False])
def test_without_a_published_size_the_servers_word_is_taken(unsized, get, server, complete, states_length, archive):
    server.states_length = states_length
    reports = []
    get(unsized, progress=reports.append)
    assert complete()
    downloading = [report for report in reports if report.message.startswith("Downloading")]
    assert downloading[-1].done == len(archive)
    assert downloading[-1].total == (len(archive) if states_length else None)


def test_without_a_published_size_a_cut_connection_resumes(unsized, get, server, complete):
    server.faults = [server.fault(cut=9000), server.fault(cut=5000)]
    get(unsized)
    assert complete()
    assert server.ranges == [None, "bytes=9000-", "bytes=14000-"]


def test_without_a_published_size_a_later_start_resumes(unsized, get, server, complete, left):
    server.faults = [server.fault(cut=9000)]
    server.always = server.fault(status=503)
    with pytest.raises(DownloadError, match="kept"):
        get(unsized)
    assert left() == [PARTIAL, f"{PARTIAL}.json"]
    server.always = None
    get(unsized)
    assert server.ranges[-1] == "bytes=9000-"
    assert complete()


def test_without_a_published_size_another_file_on_resuming_starts_over(unsized, get, server, complete, archive):
    server.faults = [server.fault(cut=9000, headers={"ETag": '"before"'})]
    get(unsized)
    assert server.ranges == [None, "bytes=9000-", None]
    assert complete()


def test_without_a_published_size_what_stops_at_the_end_is_completed(unsized, get, server, complete, archive, tmp_path):
    # Stopped after the last byte and before the file got its name: the server has no rest to give.
    partial = tmp_path / "data" / PARTIAL
    partial.parent.mkdir(parents=True)
    partial.write_bytes(archive)
    get(unsized)
    assert complete()


def test_without_a_published_size_damage_shows_on_unpacking(server, get, left, archive, publish):
    server.files["mini.zip"] = archive[:-30]
    with pytest.raises(DownloadError, match="damaged"):
        get(publish(archive, checksum=False, size=False))
    assert left() == []


def test_without_a_published_size_the_plan_says_about(unsized, archive, tmp_path):
    wanted = plan(unsized, root=tmp_path)
    assert (wanted.size_bytes, wanted.is_exact) == (len(archive) + 1000, False)


def test_what_is_here_stays(mini, get, tmp_path, clips):
    folder = tmp_path / "data" / "ravdess"
    (folder / "Actor_01").mkdir(parents=True)
    (folder / "Actor_01" / "my notes.txt").write_text("mine")
    name = next(iter(clips))
    (folder / name).write_bytes(clips[name])
    get(mini)
    assert (folder / "Actor_01" / "my notes.txt").read_text() == "mine"
    assert mini.found(tmp_path / "data") == len(clips)


def test_two_at_once_download_once(mini, get, server, complete):
    server.always = server.fault(pause_s=0.05)
    messages, errors = set(), []

    def work():
        try:
            get(mini, progress=lambda report: messages.add(report.message))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not errors
    assert server.ranges == [None]
    assert "Waiting for another download of RAVDESS speech" in messages
    assert complete()


def test_mirror_from_the_environment(mini, server, hasty, clips, tmp_path, monkeypatch):
    monkeypatch.setenv("SER_DOWNLOAD_MIRROR", f"{server.url}/")
    download(mini, root=tmp_path, patience=hasty)
    assert mini.found(tmp_path) == len(clips)


def test_plan_before_and_after(mini, get, server, clips, tmp_path, archive):
    root = tmp_path / "data"
    before = plan(mini, root=root)
    assert (before.size_bytes, before.remaining_bytes, before.clips) == (len(archive), len(archive), len(clips))
    assert before.fits and before.is_exact
    assert before.host == "127.0.0.1:9"
    assert before.licence == "CC BY-NC-SA 4.0"
    assert not root.exists()
    server.faults = [server.fault(cut=9000), *[server.fault(status=503)] * 3]
    with pytest.raises(DownloadError):
        get(mini)
    assert plan(mini, root=root).remaining_bytes == len(archive) - 9000
    get(mini)
    assert plan(mini, root=root).remaining_bytes == 0


def test_plan_of_the_sample():
    wanted = plan("ravdess", sample=True)
    assert wanted.clips == 48
    assert 5e6 < wanted.size_bytes < 15e6
    assert wanted.host == "zenodo.org"


def test_a_corpus_that_is_not_offered():
    with pytest.raises(DownloadError, match="ships with the project"):
        download("demo")
    with pytest.raises(DownloadError, match="ships with the project"):
        plan("demo", sample=True)


def test_an_unknown_corpus():
    with pytest.raises(ConfigError, match="ravdess"):
        download("nonsense")
