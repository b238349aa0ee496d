from ser_core.api import Options


def value(text: str, start: str) -> float:
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start))


def test_requests_clips_and_times_are_counted(make_client, clip):
    client = make_client(Options())
    client.post("/predict", content=clip)
    client.post("/predict", content=b"Dear Sir")
    client.get("/no/such/address")
    text = client.get("/metrics").text
    assert value(text, 'ser_requests_total{endpoint="/predict",status="200"}') == 1
    assert value(text, 'ser_requests_total{endpoint="/predict",status="415"}') == 1
    assert value(text, 'ser_requests_total{endpoint="none",status="404"}') == 1
    assert value(text, "ser_clips_total{") == 1
    assert value(text, 'ser_request_seconds_count{endpoint="/predict"}') == 2
    assert value(text, "ser_requests_in_progress") == 1, "this very request"
