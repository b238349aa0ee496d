"""What is in the corpora? Counts, distributions, and every clip to hear and see."""

import streamlit as st

from ser_core import corpora
from ser_core.errors import CorpusNotFoundError, SERError
from ui import clips, empty, explore, shell

shell.page(title="Explore", question="What is in the corpora?", icon=shell.EXPLORE.icon)
corpus = corpora.get(explore.pick_corpus())
try:
    table = explore.clips(corpus.name)
except CorpusNotFoundError:
    empty.missing_corpus(corpus.name)
    st.stop()
except SERError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()
explore.answer(corpus, table)
view, selected = explore.toolbar(table)
if view == "clips":
    clips.browser(corpus, table, selected)
elif selected.empty:
    st.info("No clip passes the filters. Reset them to see all.", icon=":material/filter_alt_off:")
else:
    explore.overview(selected)
