"""The runs with their figures, computed once and kept."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ser_core import settings
from ser_core.errors import SERError
from ser_core.evaluation import Summary
from ser_core.evaluation.protocols import ALL
from ser_core.experiments.entries import Entry, Row, entries, row
from ser_core.experiments.row_cache import RowCache
from ser_core.figures.marks import BETWEEN, in_sentence, marks
from ser_core.hashing import canonical_hash
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.reports.names import label
from ui import cached, working

_JOINTS = {"silence ": " with ", "trimmed ": " ", "split ": " ", "in part ": " trained "}
"""How what tells two runs of a family apart (`ser_core.reports.names.label`) is joined to it in a sentence, by its
beginning; else it is what the model was trained on."""
HONEST = "speaker-independent"
FAMILIAR = ("svm", "cnn")
"""Come first, whatever the names of the folders."""
_REFERENCE = settings.PROJECT_ROOT / "benchmarks" / "reference.json"


@dataclass(frozen=True)
class Scored:
    """An entry with its figures.

    Attributes
    ----------
    entry : Entry
        A run, or what it says of one corpus.
    row : Row
        Its figures.
    """

    entry: Entry
    row: Row

    @property
    def run(self):
        """The run."""
        return self.entry.run

    @property
    def summary(self) -> Summary:
        """Headline scores."""
        return self.row.summary

    @property
    def label(self) -> str:
        """Name among the entries of one corpus, protocol and condition; `marks` reads it."""
        return label(self.entry)

    @property
    def title(self) -> str:
        """Name as shown."""
        return marks([self.label])[self.label].title

    @property
    def name(self) -> str:
        """`title` as it stands within a sentence."""
        return sentence_name(self.label)

    @property
    def stamp(self) -> str:
        """Changes when the run is made again."""
        return f"{self.entry.key} {stamp_of(self.entry)}"


def protocol_title(name: str) -> str:
    """A protocol as shown."""
    return ALL[name].title if name in ALL else name


def sentence_name(label: str) -> str:
    """A label within a sentence.

    Examples
    --------
    >>> sentence_name("forest"), sentence_name("svm · 5 corpora")
    ('random forest', 'SVM trained on 5 corpora')
    >>> sentence_name("svm+forest-stacked · 5 corpora")
    'SVM + Random forest, stacked, trained on 5 corpora'
    >>> sentence_name("svm · silence left in"), sentence_name("cnn · split as with 2 more corpora")
    ('SVM with silence left in', 'CNN split as with 2 more corpora')
    >>> sentence_name("svm+cnn+knn · in part on 5 corpora"), sentence_name("svm · 2")
    ('SVM + 2 more trained in part on 5 corpora', 'SVM (2)')
    """
    title, _, rest = in_sentence(marks([label])[label].title).partition(BETWEEN)
    if not rest:
        return title
    if rest.isdigit():
        return f"{title} ({rest})"
    joint = next((words for start, words in _JOINTS.items() if rest.startswith(start)), " trained on ")
    return f"{title}{',' if ', ' in title else ''}{joint}{rest}"


# the figures


def stamp_of(entry: Entry) -> int:
    """Time of the last change of a run's predictions, ns."""
    return (entry.run.folder / "predictions.parquet").stat().st_mtime_ns


@st.cache_resource(max_entries=1, show_spinner=False)
def _shelf() -> dict[tuple, Row]:
    return {}


def _place(entry: Entry) -> tuple:
    return str(entry.run.folder), entry.corpus, stamp_of(entry)


def score(found: Sequence[Entry]) -> list[Scored]:
    """Entries with their figures, computed now where they are not known: for a few."""
    missing = _unknown(found)
    if missing:
        files = model_files()
        rows = [(entry, row(entry, model_files=files)) for entry in missing]
        _shelf().update((_place(entry), figures) for entry, figures in rows)
        RowCache().put(rows)
    return [Scored(entry, _shelf()[_place(entry)]) for entry in found]


def _unknown(found: Sequence[Entry]) -> list[Entry]:
    """The entries whose figures have to be computed, after a look at those that the last server left on disk."""
    missing = [entry for entry in found if _place(entry) not in _shelf()]
    if not missing:
        return []
    kept = RowCache().get(missing, model_files=model_files())
    _shelf().update((_place(entry), kept[entry.key]) for entry in missing if entry.key in kept)
    return [entry for entry in missing if entry.key not in kept]


