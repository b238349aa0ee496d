"""A map that is not there yet: what it takes, the button that draws it, how far it is, and a way to stop it."""

import streamlit as st

from ser_core.analysis import embedding, maps
from ser_core.figures.style import count
from ui import working
from ui.explore import map_places
from ui.explore.selection import Selection
from ui.jobs import Job, jobs

_POLL_S = 1.0


def offer(selection: Selection, method: str) -> None:
    """What must be done before there is a map: an offer, its progress, or why it cannot be."""
    job = jobs().get(map_places.job_key(selection, method))
    if job is None or job.state != "running":
        _offer(selection, method, job)
    else:
        st.fragment(_watch, run_every=_POLL_S)(selection, method)


def _offer(selection: Selection, method: str, job: Job | None) -> None:
    todo = map_places.to_measure(selection)
    known = int(maps.known(map_places.measures(selection)).sum())
    with st.container(border=True, key="map-offer"):
        if known + todo < embedding.MIN_CLIPS:
            st.markdown(
                f"A map needs at least {embedding.MIN_CLIPS} clips that were measured; of these there "
                f"{'is' if known + todo == 1 else 'are'} {known + todo}. Choose more clips or corpora"
                f"{'' if known + todo else ', or get the recordings, so that they can be measured'}."
            )
            return
        if job is not None and job.state in ("failed", "cancelled"):
            st.info(job.message, icon=":material/info:")
        title = embedding.METHODS[method].title
        measuring = f"{count(todo, 'clip')} must be measured first. " if todo else ""
        st.markdown(
            f"The {title} map of these {count(known + todo, 'clip')} has not been drawn on this machine yet. "
            f"{measuring}It takes seconds for hundreds of clips, minutes for thousands, in the background, and is kept."
            + ("" if embedding.METHODS[method].instant else " The PCA map needs no such wait.")
        )
        if st.button("Draw it", type="primary", icon=":material/scatter_plot:", key="map-draw"):
            jobs().forget(map_places.job_key(selection, method))
            map_places.start(selection, method)
            # The whole page runs again, for only that gives the fragment its clock.
            st.rerun(scope="app")


def _watch(selection: Selection, method: str) -> None:
    job = jobs().get(map_places.job_key(selection, method))
    if job is None or job.state != "running":
        if job is not None and job.state == "done":
            jobs().forget(map_places.job_key(selection, method))
        st.rerun(scope="app")
    working.progress(job, key="map-cancel", hint="What was measured is kept; the drawing begins anew.")
