import io
import zipfile

import pytest

from ser_core.api import Options
from ser_core.testing import encode, silence


def files(*contents):
    return [("files", (f"{i}.wav", content)) for i, content in enumerate(contents)]


def test_every_clip_gets_its_answer_or_its_problem(client, clip):
    answer = client.post("/batch", files=files(clip, b"Dear Sir", encode(silence(1.0)), clip))
    assert answer.status_code == 200
    items = answer.json()
    assert [item["status"] for item in items] == [200, 415, 422, 200]
    assert [item["name"] for item in items] == ["0.wav", "1.wav", "2.wav", "3.wav"]
    alone = client.post("/predict", content=clip).json()
    assert items[0]["answer"] | {"seconds": 0} == alone | {"seconds": 0}
    assert items[1]["problem"]["kind"] == "UnreadableAudioError" and items[1]["answer"] is None


def test_an_unknown_model_is_one_problem(client, clip):
    assert client.post("/batch?model=none", files=files(clip)).status_code == 404


def test_limits_and_empty_calls(make_client, clip):
    client = make_client(Options(batch_files=2, batch_bytes=len(clip) + 10))
    assert client.post("/batch", files=files(clip)).status_code == 200
    assert client.post("/batch", files=files(clip * 10, clip)).status_code == 413
    assert client.post("/batch", files=files(b"a", b"b", b"c")).status_code in (400, 422)
    assert client.post("/batch", content=clip).status_code == 422
    assert client.post("/batch", files={"file": ("a.wav", clip)}).status_code == 422


def zipped(contents):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return {"content": buffer.getvalue(), "headers": {"content-type": "application/zip"}}


def test_a_zip_file_gets_the_answers_of_its_clips(client, clip, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    contents = {"b/Ärger.wav": clip, "a.wav": b"Dear Sir", "read.me": b"text", "../out.wav": clip}
    answer = client.post("/batch", **zipped(contents))
    assert answer.status_code == 200
    items = {item["name"]: item for item in answer.json()}
    alone = client.post("/predict", content=clip).json()
    assert {name: item["status"] for name, item in items.items()} == {"a.wav": 415, "b/Ärger.wav": 200}
    assert items["b/Ärger.wav"]["answer"] | {"seconds": 0} == alone | {"seconds": 0}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("contents", [{}, {"read.me": b"text"}, {f"{i}.wav": b"RIFF" for i in range(3)}])
def test_a_zip_file_that_is_of_no_use_says_why(make_client, contents):
    answer = make_client(Options(batch_files=2)).post("/batch", **zipped(contents))
    assert answer.status_code == 422 and answer.json()["detail"]


def test_a_bomb_is_refused(make_client):
    client = make_client(Options(batch_bytes=2**20))
    answer = client.post("/batch", **zipped({"bomb.wav": bytes(2**22)}))
    assert (answer.status_code == 422 and "bomb" in answer.text) or "MB" in answer.text
    broken = client.post("/batch", content=b"PK\x03\x04 and so on", headers={"content-type": "application/zip"})
    assert broken.status_code == 422
