"""Buttons that make a report: HTML always, PDF where the machine that runs the app has a browser to print it."""

from collections.abc import Callable

import streamlit as st

from ser_core.errors import ConfigError, PrintError
from ser_core.reports import Report, pdf, to_html
from ui.markdown import plain


def show(make: Callable[[], Report], *, name: str) -> None:
    """Buttons, and what came of them.

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
    # Printing takes seconds and can fail, of which a download that is made on its way would say nothing.
    asked = st.button(
        "Report (PDF)",
        key=f"report-pdf-{name}",
        icon=":material/picture_as_pdf:",
        disabled=why_not is not None,
        help=plain(why_not) if why_not else "Printed by a browser of this server; takes some seconds.",
    )
    if not asked:
        return
    try:
        with st.spinner("Printing …"):
            printed = pdf.to_pdf(to_html(make()))
    except (PrintError, ConfigError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.download_button(
        "Save the PDF",
        printed,
        f"{name}-report.pdf",
        "application/pdf",
        key=f"report-save-{name}",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
    )
