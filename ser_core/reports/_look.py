"""How a report looks on screen, on a telephone, in the dark and on paper, and the script that draws its figures."""

import json

import plotly.io

CSS = """
:root {--ink: #1c2a30; --soft: #55656d; --ground: #fff; --panel: #f2f5f6; --line: #d9e1e4; --accent: #0e6e83;}
@media (prefers-color-scheme: dark) {
  :root {--ink: #e6edf0; --soft: #9fb0b8; --ground: #10171b; --panel: #1a242a; --line: #33424a; --accent: #6cc5da;}
}
@media print {
  :root {--ink: #000; --soft: #444; --ground: #fff; --panel: #fff; --line: #bbb; --accent: #000; color-scheme: light;}
}
* {box-sizing: border-box;}
body {margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;}
main {max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem;}
.source {margin: 0; color: var(--accent); font-weight: 600;}
h1 {margin: .2rem 0 .5rem; font-size: 1.8rem; line-height: 1.2; overflow-wrap: anywhere;}
h2 {margin: 2rem 0 .5rem; font-size: 1.3rem;}
.lead {margin: 0; font-size: 1.15rem; overflow-wrap: anywhere;}
.strong {font-weight: 600;}
p {overflow-wrap: anywhere;}
.facts {display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1rem 0;}
.facts div {border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; overflow-wrap: anywhere;}
.facts dt {color: var(--soft); font-size: .85rem;}
.facts dd {margin: 0; font-size: 1.15rem; font-weight: 600;}
figure {margin: 1rem 0;}
.table {overflow-x: auto; margin: 1rem 0;}
table {border-collapse: collapse; width: 100%; font-size: .9rem;}
@media screen {.table:has(th:nth-child(4)) table {min-width: 40rem;}}
caption {text-align: left; padding-bottom: .4rem; color: var(--soft);}
th, td {text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top;
  unicode-bidi: isolate; overflow-wrap: anywhere; min-width: 4.5rem;}
th {background: var(--panel); overflow-wrap: normal;}
.number {text-align: right; font-variant-numeric: tabular-nums;}
.badge {white-space: nowrap;}
.badge::before {content: ""; display: inline-block; width: .65em; height: .65em; margin-right: .4em; border-radius: 50%;
  background: var(--colour); print-color-adjust: exact; -webkit-print-color-adjust: exact;}
pre {background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem;
  white-space: pre-wrap; overflow-wrap: anywhere;}
a {color: var(--accent);}
.downloads a {display: inline-block; margin: 0 .5rem .5rem 0; padding: .35rem .8rem; border: 1px solid var(--line);
  border-radius: .5rem; text-decoration: none;}
summary {cursor: pointer; color: var(--accent);}
small, footer {color: var(--soft);}
footer {margin-top: 2rem; font-size: .85rem;}
.statement {margin-top: 2rem; padding: .1rem 1rem 1rem; border-left: .3rem solid var(--accent);
  background: var(--panel);}
.statement dt {font-weight: 600; margin-top: .6rem;}
.statement dd {margin: 0;}
:focus-visible {outline: 2px solid var(--accent); outline-offset: 2px;}
@page {size: A4; margin: 15mm;}
@media print {
  main {max-width: none; padding: 0;}
  body {font-size: 11pt;}
  .downloads, details, .modebar {display: none !important;}
  figure, tr, .facts div, .statement {break-inside: avoid;}
  h2 {break-after: avoid;}
  thead {display: table-header-group;}
  .table {overflow: visible;}
}
"""


def _template(name: str) -> str:
    """What the figures' own layouts leave open, for one of the two grounds."""
    layout = plotly.io.templates[name].to_plotly_json()["layout"]
    layout["font"]["family"] = "system-ui, sans-serif"
    layout["polar"]["bgcolor"] = "rgba(0,0,0,0)"
    return json.dumps({"layout": layout}).replace("<", "\\u003c")


# A4 less its margins, in pixels of style sheets: as wide as a figure may be on paper.
_PAPER_PX = 680

JS = f"""
(() => {{
  const light = {_template("plotly_white")}, dark = {_template("plotly_dark")};
  const night = matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll(".chart")];
  const looks = (isDark) => (isDark ? dark : light);
  const drawn = [...document.querySelectorAll("script.figure")].map((script, i) => {{
    const {{ data, layout, config }} = JSON.parse(script.textContent);
    return Plotly.newPlot(charts[i], data, {{ ...layout, template: looks(night.matches) }}, config);
  }});
  const all = (change) => charts.forEach((chart) => Plotly.relayout(chart, change));
  night.addEventListener("change", () => all({{ template: looks(night.matches) }}));
  addEventListener("beforeprint", () => {{
    all({{ template: looks(false), width: {_PAPER_PX}, autosize: false }});
  }});
  addEventListener("afterprint", () => {{
    all({{ template: looks(night.matches), width: null, autosize: true }});
  }});
  Promise.all(drawn).then(() => document.documentElement.dataset.drawn = drawn.length);
}})();
"""
