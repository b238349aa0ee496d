"""Asking a server that may fail: how long to wait, when to try again, when to give up.

Servers are taken as they come: they cut connections, answer 429 and 5xx for a while, redirect, or do not answer.
"""

import contextlib
import random
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from ser_core import __version__
from ser_core.errors import DownloadError
from ser_core.progress import Meter

# Zenodo asks its programmatic visitors to say who they are (https://github.com/fatiando/pooch/issues/502).
USER_AGENT = f"speech-emotion-lab/{__version__}"


@dataclass(frozen=True)
class Patience:
    """How long to go on with a server that fails.

    Attributes
    ----------
    attempts : int
        Attempts in a row that bring nothing new before giving up.
    wait_s, longest_wait_s : float
        Wait after the first failure, doubled after each further one up to the longest, seconds.
    longest_asked_s : float
        Longest wait that is granted when the server asks for one (Retry-After), seconds.
    timeout_s : float
        Silence after which a connection counts as cut, seconds.
    """

    attempts: int = 6
    wait_s: float = 1.0
    longest_wait_s: float = 30.0
    longest_asked_s: float = 120.0
    timeout_s: float = 30.0

    def wait_after(self, failures: int, *, asked_s: float | None = None) -> float:
        """Seconds to wait after so many failures in a row; spread a little, so that clients do not return at once."""
        if asked_s is not None:
            return min(asked_s, self.longest_asked_s)
        return min(self.wait_s * 2 ** max(0, failures - 1), self.longest_wait_s) * random.uniform(0.75, 1.25)


PATIENCE = Patience()


class Retry(Exception):
    """The server failed in a way that may pass."""

    def __init__(self, reason: str, *, asked_s: float | None = None):
        super().__init__(reason)
        self.asked_s = asked_s


@contextlib.contextmanager
def connect(patience: Patience = PATIENCE) -> Iterator[httpx.Client]:
    """A client that follows redirects and asks for the bytes as they are stored; several threads may share it."""
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    with httpx.Client(follow_redirects=True, timeout=patience.timeout_s, headers=headers, verify=_tls()) as client:
        yield client


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes 0.1 s, once per process.
    return httpx.create_ssl_context()


def persist(attempt: Callable[[], None], *, done: Callable[[], int], patience: Patience, meter: Meter) -> None:
    """Try until it works; give up after some attempts in a row that got no further than any before.

    Parameters
    ----------
    attempt : callable
        Does the work or raises `Retry` or an error of httpx.
    done : callable
        How far the work is, bytes.
    patience : Patience
        How long to go on.
    meter : Meter
        Says why it waits, and hears the wish to stop.

    Raises
    ------
    DownloadError
        If it gives up, or the address is none.
    CancelledError
        If the user asked to stop.
    """
    failures, furthest, message = 0, done(), meter.message
    while True:
        try:
            return attempt()
        except httpx.UnsupportedProtocol as error:
            raise DownloadError(f"The download address is not one of the web: {error}.") from error
        except (httpx.TransportError, Retry) as error:
            failures = 0 if done() > furthest else failures + 1
            furthest = max(furthest, done())
            reason = f"no connection ({error})" if isinstance(error, httpx.ConnectError) else str(error)
            if failures >= patience.attempts:
                raise DownloadError(
                    f"The download did not finish: {reason}. What was received is kept. Check the connection and start "
                    "again: it goes on from there."
                ) from error
            meter.message = f"{message}: {reason}, trying again"
            _wait(patience.wait_after(failures, asked_s=getattr(error, "asked_s", None)), meter)
            meter.message = message
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadError(f"The download failed: {error}. Check the address and the network.") from error


def accept(response: httpx.Response, url: str) -> None:
    """Pass an answer with content.

    Raises
    ------
    Retry
        If the server is in trouble or asks to come back later.
    DownloadError
        If it does not give the file.
    """
    status = response.status_code
    if status in (200, 206):
        return
    if status in (403, 429) and response.headers.get("x-ratelimit-remaining") == "0":
        raise DownloadError(
            f"{response.url.host} answers no more questions from this network for a while (rate limit). What was "
            "received is kept; start again in an hour."
        )
    if status in (408, 425, 429) or status >= 500:
        raise Retry(f"the server answered {status}", asked_s=_asked_wait(response))
    raise DownloadError(
        f"The server answered {status} {response.reason_phrase} for {url}. The file may have moved: look at the "
        "corpus' home page, and update this package."
    )


def _asked_wait(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _wait(seconds: float, meter: Meter) -> None:
    """Wait, while the meter still says why and still hears the wish to stop."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        meter.add(0)
        time.sleep(min(left, 0.25))
