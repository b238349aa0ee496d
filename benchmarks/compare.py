"""The Compare page over forty runs, copies of those that ship: what a warm rerun of each view asks of the server."""

import os
import shutil
from pathlib import Path

from benchmarks.pages import SETTLE_S, measure_page
from ser_core import settings

RUNS = 40


def measure(folder: Path) -> list[dict]:
    """Three rows for every view and panel, see `benchmarks.pages.measure_page`."""
    from ser_core.experiments import list_runs
    from ui import working
    from ui.compare import page, side

    shipped = list_runs(settings.runs_dir())
    if not shipped:
        raise RuntimeError(f"No finished runs in {settings.runs_dir()}; restore data/runs from the repository.")
    for i in range(max(RUNS, len(shipped))):
        run = shipped[i % len(shipped)]
        shutil.copytree(run.folder, folder / f"{run.id}-{i // len(shipped)}", ignore=shutil.ignore_patterns("models"))
    before = os.environ.get("SER_RUNS_DIR")
    os.environ["SER_RUNS_DIR"] = str(folder)
    working.PATIENCE_S = SETTLE_S  # The first scoring of the runs is none of the page's reruns.
    try:
        rows = []
        for view in page.VIEWS:
            panels = side.PANELS if view == "side-by-side" else (None,)
            for panel in panels:
                query = {"view": view} | ({"show": panel} if panel else {})
                name = " ".join(filter(None, ("compare", view, panel)))
                rows += measure_page(f"{name}, {max(RUNS, len(shipped))} runs", "pages/Compare.py", query)
        return rows
    finally:
        if before is None:
            del os.environ["SER_RUNS_DIR"]
        else:
            os.environ["SER_RUNS_DIR"] = before
