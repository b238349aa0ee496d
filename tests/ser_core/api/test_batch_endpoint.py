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
