"""Front page: what this is, how good it is, and where to go."""

import streamlit as st

from ui import shell


def main() -> None:
    """The page."""
    shell.page(title="Home", question="How well can a machine hear emotion in a voice?", icon=":material/hearing:")
    st.markdown(
        "**Speech Emotion Lab** shows what corpora of emotional speech hold, tests recognisers honestly, and lets you "
        "try them on any voice. Every number here comes from a run that you can repeat."
    )
    # Imported only now: pandas and plotly take most of a second, and the heading should stand before that.
    from ui import front, statement

    front.demo()
    front.worth()
    front.headline()
    front.cards()
    statement.in_full()
    front.licences()


main()
