"""What lies between endpoints and connection: bodies that never come, memory, headers, refusals that arrive."""

import asyncio

import httpx

from ser_core.api import Options, bodies, create_app


def test_a_body_that_comes_too_slowly_gives_up_its_place(folder, run_async, monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.2)
    app = create_app(folder, options=Options(waiting=1))

    async def stops():
        yield b"RIFF"
        await asyncio.sleep(30)

    async def drips():
        for _ in range(1000):
            yield b"\0"
            await asyncio.sleep(0.02)

    async def call():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            return [await client.post("/predict", content=content) for content in (stops(), drips(), b"Dear Sir")]

    assert [answer.status_code for answer in run_async(call())] == [408, 408, 415]


def test_bodies_share_a_memory_that_is_given_back(make_client, clip):
    client = make_client(Options(held_bytes=len(clip) + 100))
    for _ in range(3):
        assert client.post("/predict", content=clip).status_code == 200
    full = client.post("/predict", content=clip * 2)
    assert full.status_code == 429 and int(full.headers["retry-after"]) >= 1
    assert client.post("/predict", content=clip).status_code == 200


def test_every_answer_has_the_headers_of_safety_and_the_body_of_a_problem(client):
    for path, status in (("/health", 200), ("/models", 200), ("/no/such", 404), ("/predict", 405)):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        if status >= 400:
            assert answer.json().keys() == {"detail", "kind"}


def test_what_was_not_foreseen_says_nothing_of_the_inside(folder, clip, run_async, monkeypatch):
    app = create_app(folder)

    def fail(*arguments):
        raise RuntimeError("/a/secret/place")

    monkeypatch.setattr("ser_core.serving.Predictor.predict", fail)

    async def call():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/predict", content=clip)

    answer = run_async(call())
    assert answer.status_code == 500 and answer.json()["kind"] == "InternalServerError"
    assert "secret" not in answer.text


def test_a_refused_body_is_read_to_its_end_so_that_the_refusal_arrives(folder, run_async):
    app = create_app(folder, options=Options(key="sesame"))
    taken = 0

    async def call(headers, count):
        nonlocal taken
        sent, taken = [], 0

        async def receive():
            nonlocal taken
            taken += 1
            return {"type": "http.request", "body": bytes(1000), "more_body": taken < count}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/predict", "query_string": b"", "headers": headers}
        await app({**scope, "client": ("127.0.0.1", 1)}, receive, send)
        return sent[0]["status"], taken

    assert run_async(call([(b"content-length", b"50000")], 50)) == (401, 50)
    assert run_async(call([(b"content-length", b"50000"), (b"expect", b"100-continue")], 50)) == (401, 0)
    assert run_async(call([(b"content-length", str(2**40).encode())], 2**30)) == (401, 0)
    status, chunks = run_async(call([(b"transfer-encoding", b"chunked")], 2**30))
    assert status == 401 and chunks < 1100


def test_the_key_may_hold_any_letters(make_client, clip):
    client = make_client(Options(key="schlüssel"))
    headers = {"X-API-Key": "schlüssel".encode()}
    assert client.post("/predict", content=clip, headers=headers).status_code == 200
    assert client.post("/predict", content=clip, headers={"X-API-Key": b"\xff"}).status_code == 401


def test_keys_cannot_be_guessed_faster_than_the_rate(make_client):
    client = make_client(Options(key="sesame", rate="3/minute"))
    statuses = [client.get("/models", headers={"X-API-Key": str(i)}).status_code for i in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
