import asyncio
import json

import httpx
import numpy as np
import pytest

from ser_core.api import create_app
from ser_core.serving import Predictor
from ser_core.settings import LIMITS
from ser_core.testing import encode, silence, speechlike


def same(answer, expected):
    """Whether two answers agree in all but the time they took."""
    return {**answer, "seconds": 0} == {**expected, "seconds": 0}


def test_a_form_and_a_bare_body_get_the_answer_of_python(client, folder, clip):
    expected = json.loads(json.dumps(Predictor.load(folder=folder).predict(clip).to_dict()))
    form = client.post("/predict", files={"file": ("clip.wav", clip, "audio/wav")})
    bare = client.post("/predict", content=clip, headers={"content-type": "audio/wav"})
    untyped = client.post("/predict", content=clip)
    for response in (form, bare, untyped):
        assert response.status_code == 200, response.text
        assert same(response.json(), expected)


def test_the_model_can_be_chosen(client, clip):
    answer = client.post("/predict?model=other", content=clip).json()
    assert (answer["model"], answer["label"]) == ("other", "sad")


def test_an_unknown_model_is_404_and_names_those_there_are(client, clip):
    response = client.post("/predict", params={"model": "../best"}, content=clip)
    assert response.status_code == 404
    assert "best, other" in response.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"", 422, "EmptyAudioError"),
        (encode(np.zeros(0, np.float32), sr=16_000), 422, "EmptyAudioError"),
        (encode(silence(1.0, sr=16_000), sr=16_000), 422, "SilentAudioError"),
        (encode(speechlike(0.01, sr=16_000, f0=180.0, seed=0), sr=16_000), 422, "ShortAudioError"),
        (b"hello, I am a text", 415, "UnreadableAudioError"),
        (encode(silence(LIMITS.max_duration_s + 1, sr=4000), sr=4000), 413, "LargeAudioError"),
        (bytes(LIMITS.max_bytes + 1), 413, "LargeAudioError"),
    ],
)
@pytest.mark.parametrize("as_form", [False, True])
def test_clips_that_cannot_be_judged(client, content, status, kind, as_form):
    body = {"files": {"file": ("clip.wav", content)}} if as_form else {"content": content}
    response = client.post("/predict", **body)
    assert response.status_code == status
    assert response.json()["kind"] == kind
    assert response.json()["detail"]


def test_a_body_without_end_is_cut_off(client):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 2**20
            yield bytes(2**20)

    response = client.post("/predict", content=endless())
    assert response.status_code == 413
    assert sent < LIMITS.max_bytes + 4 * 2**20


@pytest.mark.parametrize(
    "request_",
    [
        {"files": {"sound": ("clip.wav", b"RIFF")}},
        {"data": {"file": "text"}, "files": {"other": ("x", b"")}},
    ],
)
def test_a_form_without_a_clip_says_what_is_missing(client, request_):
    response = client.post("/predict", **request_)
    assert response.status_code in (400, 422)
    assert "detail" in response.json()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"not a form"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=" + "x" * 500, b"--x"),
        ("multipart/form-data; boundary=\xff", b"--x"),
    ],
)
def test_a_broken_form_is_the_callers_fault(client, content_type, body):
    response = client.post("/predict", content=body, headers={"content-type": content_type.encode("latin-1")})
    assert response.status_code in (400, 422), response.text
    assert "detail" in response.json()


def test_a_form_with_too_many_parts_is_refused(client, clip):
    files = [("file", ("a.wav", clip)), ("file", ("b.wav", clip))]
    assert client.post("/predict", files=files).status_code == 400


def test_wrong_parameters_are_named(client, clip):
    response = client.post("/predict", params={"model": "x" * 101}, content=clip)
    assert response.status_code == 422
    assert "query.model" in response.json()["detail"]


def test_the_models_come_with_their_cards_the_default_first(client):
    answer = client.get("/models").json()
    assert answer["default"] == "best"
    assert [card["id"] for card in answer["models"]] == ["best", "other"]
    assert answer["models"][0]["metrics"][0]["uar"] == 0.7


def test_health_and_readiness(client):
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/ready").json() == {"status": "ready", "model": "best"}


def test_without_a_model_it_is_alive_but_not_ready(make_client, tmp_path, clip):
    client = make_client(folder=tmp_path)
    assert client.get("/health").status_code == 200
    assert client.get("/models").json() == {"default": None, "models": []}
    for response in (client.get("/ready"), client.post("/predict", content=clip)):
        assert response.status_code == 503
        assert "make models" in response.json()["detail"]


def test_the_document_describes_what_is_sent_and_nothing_is_fetched_from_outside(client):
    document = client.get("/openapi.json").json()
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert {"multipart/form-data", "application/octet-stream"} <= content.keys()
    assert {"200", "404", "413", "415", "422", "503"} <= document["paths"]["/predict"]["post"]["responses"].keys()
    assert client.get("/docs").status_code == 404


def test_many_callers_at_once_each_get_their_own_answer(folder, run_async):
    app = create_app(folder)
    clips = [encode(speechlike(0.8, sr=16_000, f0=100.0 + 25 * i, seed=i), sr=16_000) for i in range(6)]
    predictor = Predictor.load(folder=folder)
    expected = [json.loads(json.dumps(predictor.predict(each).to_dict())) for each in clips]

    async def call_all():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            return await asyncio.gather(*(client.post("/predict", content=clips[i % 6]) for i in range(30)))

    for i, response in enumerate(run_async(call_all())):
        assert same(response.json(), expected[i % 6])
