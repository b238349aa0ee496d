"""Front page: what this is, how good it is, and where to go. Nothing heavy is imported, so that it paints at once."""

import streamlit as st

from ui import front, shell

shell.page(title="Home", question="How well can a machine hear emotion in a voice?", icon=":material/hearing:")
st.markdown(
    "**Speech Emotion Lab** shows what corpora of emotional speech hold, tests recognisers honestly, and lets you try "
    "them on any voice. Every number here comes from a run that you can repeat."
)
front.demo()
front.headline()
front.cards()
front.limits()
front.licences()
