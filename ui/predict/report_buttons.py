"""Buttons that make a report: HTML always, PDF where the machine that runs the app has a browser to print it."""

from collections.abc import Callable

import streamlit as st

from ser_core.errors import ConfigError
from ser_core.reports import Report, pdf, to_html


def show(make: Callable[[], Report], *, name: str) -> None:
    """Two buttons.

    Parameters
    ----------
    make : callable
        Makes the report; called only when it is asked for.
    name : str
        Of the files, without ending; tells these buttons from the page's others.
    """
    st.download_button(
        "Report (HTML)",
        lambda: to_html(make()).encode(),
        f"{name}-report.html",
        "text/html",
        key=f"report-html-{name}",
        icon=":material/description:",
        on_click="ignore",
        help="One file with figures and tables that opens without a network, about 5 MB.",
    )
    try:
        why_not = None if pdf.browser() else pdf.HOW_TO_GET
    except ConfigError as error:
        why_not = str(error)
    st.download_button(
        "Report (PDF)",
        lambda: _printed(make),
        f"{name}-report.pdf",
        "application/pdf",
        key=f"report-pdf-{name}",
        icon=":material/picture_as_pdf:",
        on_click="ignore",
        disabled=why_not is not None,
        help=why_not or "Printed by this server's browser; takes some seconds.",
    )


def _printed(make: Callable[[], Report]) -> bytes:
    return pdf.to_pdf(to_html(make()))
