"""Parts of the front page."""

import streamlit as st

from ser_core.errors import SERError
from ui import cached, figure, recording, shell

#: Emotion of the demo clip: the one that the models find best in real voices.
_DEMO_EMOTION = "angry"

#: In the order of the menu.
_CARDS = (
    (shell.EXPLORE, "Who speaks, how often, in which emotion. Listen to clips, and see what sets emotions apart."),
    (shell.TRAIN, "Choose a model, the clips and the test; watch it learn on this machine, and keep the result."),
    (
        shell.COMPARE,
        "Every model under honest and leaky tests, each figure with its uncertainty; any of them side by side.",
    ),
    (shell.PREDICT, "A sample, a file, a folder or your own voice: what it sounds like, and how sure that is."),
)


def worth() -> None:
    """What the model that answers by default is worth: on a voice it never heard, and on one that it knows."""
    from ser_core import corpora
    from ser_core.evaluation import Interval
    from ser_core.serving import available_models
    from ui import worth as worths
    from ui.markdown import plain
    from ui.score_card import score_card

    card = next(iter(available_models()), None)
    found = worths.measured(card) if card else None
    run = {each.id: each for each in cached.runs()}.get(found[1].get("run")) if found else None
    if run is None or found[1].get("corpus") not in corpora.names():
        return
    corpus, n_clips = found[1]["corpus"], found[1].get("enrolled_clips", 0)
    curve = worths.enrolled(run, corpus, n_clips)
    if curve is None:
        return
    alone, known = curve.to_dict("records")
    st.markdown(
        f"The model that answers here, **{plain(card.title)}**, on {alone['speakers']} speakers of "
        f"{plain(corpora.get(corpus).title)} that it was not trained on: the share of clips named right, averaged over "
        f"{len(card.labels)} emotions."
    )
    cards = (
        ("A new voice", alone, "It hears one clip alone, of somebody it never heard. **The figure to expect.**"),
        (
            "A voice it knows",
            known,
            f"It has listened to {n_clips} other clips of this speaker, without being told their emotions: see "
            "*Predict*, *Your voice*.",
        ),
    )
    for column, (heading, row, meaning) in zip(st.columns(len(cards)), cards, strict=True):
        with column:
            score_card(
                heading,
                Interval(row["uar"], row["low"], row["high"]),
                chance=1 / len(card.labels),
                meaning=meaning,
                help=f"Average recall (UAR) with its 95% interval over {row['speakers']} speakers, {row['clips']:,} "
                f"test clips; from `data/runs/{run.id}`.",
            )


def headline() -> None:
    """The leak at a glance, straight from the shipped runs."""
    from ser_core.reports import names
    from ui.compare import tables, words

    table = _leak_table()
    found = words.leak_scores(table)
    if not found:
        st.info(
            "No results are here yet: the run folders in `data/runs` are missing. *Compare* says how to make them.",
            icon=":material/info:",
        )
        return
    from ser_core.figures.headline import headline as drawn

    where = names.corpora_words(next(iter(next(iter(table.values())).values())).entry.tested_on)
    figure.show(
        drawn(found, title=words.leak_title(table)),
        name="leak",
        alt=f"Average recall of each model on {where} under each protocol with 95% intervals",
        data=lambda: tables.leak_rows(table),
        command="\n".join(tables.commands(models) for models in table.values()),
    )
    st.markdown(words.leak_words(table))


def _leak_table() -> dict:
    """The runs of the familiar models on the corpus that most were tested on honestly: few, so scored at once."""
    from ser_core.experiments.entries import entries
    from ser_core.reports.names import label
    from ui.compare import scores

    found = [each for each in entries(cached.runs()) if each.model in scores.FAMILIAR and not each.calibrated]
    tested_on = next(iter(scores.judged_on(found)), None)
    # As they usually are: a run split or trimmed otherwise would be another row.
    own = [each for each in found if each.tested_on == tested_on and label(each) == each.model]
    return scores.by_protocol(scores.score(own), tested_on=tested_on) if own else {}


def demo() -> None:
    """Two buttons: hear a sample judged, and see the evidence."""
    with st.container(horizontal=True):
        if st.button(
            "Hear a sample and what the models make of it", type="primary", icon=":material/play_arrow:", key="demo"
        ):
            clip = demo_clip()
            st.switch_page(shell.PREDICT.path, query_params={"sample": clip} if clip else None)
        if st.button("See the evidence", icon=shell.COMPARE.icon, key="evidence"):
            st.switch_page(shell.COMPARE.path)


def demo_clip() -> str | None:
    """A clip that is on this machine: of a real voice if there is one, else of the demo corpus that ships."""
    from ser_core import corpora

    for name in corpora.names():
        corpus = corpora.get(name)
        if not (corpus.synthetic or corpus.manifest_file().is_file()):
            continue
        try:
            # The shipped table knows the names; looking for single files is cheaper than listing the whole corpus.
            table = corpus.manifest() if corpus.synthetic else corpus.shipped_manifest()
        except SERError:
            continue
        first = table[table["clip_id"] == recording.FIRST_CLIP]
        others = table[table["emotion"] == _DEMO_EMOTION].sort_values("intensity", ascending=False, kind="stable")
        for row in (*first.itertuples(), *others.itertuples()):
            if corpus.clip_path(row.path) is not None:
                return row.clip_id
    return None


def cards() -> None:
    """The pages, each with the question it answers; equal in height."""
    for column, (entry, words) in zip(st.columns(len(_CARDS)), _CARDS, strict=True):
        with column.container(border=True, height="stretch", key=f"card-{entry.label.lower()}"):
            st.markdown(f"#### {entry.icon} {entry.question}")
            st.markdown(words)
            st.page_link(entry.path, label=f"Open {entry.label}", icon=":material/arrow_forward:")


def licences() -> None:
    """Whose data it is and what may be done with it."""
    from ser_core import corpora

    st.header("Data and licences", anchor=False)
    st.markdown(
        "The code is under the MIT licence. Models trained on a corpus carry its terms, as their cards say. No clip of "
        "a real person ships with this project; *Explore* offers their download from the publisher."
    )
    with st.expander("The corpora: size, licence, how to cite", icon=":material/library_books:"):
        for name in corpora.names():
            corpus = corpora.get(name)
            expected = corpus.expected
            size = f"{expected['clips']:,} clips, {expected['speakers']} speakers" if expected.get("clips") else ""
            st.markdown(
                f"**{corpus.title}**{' (synthetic)' if corpus.synthetic else ''}: {size + '. ' if size else ''}"
                f"[{corpus.licence}]({corpus.licence_url}). {corpus.citation}"
            )
