"""The cross-corpus matrix: does what was learnt on one corpus hold on another?"""

import pandas as pd
import streamlit as st

from ser_core.evaluation.protocols import ACROSS
from ser_core.figures import crossing as figures
from ser_core.figures.marks import family_title, in_sentence, score_text
from ser_core.figures.style import plain_title
from ser_core.reports.names import corpora_words, corpus_title
from ui import cached, figure, state
from ui.compare import tables
from ui.compare.page import Choice
from ui.compare.scores import HONEST, Scored, order_of


def show(chosen: Choice) -> None:
    """The whole view; how to make such runs where there are none."""
    found = matrices(chosen.found)
    if not found:
        _none(chosen)
        return
    names = sorted(found, key=lambda each: (each[1], order_of(each[0])))
    options = [f"{model}{'-calibrated' if calibrated else ''}" for model, calibrated in names]
    titles = {
        option: family_title(model) + (", speaker calibration" if calibrated else "")
        for option, (model, calibrated) in zip(options, names, strict=True)
    }
    picked = options[0]
    if len(options) > 1:
        picked = state.choice("Model", options, key="across", format_func=titles.get, dropdown=len(options) > 4)
    runs = found[names[options.index(picked)]]
    table = pd.concat([_cells(each) for each in runs], ignore_index=True)
    table = table.drop_duplicates(["train", "test"])
    st.markdown(words_of(table, titles[picked]))
    corpora = {name: corpora_words(name.split("+")) for name in {*table["train"], *table["test"]}}
    key = tuple(f"{each.run.id} {each.stamp}" for each in runs)
    drawn = _drawn(key, table, corpora, title(table, titles[picked]))
    figure.show(
        drawn,
        name=f"cross-corpus-{picked}",
        alt=plain_title(drawn),
        data=lambda: table,
        command="\n".join(dict.fromkeys(tables.command(each.run) for each in runs)),
    )
    st.caption(
        "Across corpora the model answers only with emotions that both corpora have; voices, sentences, rooms, "
        "microphones and the actors' task differ at once. On the diagonal, in bold: unseen speakers of the same "
        "corpus, all its emotions."
    )


def matrices(found: list[Scored]) -> dict[tuple[str, bool], list[Scored]]:
    """(family, calibrated) -> the runs that fill its matrix: one across corpora, and those on single corpora."""
    across: dict[tuple[str, bool], list[Scored]] = {}
    seen = set()
    for each in found:
        entry = each.entry
        key = (entry.model, entry.calibrated)
        if entry.protocol in ACROSS and entry.run.id not in seen:
            seen.add(entry.run.id)
            across.setdefault(key, []).append(each)
    for each in found:
        entry = each.entry
        key = (entry.model, entry.calibrated)
        single = entry.corpus is None and len(entry.tested_on) == 1 and not each.run.config.split_with
        if key in across and entry.protocol == HONEST and single:
            across[key].append(each)
    return across


def _cells(each: Scored) -> pd.DataFrame:
    table = cached.score("crossing", each.run)
    if each.entry.protocol in ACROSS:
        return table.assign(kind="cross-corpus")
    summary, name = each.summary, each.entry.tested_on[0]
    row = {
        "train": name,
        "test": name,
        "uar": summary.uar.value,
        "low": summary.uar.low,
        "high": summary.uar.high,
        "chance": summary.chance,
        "emotions": round(1 / summary.chance),
        "clips": summary.n_test,
        "speakers": summary.n_speakers,
        "kind": figures.OWN,
    }
    return pd.DataFrame([row])


def title(table: pd.DataFrame, model: str) -> str:
    """The mean over other corpora against that over unseen speakers."""
    other = table[table["kind"] != figures.OWN]["uar"].mean()
    own = table[table["kind"] == figures.OWN]["uar"]
    words = f"{model}: {score_text(other)} on another corpus"
    return words + (f", {score_text(own.mean())} on unseen speakers of its own" if len(own) else "")


def words_of(table: pd.DataFrame, model: str) -> str:
    """What the matrix says (Markdown)."""
    other = table[table["kind"] != figures.OWN]
    best, worst = other.loc[other["uar"].idxmax()], other.loc[other["uar"].idxmin()]
    return (
        f"**Does it hold elsewhere?** Trained on one corpus and tested on another, the {in_sentence(model)} names "
        f"{score_text(other['uar'].mean())} of the clips right, averaged over emotions and corpora (guessing: "
        f"{score_text(other['chance'].mean())}): best from {corpus_title(best['train'])} to "
        f"{corpus_title(best['test'])} ({score_text(best['uar'])}), worst from {corpus_title(worst['train'])} to "
        f"{corpus_title(worst['test'])} ({score_text(worst['uar'])})."
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _drawn(key: tuple, _table: pd.DataFrame, _names: dict, title: str):
    return figures.crossing(_table, names=_names, title=title)


def _none(chosen: Choice) -> None:
    with st.container(border=True, key="no-crossing"):
        st.markdown("#### No run was tested across corpora yet")
        st.markdown(
            "Such a run trains on each of several corpora by turns and is tested on all others. With the corpora on "
            "this machine:"
        )
        names = sorted({name for each in chosen.found for name in each.entry.tested_on} | {"ravdess", "cremad"})
        st.code(
            f"python -m ser_core train svm --corpus {' '.join(names)} --protocol cross-corpus",
            language="bash",
            wrap_lines=True,
        )
