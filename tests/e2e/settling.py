"""When a page of the app is at rest: all that the browser asked for was run and is drawn."""

import contextlib
import time

import pytest
from playwright.sync_api import Error, TimeoutError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SETTLED_MS = 180_000
#: How long nobody may say anything, seconds: a slider waits 0.2 s for its next step before it tells the server.
QUIET_S = 0.4
#: How often, and each time how long in milliseconds, something is tried that the browser may miss.
TRIES, TRY_MS = 10, 15_000
_STEP_MS = 50
_SHARE_S = 0.3
_DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
#: Whether nothing has to be scrolled sideways.
FITS = """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
  .every(element => element.scrollWidth <= element.clientWidth)"""
_READY = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"


class Talk:
    """What a tab and its server say to each other about runs of the page's script.

    The page itself says that a script runs only once the server told it so: right after a click it still looks idle.
    """

    def __init__(self, page):
        self._asked = self._running = False
        self._last = time.monotonic()
        page.on("websocket", self._opened)

    @property
    def is_over(self) -> bool:
        """Whether no run is asked for or going on, and that for a while."""
        return not (self._asked or self._running) and time.monotonic() - self._last > QUIET_S

    def _opened(self, socket) -> None:
        if "/_stcore/stream" in socket.url:
            self._asked, self._running = True, False  # A new session begins with a run.
            self._last = time.monotonic()
            socket.on("framesent", self._sent)
            socket.on("framereceived", self._received)

    def _sent(self, frame) -> None:
        if isinstance(frame, bytes) and BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            self._asked, self._last = True, time.monotonic()

    def _received(self, frame) -> None:
        message = ForwardMsg.FromString(frame) if isinstance(frame, bytes) else None
        kind = message and message.WhichOneof("type")
        if kind == "new_session":
            self._asked, self._running = False, True
        elif kind == "script_finished":
            # Another run follows at once where one ended early.
            self._running = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        else:
            return
        self._last = time.monotonic()


def settled(page) -> None:
    """Wait until the page of an `opened_tab` has run to its end and is drawn, whatever was done to it just now."""
    end = time.monotonic() + SETTLED_MS / 1000
    while True:
        page.wait_for_selector(_READY, timeout=SETTLED_MS)
        if page.talk.is_over:
            page.evaluate(_DRAWN)
            if page.talk.is_over and page.locator(_READY).count():
                return
        assert time.monotonic() < end, f"{page.url} is still at work after {SETTLED_MS / 1000:.0f} s"
        page.wait_for_timeout(_STEP_MS)


def press(control) -> None:
    """Click a control once the page is at rest: what is drawn anew between pointer down and up misses the click."""
    settled(control.page)
    control.scroll_into_view_if_needed()
    control.page.evaluate(_DRAWN)  # Told of late, the scrolling would close the list that the click opens.
    control.click()


def choose(page, label: str, option: str) -> None:
    """Choose in a drop-down list once the page is at rest, which closes a list when it is drawn anew."""
    press(page.get_by_role("combobox", name=label))
    page.get_by_role("option", name=option).first.click()


def insist(page, act, shown) -> None:
    """Do something to a chart until it was taken: one that is just finding its size or drawn anew misses the pointer.

    Parameters
    ----------
    page : playwright.sync_api.Page
        Of an `opened_tab`.
    act : callable
        Does it; may give up with an error of Playwright's, as where an element was drawn anew under it.
    shown : callable
        Waits until the page shows it, as long as it is given, milliseconds.
    """
    for _ in range(TRIES):
        settled(page)
        with contextlib.suppress(Error):
            act()
            settled(page)
            shown(TRY_MS)
            return
    pytest.fail(f"{page.url} did not take it in {TRIES} tries")


def downloaded(control):
    """The download behind a button or link, once the page is at rest."""
    settled(control.page)
    with control.page.expect_download() as waiting:
        control.click()
    return waiting.value


def fits(page) -> bool:
    """Whether the page at rest has nothing to scroll sideways; charts may still find their width."""
    settled(page)
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(FITS)
    return page.evaluate(FITS)


@contextlib.contextmanager
def opened_tab(browser, **look):
    """A tab of its own that remembers what it asked for and what went wrong in it.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        Where.
    **look
        As `Browser.new_context` takes it, such as ``viewport`` and ``color_scheme``.

    Yields
    ------
    playwright.sync_api.Page
        With ``requested``, addresses; ``errors``, of its scripts; and ``talk``, for `settled`.
    """
    context = browser.new_context(**look)
    tab = context.new_page()
    tab.set_default_timeout(SETTLED_MS)
    tab.requested, tab.errors, tab.talk = [], [], Talk(tab)
    tab.on("request", lambda request: tab.requested.append(request.url))
    tab.on("pageerror", lambda error: tab.errors.append(str(error)))
    try:
        yield tab
    finally:
        context.close()


def free_share() -> float:
    """How much of a processor a process gets just now, 0 to 1."""
    wall, own = time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < _SHARE_S:
        pass
    return min(1.0, (time.process_time() - own) / (time.perf_counter() - wall))