def everything() -> list[Scored] | None:
    """All entries with their figures; None while they are being computed, which is shown."""
    found = entries(cached.runs())
    missing = _unknown(found)
    if missing:
        key = f"scores {canonical_hash({'places': [list(map(str, _place(entry))) for entry in missing]})}"
        done = working.result(key, lambda **how: _fill(missing, **how), words="Scoring the runs")
        if done is None:
            return None
        working.forget(key)
        found = [entry for entry in found if _place(entry) in _shelf()]
    return [Scored(entry, _shelf()[_place(entry)]) for entry in found]


def _fill(missing: list[Entry], *, progress: ProgressCallback, cancel: CancelCallback) -> bool:
    meter = Meter(progress, total=len(missing), unit="results", message="Scoring the runs", cancel=cancel)
    files, rows = model_files(), []
    try:
        for entry in missing:
            try:
                figures = _shelf()[_place(entry)] = row(entry, model_files=files)
            except SERError:
                continue  # A run that was taken away meanwhile; the page lists what is there.
            rows.append((entry, figures))
            meter.add()
    finally:
        # What was scored before a visitor stopped it counts, too.
        RowCache().put(rows)
    return True


# what models cost


def model_files() -> dict[str, Path]:
    """Hash of a configuration -> the file of the shipped model that was trained so."""
    return {digest: file for digest, (_, file) in _shipped().items()}


def latency_ms(entry: Entry) -> float | None:
    """Time of a warm 3 s clip through the whole path, ms, where `make bench` measured the shipped model."""
    found = _shipped().get(entry.run.config.hash)
    return _measured().get(f"warm 3 s clip, {found[0]}") if found else None


def _shipped() -> dict[str, tuple[str, Path]]:
    folder = settings.models_dir()
    stamps = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*/card.json")))
    return _cards(str(folder), stamps)


@st.cache_data(max_entries=4, show_spinner=False)
def _cards(folder: str, stamps: tuple) -> dict[str, tuple[str, Path]]:
    from ser_core.serving import available_models

    return {
        card.training["config_hash"]: (card.id, Path(folder) / card.id / "model.onnx")
        for card in available_models(folder)
        if card.training.get("config_hash")
    }


@st.cache_data(max_entries=1, show_spinner=False)
def _measured() -> dict[str, float]:
    try:
        rows = json.loads(_REFERENCE.read_text(encoding="utf-8"))["rows"]
    except (OSError, ValueError, KeyError):
        return {}
    return {each["what"]: float(each["value"]) for each in rows if each.get("unit") == "ms"}


# tables by test


def order_of(model: str) -> tuple:
    """Sorts families: the familiar ones first, then by name."""
    return (FAMILIAR.index(model) if model in FAMILIAR else len(FAMILIAR), model)


def by_protocol(
    found: Iterable[Scored], *, tested_on: tuple[str, ...], calibrated: bool = False
) -> dict[str, dict[str, Scored]]:
    """Protocol -> label -> entry, of the entries tested on these corpora in this condition; the two are never mixed.

    Where several runs of a label are there, the best one counts.
    """
    table: dict[str, dict[str, Scored]] = {name: {} for name in ALL}
    of_test = [e for e in found if e.entry.tested_on == tested_on and e.entry.calibrated == calibrated]
    for each in sorted(of_test, key=lambda e: (order_of(e.entry.model), e.label, -e.summary.uar.value)):
        table[each.entry.protocol].setdefault(each.label, each)
    return {protocol: models for protocol, models in table.items() if models}


def judged_on(found: Iterable[Scored] | Iterable[Entry]) -> list[tuple[str, ...]]:
    """What was tested, the most often honestly tested first."""
    counts: dict[tuple[str, ...], list[int]] = {}
    for each in found:
        entry = getattr(each, "entry", each)
        count = counts.setdefault(entry.tested_on, [0, 0])
        count[0] += entry.protocol == HONEST
        count[1] += 1
    return sorted(counts, key=lambda names: (len(names), *(-number for number in counts[names]), names))
