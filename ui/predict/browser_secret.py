"""What a visitor's own browser knows: the secret by which predictions that were asked to be kept are found again.

It stands in the browser's local storage for this address, in no cookie and no URL, and is shown nowhere.
"""

import streamlit as st

# The server makes the secret, so that keeping begins with the press of the switch.
_JS = """
export default function({ data, setStateValue }) {
  const place = "speech-emotion-lab.history";
  let found = "";
  try {
    if (data.store) localStorage.setItem(place, data.store);
    if (data.store === "") localStorage.removeItem(place);
    found = localStorage.getItem(place) ?? "";
  } catch {
    found = "blocked";
  }
  if (found !== data.known) setStateValue("secret", found);
}
"""
_browser = st.components.v2.component("history-secret", html="<span></span>", js=_JS)

BLOCKED = "blocked"
"""What a browser says that stores nothing for this page."""


def exchange(*, store: str | None, known: str) -> str:
    """Ask the browser for its secret.

    Parameters
    ----------
    store : str or None
        A secret for the browser to store, an empty text for it to forget its own, None to ask only.
    known : str
        What it said last; it speaks up when that is something else.

    Returns
    -------
    str
        Its secret, `BLOCKED`, or an empty text where it has none or has not answered yet.
    """
    with st.container(height=1, border=False, key="history-secret"):
        answer = _browser(
            key="history-secret-of-browser",
            data={"store": store, "known": known},
            default={"secret": known},
            on_secret_change=lambda: None,
        )
    return answer.secret or ""
