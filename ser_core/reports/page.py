"""The frame of every report: blocks become one HTML file that asks nothing of any server.

Plotly's script stands in the file once, whatever the number of figures; what others wrote is text and never mark-up;
and a content security policy keeps the file from loading anything, even where a text had slipped through.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io

from ser_core import statement
from ser_core.figures.style import CONFIG, plain_title
from ser_core.reports._look import CSS, JS
from ser_core.reports.blocks import Badge, Code, Downloads, Facts, Figure, Heading, Report, Table, Text

_SOURCE = "Speech Emotion Lab"
#: More rows than a reader scrolls through make a page that is slow to open; the downloads hold all.
MAX_ROWS = 500


def to_html(report: Report) -> str:
    """The report as one HTML page that needs no network, about 5 MB where it holds a figure.

    Parameters
    ----------
    report : Report
        What it says.

    Returns
    -------
    str
        The page; every text in it can be written as UTF-8.
    """
    figures: list[str] = []
    body = "\n".join(_WRITERS[type(block)](block, figures) for block in report.blocks)
    scripts = [_plotly(), JS] if figures else []
    policy = _policy(scripts)
    lead = f"<p class='lead'>{_text(report.lead)}</p>" if report.lead else ""
    drawn = "".join(f'<script type="application/json" class="figure">{each}</script>' for each in figures)
    made = report.made.strftime("%d %B %Y, %H:%M %Z").strip()
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{_SOURCE}">
<title>{_text(report.title)}</title>
<style>{CSS}</style>
</head>
<body>
<main>
<header><p class="source">{_SOURCE}</p><h1>{_text(report.title)}</h1>{lead}</header>
{body}
{_statement() if report.statement else ""}
<footer><p>Made on {_text(made)} by {_SOURCE}. This file holds everything that it shows and asks nothing of any
server.</p></footer>
</main>
{drawn}{"".join(f"<script>{script}</script>" for script in scripts)}
</body>
</html>
"""


def _policy(scripts: Sequence[str]) -> str:
    """Nothing is loaded; only the scripts that were written into the page run, known by their digests."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    # Plotly writes its own styles, and draws heatmaps as pictures of its own making.
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"


@cache
def _plotly() -> str:
    """Plotly's script, in a form that can stand within a page."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().replace("</script", "<\\/script")


def _text(value: object) -> str:
    """Foreign text as HTML; characters that no file can hold are written as their codes."""
    return escape(str(value).encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00"))


def _heading(block: Heading, figures: list[str]) -> str:
    return f"<h2>{_text(block.text)}</h2>"


def _paragraph(block: Text, figures: list[str]) -> str:
    return f"<p{' class=strong' if block.strong else ''}>{_text(block.text)}</p>"


def _facts(block: Facts, figures: list[str]) -> str:
    items = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in block.items)
    return f"<dl class='facts'>{items}</dl>"


def _code(block: Code, figures: list[str]) -> str:
    return f"<pre><code>{_text(block.text)}</code></pre>"


def _table(block: Table, figures: list[str]) -> str:
    shown = block.rows[:MAX_ROWS]
    caption = block.caption
    if len(shown) < len(block.rows):
        caption += f" The first {len(shown):,} of {len(block.rows):,} rows; the downloads hold all."
    head = "".join(f"<th scope='col'>{_text(name)}</th>" for name in block.columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in shown)
    # Scrolls sideways by itself where it is wider than a telephone, and by keyboard too.
    return (
        f"<div class='table' role='region' tabindex='0' aria-label='{_text(block.caption)}'><table>"
        f"<caption>{_text(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, Badge):
        return f"<td><span class='badge' style='--colour:{_text(value.colour)}'>{_text(value.text)}</span></td>"
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return f"<td>{_text(value)}</td>"
    return f"<td class='number'>{_text(value)}</td>"


def _figure(block: Figure, figures: list[str]) -> str:
    alt = block.alt or plain_title(block.figure)
    figures.append(_json(block.figure))
    numbers = ""
    if block.numbers is not None:
        table = _table(Table.of(block.numbers, f"Numbers of the figure: {plain_title(block.figure)}."), figures)
        numbers = f"<details><summary>Numbers</summary>{table}</details>"
    height = block.figure.layout.height or 400
    return (
        f"<figure><div class='chart' role='img' aria-label='{_text(alt)}' style='min-height:{height:g}px'></div>"
        f"<noscript><p>{_text(alt)}</p></noscript>{numbers}</figure>"
    )


def _json(figure: go.Figure) -> str:
    """A figure as JSON that cannot end the script element it stands in; its template is the page's."""
    bare = figure.to_plotly_json()
    layout = {name: value for name, value in bare["layout"].items() if name not in ("template", "width")}
    shown = {"data": bare["data"], "layout": layout, "config": {**CONFIG, "responsive": True}}
    return plotly.io.json.to_json_plotly(shown).replace("<", "\\u003c")


def _downloads(block: Downloads, figures: list[str]) -> str:
    links = []
    for file in block.files:
        content = file.content.encode("utf-8", "backslashreplace") if isinstance(file.content, str) else file.content
        data = base64.b64encode(content).decode()
        name = _text(file.name)
        size = f"{len(content) / 1e3:,.0f} kB" if len(content) >= 1e3 else f"{len(content)} bytes"
        links.append(
            f'<a download="{name}" href="data:{_text(file.mime)};base64,{data}">{name} <small>{size}</small></a>'
        )
    return f"<p class='downloads'>{' '.join(links)}</p>"


def _statement() -> str:
    points = "".join(f"<dt>{_text(point.title)}</dt><dd>{_text(point.text)}</dd>" for point in statement.POINTS)
    return f"<section class='statement'><h2>{_text(statement.TITLE)}</h2><dl>{points}</dl></section>"


_WRITERS: dict[type, Callable[[Any, list[str]], str]] = {
    Heading: _heading,
    Text: _paragraph,
    Facts: _facts,
    Code: _code,
    Table: _table,
    Figure: _figure,
    Downloads: _downloads,
}
