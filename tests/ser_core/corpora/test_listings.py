import hashlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core import corpora
from ser_core.corpora.listings import Part, git_names
from ser_core.errors import DownloadError
from ser_core.testing import LFS_POINTER

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def dataverse(*files) -> dict:
    return {"dataset.json": {"data": {"latestVersion": {"files": list(files)}}}}


def file(name: str, *, id=1, size=10, **rest) -> dict:
    checksum = {"type": "MD5", "value": "AB" * 16}
    return {"dataFile": {"id": id, "filename": name, "filesize": size, "checksum": checksum}, **rest}


@pytest.fixture
def tess():
    corpus = corpora.get("tess")
    return lambda answers: corpus.sources[0].parts(answers, corpus)


@pytest.fixture
def cremad():
    corpus = corpora.get("cremad")
    return lambda answers: corpus.sources[0].parts(answers, corpus)


def test_dataverse(tess):
    names = [
        "OAF_back_angry.wav",
        "OA_bite_neutral.wav",
        "YAF_back_ps.WAV",
        "readme.txt",
        "TESS.zip",
        "OAF_back_angry.txt",
    ]
    parts = tess(dataverse(*(file(name, id=i) for i, name in enumerate(names))))
    assert [part.path for part in parts] == [
        "OAF_angry/OAF_back_angry.wav",
        "OAF_neutral/OA_bite_neutral.wav",
        "YAF_ps/YAF_back_ps.wav",
    ]
    assert parts[1] == Part(
        path="OAF_neutral/OA_bite_neutral.wav",
        url="https://borealisdata.ca/api/access/datafile/1",
        key="OA_bite_neutral",
        size_bytes=10,
        md5="ab" * 16,
    )


def test_dataverse_twice_or_restricted(tess):
    twice = [file("OAF_back_sad.wav", id=1), file("OAF_back_sad.wav", id=2), file("OAF_bar_sad.wav", restricted=True)]
    assert [part.url[-2:] for part in tess(dataverse(*twice))] == ["/1"]


def test_github(cremad):
    pages = corpora.get("cremad").sources[0].pages
    assert list(pages) == ["AudioWAV.json", "root.json", "processedResults.json"]
    assert pages["AudioWAV.json"].endswith("/CheyneyComputerScience/CREMA-D/git/trees/master:AudioWAV")
    tree = {
        "root.json": {"tree": [{"path": "VideoDemographics.csv", "sha": "1" * 40}, {"path": "README.md", "sha": "2"}]},
        "processedResults.json": {"tree": []},
        "AudioWAV.json": {
            "tree": [{"path": "1040_ITH_SAD_X.wav", "sha": "3" * 40}, {"path": ".gitkeep", "sha": "4"}],
            "truncated": False,
        },
    }
    table, clip = cremad(tree)
    assert (table.path, table.key, table.git) == ("VideoDemographics.csv", None, "1" * 40)
    assert table.url == "https://raw.githubusercontent.com/CheyneyComputerScience/CREMA-D/master/VideoDemographics.csv"
    assert (clip.path, clip.key) == ("AudioWAV/1040_ITH_SAD_XX.wav", "1040_ITH_SAD_XX")
    media = "https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/master/AudioWAV/"
    assert clip.url == f"{media}1040_ITH_SAD_X.wav"
    tree["AudioWAV.json"]["truncated"] = True
    with pytest.raises(DownloadError, match="cut off"):
        cremad(tree)


@pytest.mark.parametrize(
    "name", ["../evil.wav", "/etc/OAF_back_sad.wav", "a/../../OAF_back_sad.wav", "OAF_back_sad.wav\0"]
)
def test_a_hostile_name_has_no_say_in_where_a_file_goes(tess, name):
    try:
        parts = tess(dataverse(file(name)))
    except DownloadError:
        return
    assert [part.path for part in parts] == ["OAF_sad/OAF_back_sad.wav"]


@given(JSON)
def test_any_other_answer_is_an_error(answer):
    for name in ("tess", "cremad"):
        corpus = corpora.get(name)
        listing = corpus.sources[0]
        with pytest.raises(DownloadError):
            listing.parts(dict.fromkeys(listing.pages, answer), corpus)


def test_an_empty_list_is_an_error(tess):
    with pytest.raises(DownloadError, match="no clips"):
        tess(dataverse(file("readme.txt")))


@given(st.binary(max_size=200))
def test_git_names_a_file_and_its_pointer(content):
    plain, pointed = git_names(content)
    assert Part("a", "b", git=plain).fault(content) is None
    assert Part("a", "b", git=pointed).fault(content) is None
    assert Part("a", "b", git=pointed).fault(content + b"x") is not None


def test_git_names_are_those_of_git(tmp_path):
    (tmp_path / "file").write_bytes(b"some content\n")
    try:
        out = subprocess.run(["git", "hash-object", str(tmp_path / "file")], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git")
    assert git_names(b"some content\n")[0] == out.stdout.strip()


def test_a_pointer_is_written_as_git_lfs_does():
    # As in the specification of Git LFS: version, then the other keys in order, each line ended.
    content = b"audio"
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\nsize 5\n"
    ).encode()
    assert git_names(content)[1] == git_names(pointer)[0]


def test_faults_are_named():
    good = Part("a", "b", "key", size_bytes=5, md5=hashlib.md5(b"audio").hexdigest())
    assert good.fault(b"audio") is None
    assert "4 bytes where 5" in good.fault(b"audi")
    assert "checksum" in good.fault(b"other")
    # The service would hand out the pointer where the audio is not to be had; its name in Git is right.
    pointer = Part("a", "b", "key", git=git_names(LFS_POINTER)[0])
    assert "Git-LFS pointer" in pointer.fault(LFS_POINTER)
