"""Who looks at the page: what some visitors may do on the machine that runs the app, others may not."""

from urllib.parse import urlsplit

import streamlit as st

_LOCAL = ("localhost", "127.0.0.1", "::1")


def may(who: str) -> bool:
    """Whether this visitor is among those meant: ``"on"`` is everybody, ``"local"`` who sits at the machine, else
    nobody."""
    return who == "on" or (who == "local" and is_local())


def is_local() -> bool:
    """Whether the visitor sits at the machine that runs the app.

    A proxy on the same machine has the visitors' addresses replaced by its own: the name in the address tells then.
    """
    host = urlsplit(st.context.url or "").hostname
    return st.context.ip_address is None and host in _LOCAL
