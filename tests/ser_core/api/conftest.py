"""A server in this process, and its models."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ser_core.api import create_app
from ser_core.serving.testing import make_model
from ser_core.testing import encode, speechlike


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    make_model(folder / "best", probabilities={"angry": 0.72}, weight=0.001, uar=0.7)
    make_model(folder / "other", probabilities={"sad": 0.6}, uar=0.5)
    return folder


@pytest.fixture(scope="module")
def clip():
    return encode(speechlike(1.5, sr=16_000, f0=180.0, seed=0), sr=16_000)


def in_thread(coroutine):
    """Run in a thread of its own: a browser test before may have left an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Client:
    """Calls an application in this process, from tests that are not asynchronous."""

    def __init__(self, app):
        self.app = app

    def request(self, method, path, **arguments):
        async def call():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **arguments)

        return in_thread(call())

    def get(self, path, **arguments):
        return self.request("GET", path, **arguments)

    def post(self, path, **arguments):
        return self.request("POST", path, **arguments)


@pytest.fixture(scope="module")
def client(folder):
    return Client(create_app(folder))


@pytest.fixture
def make_client(folder):
    """Makes a client of a server of its own, with other options or models."""
    return lambda options=None, folder=folder: Client(create_app(folder, options=options))


@pytest.fixture
def run_async():
    """Runs a coroutine to its end."""
    return in_thread
