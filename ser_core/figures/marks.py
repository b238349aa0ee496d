"""What the figures of models share: a mark for each family, short numbers, and one frame."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape

import plotly.graph_objects as go

from ser_core.figures.style import BASELINE_PX, INK, broken, finish

_AXIS_PX, _LEGEND_PX = 52, 22
#: Characters of a line of a legend that a telephone has room for.
_LEGEND_LINE = 40


@dataclass(frozen=True)
class Mark:
    """How a model family is named and drawn.

    Attributes
    ----------
    title, description : str
        Name and nature as shown to a reader.
    colour : str
        Hex colour, none of the emotions', with a contrast of at least 3:1 on white and on the dark ground.
    symbol, dash : str
        Plotly marker and line style: colour is never the only sign.
    """

    title: str
    description: str
    colour: str
    symbol: str
    dash: str


MARKS = {
    "svm": Mark("SVM", "support vector machine on acoustic statistics of the clip", "#5B6EE1", "circle", "solid"),
    "cnn": Mark("CNN", "convolutional neural network on acoustic tracks along time", "#D6336C", "diamond", "dash"),
}
#: Looks of families that have none of their own, taken in order.
_SPARE = (
    ("#2B8A3E", "square", "dot"),
    ("#A6611A", "triangle-up", "dashdot"),
    ("#9459BE", "cross", "longdash"),
    ("#5F7A00", "x", "longdashdot"),
    ("#007C91", "star", "solid"),
    ("#9C5C6B", "hexagon", "dash"),
)


#: Families that have no mark of their own, as readers know them.
TITLES = {
    "audioset": "AudioSet MobileNetV3",
    "bagging": "Bagged discriminant analyses",
    "boosting": "Gradient boosting",
    "cnnlstm": "CNN-LSTM",
    "encoder": "Speech encoder",
    "extratrees": "Extra trees",
    "forest": "Random forest",
    "inceptionv3": "InceptionV3",
    "knn": "Nearest neighbours",
    "lda": "Linear discriminant analysis",
    "logistic": "Logistic regression",
    "melcnn": "Log-mel Conv1D",
    "mfccnet": "MFCC Conv1D",
    "mlp": "Multilayer perceptron",
    "mobilenetv2": "MobileNetV2",
    "multitask": "Multitask CNN",
    "ranks": "Ranks within the voice",
    "reslstm": "Residual LSTM",
    "squeezenet": "SqueezeNet",
    "stacking": "Stacked classical models",
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "voting": "Vote of classical models",
}
BETWEEN = " · "
"""Stands between the name of a family and what tells two runs of that family apart."""


def joined(name: str, more: str) -> str:
    """A name for `marks` with something more that tells it from others; with nothing more, the name.

    Examples
    --------
    >>> joined("svm · five corpora", "seed 1"), joined("svm", "")
    ('svm · five corpora · seed 1', 'svm')
    """
    return BETWEEN.join(filter(None, (name, more)))


def marks(names: Iterable[str]) -> dict[str, Mark]:
    """A mark for each name, those of known families always the same.

    Parameters
    ----------
    names : iterable of str
        Families, or a family with what tells its run from another: ``"svm · five corpora"``. The first of a family
        has the family's mark.

    Examples
    --------
    >>> {name: mark.symbol for name, mark in marks(["cnn", "forest"]).items()}
    {'cnn': 'diamond', 'forest': 'square'}
    >>> [mark.title for mark in marks(["svm", "svm · five corpora"]).values()]
    ['SVM', 'SVM · five corpora']
    """
    found, taken, spare = {}, set(), 0
    for name in dict.fromkeys(names):
        family, _, rest = name.partition(BETWEEN)
        own = MARKS.get(family)
        title = joined(family_title(family), rest)
        if own and family not in taken:
            found[name] = replace(own, title=title)
        else:
            found[name] = Mark(title, own.description if own else "", *_SPARE[spare % len(_SPARE)])
            spare += 1
        taken.add(family)
    return found


def family_title(family: str) -> str:
    """The name of a model family as shown to a reader.

    Examples
    --------
    >>> family_title("svm"), family_title("forest"), family_title("my-own")
    ('SVM', 'Random forest', 'my-own')
    >>> family_title("svm+forest-stacked")
    'SVM + Random forest, stacked'
    >>> family_title("svm+forest-aligned")
    'SVM + Random forest, aligned by voice'
    >>> family_title("svm+cnn+forest+knn")
    'SVM + 3 more'
    """
    family, dash, _ = family.partition("-aligned")
    members = family.removesuffix("-stacked")
    titles = [MARKS[name].title if name in MARKS else TITLES.get(name, name) for name in members.split("+")]
    if len(titles) > 2:
        # All of them would take whole lines; the run's name says which.
        titles = [titles[0], f"{len(titles) - 1} more"]
    return " + ".join(titles) + ", stacked" * (members != family) + ", aligned by voice" * bool(dash)


def in_sentence(title: str) -> str:
    """A name of a model within a sentence: small at its beginning, unless that is an abbreviation or a name.

    Examples
    --------
    >>> in_sentence("Random forest"), in_sentence("SVM"), in_sentence("AudioSet MobileNetV3")
    ('random forest', 'SVM', 'AudioSet MobileNetV3')
    """
    first = title.partition(" ")[0]
    return title[:1].lower() + title[1:] if first[1:].islower() else title


def score_text(value: float, *, digits: int = 2) -> str:
    """A score in [0, 1] without its leading zero.

    Examples
    --------
    >>> score_text(0.583), score_text(1.0), score_text(0.125, digits=3)
    ('.58', '1.00', '.125')
    """
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0.") else text.replace("-0.", "-.")


def score_axis(**rest) -> dict:
    """An axis of scores from 0 to 1 with a little air, so that no mark is cut."""
    ticks = [i / 5 for i in range(6)]
    texts = ["0", *(score_text(tick, digits=1) for tick in ticks[1:-1]), "1"]
    return {"range": [-0.02, 1.04], "tickvals": ticks, "ticktext": texts, **rest}


def translucent(colour: str, alpha: float) -> str:
    """A hex colour with an opacity in [0, 1], as plotly writes it.

    Examples
    --------
    >>> translucent("#5B6EE1", 0.2)
    'rgba(91,110,225,0.2)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def headed(figure: go.Figure, *, title: str, note: str, plot_px: int, legend_rows: int = 0) -> go.Figure:
    """Give a figure its heading and common looks; the height follows from what stands in it.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Changed in place.
    title : str
        States what is seen.
    note : str
        Smaller line below: how many clips, what the bars mean.
    plot_px : int
        Height of the plot itself, pixels.
    legend_rows : int
        Rows that the legend takes on a narrow screen, were all names short; 0 draws none. Long names are broken into
        lines, for plotly cuts what does not fit.

    Returns
    -------
    plotly.graph_objects.Figure
        `figure` itself.
    """
    bottom = _AXIS_PX + _LEGEND_PX * (legend_rows + _break_names(figure) if legend_rows else 0)
    text = f"{escape(title)}<br><sup>{escape(note)}</sup>"
    finish(figure, title=text, height=plot_px, legend=bool(legend_rows))
    top = figure.layout.margin.t + BASELINE_PX
    height = top + plot_px + bottom
    return figure.update_layout(
        height=height,
        title={"y": 1 - BASELINE_PX / height},
        margin={"t": top, "r": 12, "b": bottom},
        legend={"y": -_AXIS_PX / plot_px, "yanchor": "top"},
    )


def _break_names(figure: go.Figure) -> int:
    """Break long names of the legend into lines; how many lines that takes besides the first ones."""
    more = 0
    for trace in figure.data:
        if trace.name and trace.showlegend is not False:
            trace.name = broken(trace.name, _LEGEND_LINE)
            more += trace.name.count("<br>")
    return more


def chance_line(figure: go.Figure, chance: float, *, axis: str) -> go.Figure:
    """Mark what guessing would score on the score axis (``"x"`` or ``"y"``)."""
    label = {"text": f"guessing {score_text(chance, digits=3)}", "font": {"size": 11, "color": INK}}
    line = {"color": INK, "width": 1.5, "dash": "dot"}
    if axis == "x":
        return figure.add_vline(chance, line=line, annotation={**label, "yanchor": "bottom"}, annotation_position="top")
    return figure.add_hline(chance, line=line, annotation=label, annotation_position="bottom right")
