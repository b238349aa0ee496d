"""Reports that stand by themselves: one HTML file with its figures, numbers and data, and a PDF of it.

Examples
--------
>>> from ser_core.reports import Report, Text, to_html
>>> page = to_html(Report(title="A <b>report</b>", blocks=[Text("One line.")]))
>>> "A &lt;b&gt;report&lt;/b&gt;" in page
True
"""

from ser_core.reports.blocks import (
    Badge,
    Code,
    Download,
    Downloads,
    Facts,
    Figure,
    Heading,
    Report,
    Table,
    Text,
)
from ser_core.reports.page import to_html

__all__ = [
    "Badge",
    "Code",
    "Download",
    "Downloads",
    "Facts",
    "Figure",
    "Heading",
    "Report",
    "Table",
    "Text",
    "to_html",
]
