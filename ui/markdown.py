"""Texts that others wrote, shown as they are: Streamlit reads Markdown nearly everywhere."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+|!~$:])")


def plain(text: str) -> str:
    """A text in which nothing is formatting, link, picture or icon.

    Examples
    --------
    >>> plain("![x](http://example.org)")
    '\\\\!\\\\[x\\\\]\\\\(http\\\\://example.org\\\\)'
    """
    return _MARKS.sub(r"\\\1", text)
