import asyncio

import httpx
import pytest

from ser_core.api import Options, create_app


def test_without_the_key_only_health_answers(make_client, clip):
    client = make_client(Options(key="sesame"))
    assert client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 200
    for path in ("/models", "/metrics", "/recordings/x"):
        refused = client.get(path)
        assert refused.status_code == 401 and refused.json()["kind"] == "Unauthorized"
    assert client.post("/predict", content=clip).status_code == 401
    assert client.post("/predict", content=clip, headers={"X-API-Key": "wrong"}).status_code == 401


@pytest.mark.parametrize("headers", [{"X-API-Key": "sesame"}, {"Authorization": "Bearer sesame"}])
def test_with_the_key_everything_answers(make_client, clip, headers):
    client = make_client(Options(key="sesame"))
    assert client.post("/predict", content=clip, headers=headers).status_code == 200


def test_the_key_stays_out_of_what_is_printed():
    assert "sesame" not in repr(Options(key="sesame"))


def test_who_calls_too_often_is_told_when_to_come_back(make_client, clip):
    client = make_client(Options(rate="3/minute"))
    statuses = [client.post("/predict", content=clip).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert int(client.get("/models").headers["retry-after"]) >= 1
    assert client.get("/health").status_code == 200


def test_more_than_there_is_room_for_are_sent_away_and_the_others_served(folder, clip, run_async):
    app = create_app(folder, options=Options(waiting=4))

    async def call_all():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            together = await asyncio.gather(*(client.post("/predict", content=clip) for _ in range(12)))
            return [answer.status_code for answer in (*together, await client.post("/predict", content=clip))]

    *statuses, afterwards = run_async(call_all())
    assert set(statuses) == {200, 429} and statuses.count(200) >= 4
    assert afterwards == 200, "the room is free again"
