"""Every run in one table, to sort and filter; the raters of a corpus as one more row."""

import pandas as pd
import streamlit as st

from ser_core.evaluation.protocols import ALL
from ser_core.figures import ranking
from ser_core.figures.marks import BETWEEN, family_title, marks, score_text
from ser_core.figures.style import count, plain_title
from ui import figure, state
from ui.compare import kept, tables
from ui.compare.page import Choice, open_view
from ui.compare.scores import HONEST, Scored

_ANY = "any"
_CONDITIONS = {"alone": "Each clip alone", "calibrated": "Speaker calibration"}
_PEOPLE = "People, by the voice alone"
_SCORE = st.column_config.NumberColumn(format="%.3f")
_NAME_PX = 360
_COLUMNS = {
    # Before the model, whose name fills a telephone's width.
    "UAR": st.column_config.NumberColumn(
        format="%.3f",
        pinned=True,
        help="Unweighted average recall: the mean over the emotions of the share that is named right",
    ),
    # Streamlit lets go of pinned columns that take over 60% of a table, but only of a width that is stated: pinned at
    # the width of its names, the column covered all others on a telephone.
    "Model": st.column_config.TextColumn(pinned=True, width=_NAME_PX),
    "95% interval": st.column_config.TextColumn(help="Bootstrap over speakers"),
    "Guessing": _SCORE,
    "Spread over seeds": st.column_config.NumberColumn(
        format="%.3f", help="Standard deviation of UAR over seeds: what chance in training moves"
    ),
    "Accuracy": _SCORE,
    "Macro F1": _SCORE,
    "Top 3": st.column_config.NumberColumn(format="%.3f", help="Share of clips named right by one of three answers"),
    "ECE": st.column_config.NumberColumn(
        format="%.3f", help="Expected calibration error: how far stated probabilities are off on average, 15 bins"
    ),
    "Surer half right": st.column_config.NumberColumn(
        format="%.3f", help="Share of right answers if only the surer half is given"
    ),
    "Worst speaker": st.column_config.NumberColumn(format="%.3f", help="UAR of the speaker who is served worst"),
    "Training of a fold (s)": st.column_config.NumberColumn(format="%.0f", help="Median, on the machine of the run"),
    "Parameters": st.column_config.NumberColumn(format="localized"),
    "Model file (MB)": st.column_config.NumberColumn(format="%.1f"),
    "3 s clip (ms)": st.column_config.NumberColumn(format="%.0f", help="Whole path, warm, where `make bench` has it"),
}
_ROW_PX, _MOST_PX = 35, 440


def show(chosen: Choice) -> None:
    """The whole view."""
    found = [each for each in chosen.found if each.entry.tested_on == chosen.tested_on]
    protocol, condition, families = _filters(found)
    kept_rows = [
        each
        for each in found
        if protocol in (_ANY, each.entry.protocol)
        and each.entry.calibrated == (condition == "calibrated")
        and (not families or each.entry.model in families)
    ]
    people = kept.people(chosen.tested_on)
    if not kept_rows:
        st.info("No run passes the filters.", icon=":material/filter_alt_off:")
        return
    table = tables.leaderboard(kept_rows)
    if people is not None:
        table = _with_people(table, chosen)
    by_key = {each.entry.key: each for each in kept_rows}
    drawn = kept.drawn(
        "ranking",
        {each.entry.key: each for each in kept_rows},
        lambda: ranking.ranking(ranks(table, by_key), title=title(table, by_key)),
        people=people is not None,
    )
    figure.show(
        drawn,
        name="leaderboard",
        alt=plain_title(drawn),
        data=lambda: table.reset_index(drop=True),
        command=tables.commands(by_key),
    )
    _table(table, by_key)


