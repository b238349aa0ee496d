"""How worker processes start."""

import sys
import types
from concurrent.futures import ProcessPoolExecutor

from ser_core.workers import CONTEXT, begin


def test_workers_do_not_run_the_main_script(tmp_path, monkeypatch):
    # As under Streamlit, which takes the page for the main script.
    page = tmp_path / "page.py"
    page.write_text("raise RuntimeError('run once more')")
    main = types.ModuleType("__main__")
    main.__file__ = str(page)
    monkeypatch.setitem(sys.modules, "__main__", main)
    with ProcessPoolExecutor(1, mp_context=CONTEXT, initializer=begin) as pool:
        assert pool.submit(abs, -2).result() == 2
