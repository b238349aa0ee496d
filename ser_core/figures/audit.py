"""What an audit measured: level, silence around the sound, sampling rates, and who says how much of what."""

import pandas as pd
import plotly.graph_objects as go

from ser_core.figures.style import INK, count, finish, titles
from ser_core.labels import EMOTIONS

_HEIGHT = 320
_QUANTILES = {"lowerfence": 0.01, "q1": 0.25, "median": 0.5, "q3": 0.75, "upperfence": 0.99}
# None of the emotions' colours.
_RATES = ("#1D8CA6", "#5B6EE1", "#9459BE", "#9C5C6B")
_EDGES = {"lead_s": ("before the sound", "#56B4E9"), "trail_s": ("after the sound", "#D55E00")}
# Light enough all the way for dark type, and for both grounds.
_FEW_TO_MANY = ((0.0, "#F3F7F8"), (1.0, "#7FBDCD"))
# Above this many speakers the numbers in the cells would not be read.
_MOST_LABELLED = 30


def spread(clips: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Quantiles of what was measured, by corpus: the data of `levels` and `edges`.

    Parameters
    ----------
    clips : pd.DataFrame
        ``Report.clips``.
    columns : list of str
        Columns of it.

    Returns
    -------
    pd.DataFrame
        ``corpus, measure, clips, p1, q1, median, q3, p99, least, greatest``.
    """
    names = ("p1", "q1", "median", "q3", "p99")
    rows = []
    for corpus, own in clips.groupby("corpus", sort=False):
        for column in columns:
            values = own[column].dropna()
            if len(values):
                quantiles = values.quantile(list(_QUANTILES.values())).round(3)
                extremes = {"least": round(float(values.min()), 3), "greatest": round(float(values.max()), 3)}
                rows.append(
                    {
                        "corpus": corpus,
                        "measure": column,
                        "clips": len(values),
                        **dict(zip(names, quantiles, strict=True)),
                        **extremes,
                    }
                )
    return pd.DataFrame(rows, columns=["corpus", "measure", "clips", *names, "least", "greatest"])


def levels(data: pd.DataFrame) -> go.Figure:
    """Level of the sound by corpus.

    Parameters
    ----------
    data : pd.DataFrame
        From `spread`, of ``level_db``.
    """
    loudest, softest = data.loc[data["median"].idxmax()], data.loc[data["median"].idxmin()]
    title = (
        f"{loudest['corpus']} is loudest ({_db(loudest['median'])}), {softest['corpus']} softest "
        f"({_db(softest['median'])})"
        if len(data) > 1
        else f"Half of the clips have a level above {_db(loudest['median'])}"
    )
    figure = go.Figure([_box(row, colour=INK) for row in data.to_dict("records")])
    figure.update_yaxes(title="Level (dB of full scale)")
    return finish(figure, title=f"{title}<br><sup>{_note(data)}</sup>", height=_HEIGHT)


def edges(data: pd.DataFrame) -> go.Figure:
    """Silence before and after the sound by corpus.

    Parameters
    ----------
    data : pd.DataFrame
        From `spread`, of ``lead_s`` and ``trail_s``.
    """
    figure = go.Figure()
    for measure, (name, colour) in _EDGES.items():
        rows = data[data["measure"] == measure].to_dict("records")
        for position, row in enumerate(rows):
            figure.add_trace(_box(row, colour=colour, name=name, group=True, legend=position == 0))
    figure.update_layout(boxmode="group")
    figure.update_yaxes(title="Silence (s)", rangemode="tozero")
    longest = data.loc[data["greatest"].idxmax()]
    title = f"At most {longest['greatest']:.1f} s of silence {_EDGES[longest['measure']][0]} ({longest['corpus']})"
    finish(figure, title=f"{title}<br><sup>{_note(data)}</sup>", height=_HEIGHT, legend=True)
    # Above the boxes: below them the names of the corpora, aslant on a narrow screen, would lie over it.
    return figure.update_layout(legend={"y": 1.02, "yanchor": "bottom"})


def rates(data: pd.DataFrame) -> go.Figure:
    """Clips by sampling rate and corpus.

    Parameters
    ----------
    data : pd.DataFrame
        ``corpus, sampling_rate`` (Hz) and ``clips``.
    """
    figure = go.Figure()
    every = sorted(data["sampling_rate"].unique())
    for position, rate in enumerate(every):
        rows = data[data["sampling_rate"] == rate]
        pattern = ("", "/", ".", "x", "\\", "+", "-", "|")[position % 8]
        figure.add_bar(
            x=rows["corpus"],
            y=rows["clips"],
            name=_khz(rate),
            marker={"color": _RATES[position % len(_RATES)], "pattern": {"shape": pattern}},
            hovertemplate="%{x}, %{fullData.name}: %{y:,} clips<extra></extra>",
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(title="Clips", rangemode="tozero", tickformat=",.2~f")
    title = (
        f"All {count(int(data['clips'].sum()), 'clip')} are sampled at {_khz(every[0])}"
        if len(every) == 1
        else f"{len(every)} sampling rates, {_khz(every[0])} to {_khz(every[-1])}"
    )
    return finish(figure, title=title, height=_HEIGHT, legend=len(every) > 1)


def balance(data: pd.DataFrame) -> go.Figure:
    """How many clips each speaker says in each emotion, as a heat map.

    Parameters
    ----------
    data : pd.DataFrame
        Rows are speakers, columns emotions, values clips.
    """
    data = data[list(EMOTIONS.ordered(data.columns))]
    low, high = int(data.to_numpy().min()), int(data.to_numpy().max())
    labelled = len(data) <= _MOST_LABELLED
    figure = go.Figure(
        go.Heatmap(
            z=data.to_numpy().T,
            x=[str(name) for name in data.index],
            y=titles(data.columns),
            colorscale=_FEW_TO_MANY,
            zmin=0,
            zmax=max(1, high),
            texttemplate="%{z}" if labelled else None,
            hovertemplate="Speaker %{x}, %{y}: %{z} clips<extra></extra>",
            colorbar={"title": {"text": "Clips"}, "thickness": 12},
        )
    )
    figure.update_xaxes(type="category", showgrid=False, title="Speaker")
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    same = f"{count(low, 'clip')} of each emotion by each speaker" if low == high else None
    title = same or f"{low} to {count(high, 'clip')} of an emotion by a speaker"
    note = f"<br><sup>{count(int(data.to_numpy().sum()), 'clip')} of {count(len(data), 'speaker')}</sup>"
    return finish(figure, title=title + note, height=_HEIGHT)


def _box(row: dict, *, colour: str, name: str | None = None, group: bool = False, legend: bool = False) -> go.Box:
    fences = {"lowerfence": "p1", "q1": "q1", "median": "median", "q3": "q3", "upperfence": "p99"}
    looks = {"fillcolor": colour, "line": {"color": INK, "width": 1.5}, "hoverinfo": "y"}
    grouped = {"offsetgroup": name, "legendgroup": name, "showlegend": legend} if group else {}
    return go.Box(
        x=[row["corpus"]],
        name=name or row["corpus"],
        **{fence: [row[key]] for fence, key in fences.items()},
        **looks,
        **grouped,
    )


def _note(data: pd.DataFrame) -> str:
    clips = data.drop_duplicates("corpus")["clips"].sum()
    return f"{count(int(clips), 'clip')}. Box: the middle half; whiskers: all but 1% on either side"


def _db(level: float) -> str:
    return f"{level:.0f} dB".replace("-", "−")


def _khz(rate: float) -> str:
    return f"{rate / 1000:g} kHz"
