"""Requests made from the OpenAPI document: no 500, and no answer that the document does not describe.

A longer run, the same each time: ``SER_FUZZ_EXAMPLES=500 python -m pytest tests/ser_core/api/test_fuzz.py``.
"""

import os
import time

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ser_core.api import Options, create_app
from ser_core.serving.testing import make_model
from ser_core.testing import encode, silence, speechlike
from ser_core.testing.hostile import NAMES, make_case

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = int(os.environ.get("SER_FUZZ_EXAMPLES", "30"))

# Clips and what only claims to be one: bytes drawn at random never get past the first look.
_CLIPS = [encode(speechlike(0.8, f0=150.0, seed=0), kind=kind) for kind in ("wav", "opus", "m4a")]
_HOSTILE = [case.content for case in (make_case(i, seed=1) for i in range(60)) if case.family == "audio"]
schemathesis.openapi.format("binary", st.sampled_from([*_CLIPS, encode(silence(1.0)), *_HOSTILE]) | st.binary())


@pytest.fixture(scope="module")
def best(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    make_model(folder / "best", probabilities={"angry": 0.7}, weight=0.001)
    return folder


@pytest.fixture(scope="module")
def described(best):
    return _described(best)


def _described(folder):
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(folder, options=Options(recordings=4)))


ENDPOINTS = [
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/models"),
    ("GET", "/metrics"),
    ("POST", "/predict"),
    ("POST", "/batch"),
    ("POST", "/recordings"),
    ("GET", "/recordings/{id}"),
    ("GET", "/recordings/{id}/timeline"),
    ("DELETE", "/recordings/{id}"),
]


def test_every_endpoint_is_tried(described):
    assert {(found.ok().method.upper(), found.ok().path) for found in described.get_all_operations()} == {*ENDPOINTS}


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_no_request_makes_the_server_fail(described, method, path):
    health = list(HealthCheck)

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=health)
    @given(case=described[path][method].as_strategy())
    def answers_as_described(case):
        case.call_and_validate(checks=CHECKS)

    answers_as_described()


def test_no_chain_of_requests_makes_the_server_fail(best):
    """A recording is sent, then asked for, fetched and deleted under the id that it was given, in any order."""
    described, met, sent = _described(best), set(), []

    class Chains(described.as_state_machine()):
        def validate_response(self, response, case, **_):
            met.add((case.method, case.path, response.status_code))
            case.validate_response(response, checks=CHECKS)
            if (case.method, case.path, response.status_code) == ("POST", "/recordings", 202):
                sent.append(response.json()["id"])
                _wait_for(described, sent[-1])

        def teardown(self):
            # Each chain meets an empty server: it must go the same way whenever it is tried.
            while sent:
                described["/recordings/{id}"]["DELETE"].Case(path_parameters={"id": sent.pop()}).call()

    steps = settings(
        max_examples=EXAMPLES // 3,
        stateful_step_count=8,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    Chains.run(settings=steps)
    assert {("GET", "/recordings/{id}", 200), ("DELETE", "/recordings/{id}", 204)} <= met, sorted(met)


def _wait_for(described, id_):
    """Until a recording is judged, so that what follows does not depend on how fast this machine is."""
    ask, end = described["/recordings/{id}"]["GET"].Case(path_parameters={"id": id_}), time.monotonic() + 60
    while ask.call().json()["state"] in ("waiting", "running"):
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "default" and name.isprintable()])
def test_no_name_makes_the_server_fail(client, clip, name):
    for path in ("/predict", "/batch"):
        assert client.post(path, params={"model": name}, content=clip).status_code in (404, 422)
    answer = client.post("/batch", files={"files": (name or "none", clip)})
    assert answer.status_code in (200, 422), answer.text
