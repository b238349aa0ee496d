import asyncio
import json
import time

import httpx
import numpy as np
import pytest

from ser_core import corpora
from ser_core.api import Options, create_app
from ser_core.audio import decode
from ser_core.recordings import make_timeline
from ser_core.serving import Predictor
from ser_core.testing import encode

DEADLINE_S = 60


@pytest.fixture(scope="module")
def talk() -> bytes:
    """Three sentences with a second of silence around each."""
    demo = corpora.get("demo")
    pause = np.zeros(16_000, np.float32)
    voices = [decode(demo.clip_path(path)).signal for path in demo.manifest()["path"].iloc[:3]]
    return encode(np.concatenate([pause, *(part for voice in voices for part in (voice, pause))]))


def ended(client, address: str) -> dict:
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        answer = client.get(address).json()
        if answer["state"] not in ("waiting", "running"):
            return answer
        time.sleep(0.02)
    raise AssertionError(f"still {answer['state']} after {DEADLINE_S} s")


@pytest.mark.parametrize("form", [True, False])
def test_a_recording_is_judged_as_in_python(client, folder, talk, form):
    sent = {"files": {"file": ("a talk.wav", talk)}} if form else {"content": talk}
    accepted = client.post("/recordings?smoothing_s=2", **sent)
    assert accepted.status_code == 202
    answer = ended(client, accepted.headers["location"])
    alone = make_timeline(talk, Predictor(folder / "best"), smoothing_s=2.0)
    assert answer["state"] == "done" and answer["model"] == "best"
    assert answer["segments"] == [segment.to_dict() for segment in alone.segments]
    assert answer["duration_s"] == pytest.approx(alone.duration_s)
    assert answer["name"] == ("a talk.wav" if form else "")
    assert len(alone.segments) == 3


def test_the_timeline_comes_as_a_file(client, talk):
    address = client.post("/recordings", content=talk).headers["location"]
    ended(client, address)
    grid = client.get(f"{address}/timeline?form=textgrid")
    assert grid.status_code == 200 and 'class = "IntervalTier"' in grid.text
    assert grid.headers["content-disposition"].endswith('"timeline.textgrid"')
    assert json.loads(client.get(f"{address}/timeline").text)["segments"]
    assert client.get(f"{address}/timeline?form=docx").status_code == 422


def test_what_is_no_recording_fails_with_its_reason(client):
    address = client.post("/recordings", content=b"Dear Sir").headers["location"]
    answer = ended(client, address)
    assert answer["state"] == "failed" and answer["problem"]["kind"] == "UnreadableAudioError"
    assert client.get(f"{address}/timeline").status_code == 404


def test_what_was_deleted_is_gone(client, talk):
    address = client.post("/recordings", content=talk).headers["location"]
    assert client.request("DELETE", address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.request("DELETE", address).status_code == 404


def test_the_shelf_has_an_end_and_empties(folder, talk, make_client):
    client = make_client(Options(recordings=2, keep_s=0.05))
    addresses = [client.post("/recordings", content=talk).headers.get("location") for _ in range(2)]
    full = client.post("/recordings", content=talk)
    assert full.status_code == 429 and int(full.headers["retry-after"]) > 0
    client.request("DELETE", addresses[1])
    end = time.monotonic() + DEADLINE_S
    while client.get(addresses[0]).status_code == 200:  # Ends, and is kept for 50 ms.
        assert time.monotonic() < end
        time.sleep(0.02)
    assert client.post("/recordings", content=talk).status_code == 202


def test_too_large_is_refused_and_leaves_no_file(make_client, talk, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client = make_client(Options(recording_bytes=1000))

    async def endless():
        while True:
            yield b"\0" * 600

    for sent in ({"content": talk}, {"content": endless()}, {"files": {"file": ("a.wav", talk * 3)}}):
        assert client.post("/recordings", **sent).status_code == 413
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_deleted_recording_leaves_no_file_even_while_it_waits(make_client, talk, tmp_path, monkeypatch):
    # Who sent and deleted again and again filled the disk while the first one was in work.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client = make_client(Options(recordings=2))
    for _ in range(6):
        address = client.post("/recordings", content=talk).headers["location"]
        assert client.request("DELETE", address).status_code == 204
        assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_recordings_on_their_way_count(folder, run_async):
    app = create_app(folder, options=Options(recordings=2))
    release = asyncio.Event()

    async def slowly():
        yield b"RIFF"
        await release.wait()

    async def call():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            coming = [asyncio.create_task(client.post("/recordings", content=slowly())) for _ in range(2)]
            await asyncio.sleep(0.1)
            refused = await client.post("/recordings", content=b"RIFF")
            release.set()
            return refused.status_code, [answer.status_code for answer in await asyncio.gather(*coming)]

    assert run_async(call()) == (429, [202, 202])


def test_a_caller_who_goes_away_leaves_no_file_and_no_place(folder, tmp_path, monkeypatch, run_async):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    app = create_app(folder, options=Options(recordings=1))
    messages = [{"type": "http.request", "body": b"RIFF", "more_body": True}, {"type": "http.disconnect"}]
    scope = {"type": "http", "method": "POST", "path": "/recordings", "query_string": b"", "headers": []}

    async def call():
        sent = []

        async def receive():
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await app({**scope, "client": ("127.0.0.1", 1)}, receive, send)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            return sent[0]["status"], (await client.post("/recordings", content=b"Dear Sir")).status_code

    assert run_async(call()) == (499, 202)


def test_an_unknown_model_is_refused_before_anything_is_read(client):
    assert client.post("/recordings?model=none", content=b"x").status_code == 404
    assert client.post("/recordings?smoothing_s=-1", content=b"x").status_code == 422


def test_create_app_refuses_options_that_make_no_sense(monkeypatch):
    from ser_core.errors import ConfigError

    for variable, value in (("SER_API_RATE", "often"), ("SER_API_WAITING", "-3"), ("SER_API_RECORDINGS", "0")):
        with monkeypatch.context() as patch, pytest.raises(ConfigError):
            patch.setenv(variable, value)
            create_app()