def _filters(found: list[Scored]) -> tuple[str, str, list[str]]:
    """Protocol, condition and families; all in the address."""
    present = [name for name in ALL if any(each.entry.protocol == name for each in found)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        protocol = state.choice(
            "Test",
            [*present, _ANY] if len(present) > 1 else present,
            key="protocol",
            format_func=lambda name: "Any" if name == _ANY else ALL[name].title,
            help="Which clips test the model, and what of them its training may know.",
        )
        condition = "alone"
        if any(each.entry.calibrated for each in found):
            condition = state.choice(
                "What the model knows of the speaker",
                list(_CONDITIONS),
                key="condition",
                format_func=_CONDITIONS.get,
                help="**Speaker calibration:** before judging, the model hears other clips of the same speaker, "
                "without being told their emotions.",
            )
        names = sorted({each.entry.model for each in found}, key=family_title)
        families = []
        if len(names) > 2:
            families = st.multiselect(
                "Families",
                names,
                key="family",
                bind="query-params",
                placeholder="All",
                format_func=family_title,
            )
    return protocol, condition, families


def _with_people(table: pd.DataFrame, chosen: Choice) -> pd.DataFrame:
    """The table with a row for the raters, in its place."""
    summary = kept.people_summary(chosen.tested_on[0])
    row = {
        "Model": _PEOPLE,
        "UAR": summary.uar.value,
        "95% interval": f"{score_text(summary.uar.low)} to {score_text(summary.uar.high)}",
        "Guessing": summary.chance,
        "Accuracy": summary.accuracy.value,
        "Macro F1": summary.macro_f1.value,
        "Test": "Their most frequent vote",
        "Knows the speaker": "each clip alone",
        "Tested on": chosen.where,
        "Clips": summary.n_test,
        "Speakers": summary.n_speakers,
    }
    rows = [*table.reset_index().to_dict("records"), {"key": "", **row}]
    return pd.DataFrame(rows).sort_values("UAR", ascending=False, kind="stable").set_index("key")


def ranks(table: pd.DataFrame, by_key: dict[str, Scored]) -> pd.DataFrame:
    """The leaderboard as `ser_core.figures.ranking.ranking` draws it."""
    several = len({each.entry.protocol for each in by_key.values()}) > 1
    rows = []
    for key, row in table.iterrows():
        each = by_key.get(key)
        if each is None:
            name, group, group_title = _PEOPLE, "raters", "People"
            low, high = (float(end) for end in row["95% interval"].split(" to "))
        else:
            name = marks([each.label])[each.label].title + (f"{BETWEEN}{row['Test']}" if several else "")
            group, group_title = each.entry.protocol, row["Test"]
            low, high = each.summary.uar.low, each.summary.uar.high
        rows.append(
            {
                "name": name,
                "group": group,
                "group_title": group_title,
                "uar": row["UAR"],
                "low": low,
                "high": high,
                "chance": row["Guessing"],
                "clips": int(row["Clips"]),
                "speakers": int(row["Speakers"]),
            }
        )
    found = pd.DataFrame(rows)
    # Two runs of one name, as of one family with other settings, are told apart by their place.
    again = found.groupby("name").cumcount()
    found["name"] = found["name"].where(again == 0, found["name"] + " (" + (again + 1).astype(str) + ")")
    return found


def title(table: pd.DataFrame, by_key: dict[str, Scored]) -> str:
    """The best, how many lie within its interval, and people, in one line."""
    best = by_key[next(key for key in table.index if key)]
    words = f"{best.title} leads with {score_text(best.summary.uar.value)}"
    near = sum(each.summary.uar.value >= best.summary.uar.low for each in by_key.values()) - 1
    if near:
        words += f"; {near} more within its interval"
    if best.entry.protocol != HONEST:
        words += f" ({ALL[best.entry.protocol].title.lower()})"
    if "" in table.index:
        words += f"; people reach {score_text(table.loc['', 'UAR'])}"
    return words


def _table(table: pd.DataFrame, by_key: dict[str, Scored]) -> None:
    st.subheader("All figures", anchor=False)
    st.caption(f"{count(len(table), 'row')}. Choose two to six rows to set them side by side; click a heading to sort.")
    event = st.dataframe(
        table,
        hide_index=True,
        height=min(_MOST_PX, _ROW_PX * (len(table) + 1) + 3),
        column_config=_COLUMNS,
        placeholder="–",
        alt="Leaderboard of runs",
        key=f"leaderboard-{hash(tuple(table.index))}",
        on_select="rerun",
        selection_mode="multi-row",
    )
    picked = [by_key[key] for key in table.index[event["selection"]["rows"]] if key in by_key]
    tests = {(each.entry.protocol, each.entry.calibrated) for each in picked}
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(tests) > 1:
            st.caption("These were tested in different ways; side by side stand runs of one test. See *Leak meter*.")
        ready = 1 < len(picked) <= 6 and len(tests) == 1
        st.button(
            f"Set {len(picked)} side by side" if ready else "Set side by side",
            icon=":material/compare_arrows:",
            disabled=not ready,
            type="primary",
            key="to-side",
            on_click=_to_side,
            args=(picked,),
        )
        st.download_button(
            "Table (CSV)",
            lambda: table.reset_index(drop=True).to_csv(index=False).encode(),
            file_name="leaderboard.csv",
            mime="text/csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            key="csv-leaderboard-table",
        )


def _to_side(picked: list[Scored]) -> None:
    entry = picked[0].entry
    open_view(
        "side-by-side",
        protocol=entry.protocol,
        condition="calibrated" if entry.calibrated else "alone",
        runs=[each.label for each in picked],
    )
