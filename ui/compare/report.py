"""A report of some runs as one file that works offline."""

import streamlit as st

from ser_core.evaluation.protocols import ALL
from ser_core.figures.marks import marks
from ui import state
from ui.compare import kept
from ui.compare.page import Choice
from ui.compare.scores import Scored, protocol_title
from ui.compare.side import usual


def show(chosen: Choice) -> None:
    """The whole view."""
    st.subheader("A report of the chosen runs", anchor=False)
    st.markdown(
        "One HTML file with interactive figures, their numbers, the configuration of every run and the commands that "
        "make it again. It works offline, prints, and can be sent as it is."
    )
    group, protocol = _group(chosen)
    looks = marks(group)
    names = state.choices(
        "Models", tuple(group), key="runs", default=usual(group), format_func=lambda name: looks[name].title
    )
    picked = {name: group[name] for name in names}
    slug = "-".join([*chosen.tested_on[:2], protocol, *(name.replace(" ", "-").lower() for name in names[:3])])
    st.download_button(
        f"Report of {len(picked)} {'run' if len(picked) == 1 else 'runs'} (HTML, about 5 MB)",
        lambda: html(picked, chosen),
        file_name=f"report-{slug}.html",
        mime="text/html",
        type="primary",
        icon=":material/description:",
        on_click="ignore",
        key="report-html",
    )
    st.caption(
        "In it: the leaderboard, whether differences are real, emotions, mix-ups, probabilities, speakers and groups, "
        "robustness where it was measured, and how everything was measured. The same on the command line:"
    )
    runs = " ".join(dict.fromkeys(each.entry.key for each in picked.values()))
    st.code(f"python -m ser_core evaluate {runs} --html report.html", language="bash", wrap_lines=True)


def _group(chosen: Choice) -> tuple[dict[str, Scored], str]:
    """Protocol and condition, as on the other views."""
    options = {}
    for calibrated in (False, True):
        for protocol, group in chosen.table(calibrated=calibrated).items():
            options[f"{protocol}{'-calibrated' if calibrated else ''}"] = (protocol, calibrated, group)
    order = [name for name in ALL if name in options] + [name for name in options if name not in ALL]
    picked = state.choice(
        "Test",
        order,
        key="report-test",
        format_func=lambda name: (
            protocol_title(options[name][0]) + (", speaker calibration" if options[name][1] else "")
        ),
        dropdown=True,
    )
    protocol, _, group = options[picked]
    return group, protocol


def html(picked: dict[str, Scored], chosen: Choice) -> str:
    """The report, from the scores that the page keeps."""
    from ser_core.reports import to_html
    from ser_core.reports.runs import runs_report

    def score(kind: str, entry):
        each = next(each for each in picked.values() if each.entry is entry)
        return kept.score(kind, each)

    return to_html(runs_report({name: each.entry for name, each in picked.items()}, where=chosen.where, score=score))
