"""How long the server works at a warm rerun of a page, and how much figure data it sends."""

import time
from contextlib import contextmanager

import numpy as np

from ser_core.settings import PROJECT_ROOT

RERUNS = 20
WARM_UPS = 3
LIMIT_MS, LIMIT_MB = 300, 5
SETTLE_S = 600


def measure_page(name: str, page: str, query: dict[str, str]) -> list[dict]:
    """Three rows: 95th percentile of the warm reruns of a page and of the processor time therein, ms, and its figure
    data, MB. On a busy machine the processor time tells what the first would be on an idle one.

    Parameters
    ----------
    name : str
        Of the rows.
    page : str
        File of the page, relative to the project.
    query : dict
        The address it is opened at.
    """
    with _timed_scripts() as times:
        app = _open(page, query)
        for _ in range(WARM_UPS):
            app.run()
        times.clear()
        for _ in range(RERUNS):
            app.run()
        if app.exception:
            raise RuntimeError(f"{name} failed: {app.exception[0].message}")
    data = sum(len(chart.proto.spec) for chart in app.get("plotly_chart"))
    taken, worked = np.percentile(times, 95, axis=0)
    return [
        _row(f"{name}: warm rerun, 95th percentile", round(taken), "ms", f"<= {LIMIT_MS}"),
        _row(f"{name}: processor time, 95th percentile", round(worked), "ms", None),
        _row(f"{name}: figure data", round(data / 1e6, 2), "MB", f"<= {LIMIT_MB}"),
    ]


def _open(page: str, query: dict[str, str]):
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=SETTLE_S)
    app.switch_page(page)
    for key, value in query.items():
        app.query_params[key] = value
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
