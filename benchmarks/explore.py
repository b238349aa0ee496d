"""The Explore page over all real corpora: how long the server works at a warm rerun of each view, and how much figure
data it sends. Recordings at SER_DATA_ROOT are played and drawn; without any, the tables that ship are all there is."""

from pathlib import Path

from benchmarks.pages import SETTLE_S, measure_page


def measure(folder: Path) -> list[dict]:
    """Three rows for every view, see `benchmarks.pages.measure_page`."""
    from ui.explore import page, reading

    reading.PATIENCE_S = SETTLE_S  # The first reading of the files is none of the page's reruns.
    rows = []
    for view in page.VIEWS:
        rows += measure_page(f"explore {view}", "pages/Explore.py", {"view": view})
    return rows
