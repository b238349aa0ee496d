"""Names of runs and corpora as readers know them."""

from collections.abc import Iterable, Sequence

from ser_core import corpora
from ser_core.errors import ConfigError
from ser_core.evaluation.protocols import ACROSS
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.entries import Entry
from ser_core.figures.marks import BETWEEN


def label(entry: Entry) -> str:
    """The family; with what it was trained on where that was more than clips of the corpora it was tested on.

    `ser_core.figures.marks.marks` reads it.
    """
    alike = entry.protocol in ACROSS or entry.trained_on == entry.tested_on
    more = [] if alike else [corpora_words(entry.trained_on)]
    if entry.run.config.encoder_name:
        more.append(entry.run.config.encoder_name)
    if trim := trim_words(entry.run.config):
        more.append(trim)
    if entry.run.config.augmentation:
        more.append("changed copies")
    if split := split_words(entry.run.config):
        more.append(split)
    return BETWEEN.join([entry.model, *([" and ".join(more)] if more else [])])


def labels(found: Iterable[Entry]) -> list[str]:
    """The `label` of each entry; a second one of the same label has its number after it."""
    out: list[str] = []
    seen: dict[str, int] = {}
    for each in map(label, found):
        seen[each] = seen.get(each, 0) + 1
        out.append(each if seen[each] == 1 else f"{each}{BETWEEN}{seen[each]}")
    return out


def trim_words(config: ExperimentConfig) -> str:
    """How clips were trimmed where that is not as usual; nothing else.

    Examples
    --------
    >>> trim_words(ExperimentConfig("ravdess", "random", "svm", features={"kind": "functionals", "trim_db": 0.0}))
    'silence left in'
    """
    trim = config.unusual_trim_db
    if trim is None:
        return ""
    return f"trimmed at {trim:g} dB" if trim else "silence left in"


def split_words(config: ExperimentConfig) -> str:
    """That a run was split as one on more corpora, or, an ensemble, that members trained on these; else nothing.

    Examples
    --------
    >>> split_words(ExperimentConfig("ravdess", "speaker-independent", "svm", split_with=("a", "b")))
    'split as with 2 more corpora'
    """
    if not config.split_with:
        return ""
    if config.is_ensemble:
        return f"in part on {corpora_words((*config.corpora, *config.split_with))}"
    n = len(config.split_with)
    return f"split as with {n} more {'corpus' if n == 1 else 'corpora'}"


def corpora_words(names: Sequence[str]) -> str:
    """Corpora in a word or two.

    Examples
    --------
    >>> corpora_words(("savee", "tess", "emodb")), corpora_words(("unheard-of",))
    ('3 corpora', 'unheard-of')
    """
    titles = [corpus_title(name) for name in names]
    return f"{len(titles)} corpora" if len(titles) > 2 else " and ".join(titles)


def corpus_title(name: str) -> str:
    """A corpus as shown; its name where it is known no more."""
    try:
        return corpora.get(name).title
    except ConfigError:
        return name
