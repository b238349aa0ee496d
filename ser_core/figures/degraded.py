"""What is left of a score when recordings are degraded."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ser_core.evaluation.robustness import CONDITIONS
from ser_core.figures.dots import dot_rows
from ser_core.figures.style import count


def enrolled_words(*, served: bool) -> str:
    """What was known of voices where a model knows the speaker.

    Parameters
    ----------
    served : bool
        Whether the answers as they are served stand beside the run's own.
    """
    own = (
        "Each voice was enrolled and heard over the same channel: by its own clips, degraded alike and without labels."
    )
    more = " Served after 30 clips: by that many other clips of the voice, averaged with the model for clips alone."
    return own + more * served


def robustness(tables: Mapping[str, pd.DataFrame], *, title: str) -> go.Figure:
    """UAR under each condition, models side by side.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Model -> table of `ser_core.evaluation.robustness.robustness`.
    title : str
        States what is seen.
    """
    present = {name for table in tables.values() for name in table["condition"]}
    rows = [name for name in CONDITIONS if name in present]
    shown = {
        name: pd.DataFrame(
            {
                "row": table["condition"],
                "value": table["uar"],
                "low": table["low"],
                "high": table["high"],
                "hover": [
                    f"{CONDITIONS[r.condition].title}: {r.uar:.3f} [{r.low:.3f}, {r.high:.3f}]"
                    f"<br>lost: {r.loss:.3f} [{r.loss_low:.3f}, {r.loss_high:.3f}]"
                    for r in table.itertuples()
                ],
            }
        )
        for name, table in tables.items()
    }
    clips = int(max(table["clips"].max() for table in tables.values()))
    note = f"{count(clips, 'test clip')}. Bars: 95% interval over speakers."
    titles = [CONDITIONS[name].title for name in rows]
    return dot_rows(shown, rows, titles=titles, axis="Average recall (UAR)", title=title, note=note)
