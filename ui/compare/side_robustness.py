"""What is left of the score on worse recordings?"""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ser_core.evaluation.robustness import CONDITIONS
from ser_core.experiments.robustness import command
from ser_core.figures import degraded, run_titles
from ser_core.figures.marks import joined, marks
from ui import figure, state
from ui.compare import kept, tables
from ui.compare.page import Choice
from ui.compare.scores import Scored


def show(picked: Mapping[str, Scored], chosen: Choice) -> None:
    """The whole panel; where nothing was measured, how to measure it."""
    found = {name: kept.robustness(each) for name, each in picked.items()}
    measured = {joined(name, way): table for name, ways in found.items() for way, table in ways.items()}
    if measured:
        of = {name: each for name, each in picked.items() if found[name]}
        shown = tables.stacked(measured)
        drawn = kept.drawn(
            "robustness",
            of,
            lambda: degraded.robustness(measured, title=run_titles.robustness_title(measured)),
            rows=hash(tuple(shown["uar"])),
        )
        figure.show(
            drawn,
            name="robustness",
            alt="Average recall of each model under each kind of degradation",
            data=lambda: shown,
            command="\n".join(command(each.run, served=bool(way)) for name, each in of.items() for way in found[name]),
        )
        if any(each.entry.calibrated for each in of.values()):
            st.caption(degraded.enrolled_words(served=any(way for ways in found.values() for way in ways)))
        _losses(measured)
    missing = [picked[name] for name, ways in found.items() if not ways]
    if missing:
        _elsewhere(picked, chosen)
    if joint := [each.title for each in missing if each.run.config.is_ensemble]:
        st.markdown(f"**Not measured: {', '.join(joint)}.** What joins the answers of other runs has no model to ask.")
    if single := [each for each in missing if not each.run.config.is_ensemble]:
        names = ", ".join(each.title for each in single)
        st.markdown(
            f"**Not measured yet: {names}.** {len(CONDITIONS)} conditions can be: noise, telephone band, codecs, "
            "rooms, level, clipping, cut ends, 8 kHz, and augmentation at test time. It takes the recordings and the "
            "models of the folds, so train once more and keep them:"
        )
        lines = [f"{tables.command(each.run)} --keep-models --out build\n{command(each.run)}" for each in single]
        st.code("\n".join(lines), language="bash", wrap_lines=True)
        st.caption("`--share 0.25` gives a first look in a quarter of the time; a stopped measurement goes on.")


def _elsewhere(picked: Mapping[str, Scored], chosen: Choice) -> None:
    """Which other models of this test were measured, a click away."""
    one = next(iter(picked.values())).entry
    group = chosen.table(calibrated=one.calibrated)[one.protocol]
    others = [each for name, each in group.items() if name not in picked and kept.robustness(each)]
    if others:
        names = " and ".join(each.title for each in others)
        st.button(
            f"Show {names}, which {'was' if len(others) == 1 else 'were'} measured",
            icon=":material/add:",
            key="robustness-measured",
            on_click=state.choose,
            args=("runs", [*picked, *(each.label for each in others)]),
        )


def _losses(measured: Mapping[str, pd.DataFrame]) -> None:
    """Loss against clips as recorded, as a table."""
    looks = marks(measured)
    rows = [
        {
            "Model": looks[name].title,
            "Recording": CONDITIONS[row.condition].title,
            "UAR": row.uar,
            "Loss": row.loss,
            "Loss, 95% interval": f"{row.loss_low:+.3f} to {row.loss_high:+.3f}",
            "Mean probability": row.confidence,
        }
        for name, table in measured.items()
        for row in table.itertuples()
    ]
    digits = st.column_config.NumberColumn(format="%.3f")
    with st.expander("What each kind of recording costs, as a table"):
        st.dataframe(rows, hide_index=True, column_config=dict.fromkeys(("UAR", "Loss", "Mean probability"), digits))
