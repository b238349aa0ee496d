import pytest

from ser_core.errors import CancelledError, DownloadError, UnsafeArchiveError

FILLER = 400_000


@pytest.fixture
def large(server, clips, make_zip, publish):
    """The miniature RAVDESS in an archive much larger than its sample."""
    content = make_zip(clips, filler=FILLER)
    server.files["mini.zip"] = content
    return publish(content)


@pytest.fixture
def sampled(large, clips) -> list[str]:
    return sorted(f"ravdess/{name}" for name in clips if name.split("/")[1].removesuffix(".wav") in large.sample_keys)


def test_only_what_is_needed_is_read(large, get, server, sampled, left, clips, tmp_path):
    reports = []
    folder = get(large, sample=True, progress=reports.append)
    assert left() == sampled
    assert len(sampled) == 3
    for name in sampled:
        assert (tmp_path / "data" / name).read_bytes() == clips[name.removeprefix("ravdess/")]
    assert folder == tmp_path / "data" / "ravdess"
    assert len(server.ranges) == 1 + 3
    assert server.sent < 350_000 < FILLER
    assert reports[-1].fraction == 1
    assert reports[-1].message == "Reading clip 3 of 3"
    assert large.found(tmp_path / "data") == 3


def test_what_is_here_is_not_read_again(large, get, server, sampled, left, tmp_path):
    get(large, sample=True)
    asked = len(server.ranges)
    get(large, sample=True)
    assert len(server.ranges) == asked
    (tmp_path / "data" / sampled[1]).unlink()
    get(large, sample=True)
    assert len(server.ranges) == asked + 2
    assert left() == sampled


def test_a_copy_with_another_ending_counts_as_here(large, get, server, sampled, left, tmp_path):
    get(large, sample=True)
    first = tmp_path / "data" / sampled[0]
    first.rename(first.with_suffix(".flac"))
    asked = len(server.ranges)
    get(large, sample=True)
    assert len(server.ranges) == asked


def test_cut_connections(large, get, server, sampled, left):
    server.faults = [server.fault(cut=5), server.fault(), server.fault(cut=100), server.fault(status=429)]
    get(large, sample=True)
    assert left() == sampled


def test_giving_up_keeps_the_clips_read_before(large, get, server, sampled, left):
    server.faults = [server.fault(), server.fault()]
    server.always = server.fault(status=503)
    with pytest.raises(DownloadError, match="503"):
        get(large, sample=True)
    assert left() == sampled[:1]
    server.always = None
    get(large, sample=True)
    assert left() == sampled


def test_a_server_without_ranges(large, get, server, left):
    server.offers_ranges = False
    with pytest.raises(DownloadError, match=r"parts of this file.*whole corpus"):
        get(large, sample=True)
    assert len(server.ranges) == 1
    assert left() == []


def test_another_file(large, get, server, left):
    server.files["mini.zip"] += b"more"
    with pytest.raises(DownloadError, match="another file"):
        get(large, sample=True)
    assert left() == []


def test_another_part_than_asked_for(large, get, server):
    server.always = server.fault(status=206, headers={"Content-Range": "bytes 0-0/1"})
    with pytest.raises(DownloadError, match="another part"):
        get(large, sample=True)


def test_a_damaged_clip(large, get, server, sampled, left, clips):
    content = server.files["mini.zip"]
    start = content.index(sampled[1].removeprefix("ravdess/").encode()) + 200
    server.files["mini.zip"] = content[:start] + bytes(50) + content[start + 50 :]
    with pytest.raises(DownloadError, match="damaged"):
        get(large, sample=True)
    assert left() == sampled[:1]


def test_no_zip_file(large, get, server, left):
    server.files["mini.zip"] = bytes(len(server.files["mini.zip"]))
    with pytest.raises(DownloadError, match="damaged"):
        get(large, sample=True)
    assert left() == []


def test_a_hostile_archive(server, get, clips, make_zip, publish, left, tmp_path):
    content = make_zip({**clips, "../evil.wav": b"evil"})
    server.files["mini.zip"] = content
    with pytest.raises(UnsafeArchiveError, match="evil"):
        get(publish(content), sample=True)
    assert left() == []
    assert not list(tmp_path.rglob("evil*"))


def test_clips_that_are_missing(server, get, clips, make_zip, publish, left):
    content = make_zip(dict(list(clips.items())[3:]))
    server.files["mini.zip"] = content
    with pytest.raises(DownloadError, match="lacks"):
        get(publish(content), sample=True)
    assert left() == []


def test_cancel_keeps_whole_clips(large, get, server, sampled, left):
    with pytest.raises(CancelledError):
        get(large, sample=True, cancel=lambda: len(server.ranges) > 2)
    assert left() == sampled[:1]
    get(large, sample=True)
    assert left() == sampled


def test_the_whole_corpus_after_the_sample(large, get, server, left, clips):
    get(large, sample=True)
    get(large)
    assert left() == sorted([*(f"ravdess/{name}" for name in clips), "ravdess/README.txt"])
