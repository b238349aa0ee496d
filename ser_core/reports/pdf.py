"""A report as PDF, printed by a browser of this machine; nothing is sent anywhere."""

import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from ser_core.errors import ConfigError, PrintError

#: Names of browsers that print without a window, as they stand on the search path of Linux and Windows.
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
HOW_TO_GET = (
    "No browser was found on the machine that runs this app: install Chromium or Chrome there, or let SER_BROWSER name "
    "one. Or open the HTML report and print it to PDF."
)
"""What to do where there is none."""

_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    # As wide as the paper: figures are drawn for the window before they are printed.
    "--window-size=720,1000",
    # The browser's own clock runs ahead as soon as nothing is left to do: time enough for all figures.
    "--virtual-time-budget=20000",
)
_PATIENCE_S = 90
# A browser takes a few hundred megabytes: one at a time, whoever asks.
_TURN = threading.BoundedSemaphore(1)


def browser() -> str | None:
    """A browser that can print: the one that ``SER_BROWSER`` names, else one that is installed; None if there is none.

    Raises
    ------
    ConfigError
        If ``SER_BROWSER`` names nothing that can be run.
    """
    named = os.environ.get("SER_BROWSER", "").strip()
    if named:
        found = shutil.which(named)
        if found is None:
            raise ConfigError(f"SER_BROWSER must name a browser such as /usr/bin/chromium, got {named!r}.")
        return found
    return next((found for name in (*BROWSERS, *_ELSEWHERE) if (found := shutil.which(name))), None)


def to_pdf(html: str, *, patience_s: float = _PATIENCE_S) -> bytes:
    """A report printed on A4.

    Parameters
    ----------
    html : str
        From `ser_core.reports.to_html`. Pages from elsewhere are not for this: the browser opens what it is given.
    patience_s : float
        Seconds to wait for one's turn, and seconds after which the browser is stopped.

    Returns
    -------
    bytes
        The PDF.

    Raises
    ------
    PrintError
        If there is no browser, or it printed nothing in time.
    """
    program = browser()
    if program is None:
        raise PrintError(HOW_TO_GET)
    if not _TURN.acquire(timeout=patience_s):
        raise PrintError("Other reports are being printed now. Try again in a minute.")
    try:
        return _print(program, html, patience_s)
    finally:
        _TURN.release()


def _print(program: str, html: str, patience_s: float) -> bytes:
    # Chromium refuses to run as root inside its sandbox, as in a container.
    sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory(prefix="ser-report-", ignore_cleanup_errors=True) as folder:
        page, printed = Path(folder, "report.html"), Path(folder, "report.pdf")
        page.write_text(html, encoding="utf-8")
        places = (f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", page.as_uri())
        try:
            done = subprocess.run([program, *_FLAGS, *sandbox, *places], capture_output=True, timeout=patience_s)
        except subprocess.TimeoutExpired:
            raise PrintError(
                f"The browser {program} printed nothing within {patience_s:g} s. Open the HTML report and print it."
            ) from None
        except OSError as error:
            raise PrintError(f"The browser {program} cannot be run: {error.strerror}. {HOW_TO_GET}") from None
        if not printed.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise PrintError(
                f"The browser {program} printed nothing (exit status {done.returncode}"
                f"{f': {said[-1][:200]}' if said else ''}). Open the HTML report and print it."
            )
        return printed.read_bytes()
