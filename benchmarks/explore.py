"""The Explore page over all real corpora: how long the server works at a warm rerun of each view, and how much figure
data it sends. Recordings at SER_DATA_ROOT are played and drawn; without any, the tables that ship are all there is."""

import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ser_core.settings import PROJECT_ROOT

RERUNS = 20
WARM_UPS = 3
LIMIT_MS, LIMIT_MB = 300, 5
_SETTLE_S = 600


def measure(folder: Path) -> list[dict]:
    """Three rows for every view: 95th percentile of its warm reruns and of the processor time therein, ms, and its
    figure data, MB. On a busy machine the processor time tells what the first would be on an idle one."""
    from ui.explore import page, reading

    reading.PATIENCE_S = _SETTLE_S  # The first reading of the files is none of the page's reruns.
    rows = []
    for view in page.VIEWS:
        with _timed_scripts() as times:
            app = _open(view)
            for _ in range(WARM_UPS):
                app.run()
            times.clear()
            for _ in range(RERUNS):
                app.run()
            if app.exception:
                raise RuntimeError(f"The view {view!r} of Explore failed: {app.exception[0].message}")
        data = sum(len(chart.proto.spec) for chart in app.get("plotly_chart"))
        taken, worked = np.percentile(times, 95, axis=0)
        rows.append(_row(f"explore {view}: warm rerun, 95th percentile", round(taken), "ms", f"<= {LIMIT_MS}"))
        rows.append(_row(f"explore {view}: processor time, 95th percentile", round(worked), "ms", None))
        rows.append(_row(f"explore {view}: figure data", round(data / 1e6, 2), "MB", f"<= {LIMIT_MB}"))
    return rows


def _open(view: str):
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=_SETTLE_S)
    app.switch_page("pages/Explore.py")
    app.query_params["view"] = view
    return app.run()


def _row(what: str, value: float, unit: str, limit: str | None) -> dict:
    return {"what": what, "value": value, "unit": unit, "limit": limit}


@contextmanager
def _timed_scripts():
    """The time of each run of a page's script and the processor time of its thread, ms: what the server does, without
    the test's own reading of it."""
    from streamlit.runtime.scriptrunner import script_runner

    run, times = script_runner.exec_func_with_error_handling, []

    def timed(*args, **kwargs):
        start, worked = time.perf_counter(), time.thread_time()
        try:
            return run(*args, **kwargs)
        finally:
            times.append((1000 * (time.perf_counter() - start), 1000 * (time.thread_time() - worked)))

    script_runner.exec_func_with_error_handling = timed
    try:
        yield times
    finally:
        script_runner.exec_func_with_error_handling = run
