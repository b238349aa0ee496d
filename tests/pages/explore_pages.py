"""The Explore page as tests open it, and what they read off it."""

import json
import re

import pandas as pd
from streamlit.testing.v1 import AppTest

from ser_core.settings import PROJECT_ROOT


def page() -> AppTest:
    """The page as a deep link opens it: the front page has not run."""
    return AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=120).switch_page("pages/Explore.py")


def open_(app: AppTest, **query) -> AppTest:
    """Run the page at an address."""
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    """All text of the page."""
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info, *app.warning, *app.subheader))


def titles(app: AppTest) -> list[str]:
    """Titles of the figures."""
    html = " ".join(element.proto.body for element in app.get("html"))
    return re.findall(r'sel-figure-title">(.*?)</p>', html)


def figures(app: AppTest) -> list[dict]:
    """The figures as plotly reads them."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def table(app: AppTest) -> pd.DataFrame:
    """The first table."""
    return app.dataframe[0].value
