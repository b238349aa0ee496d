"""The part of a run that concerns one corpus: a pooled run beside a run on that corpus alone."""

from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from ser_core.errors import RunError

_COPY = "#"
"""Before what tells an augmented copy from its clip in a clip_id."""


def corpus_of(table: pd.DataFrame) -> pd.Series:
    """Corpus of each row, from its column ``corpus`` or else from its clip_id (``<corpus>/<clip>``).

    Examples
    --------
    >>> corpus_of(pd.DataFrame({"clip_id": ["savee/DC_a01", "tess/OAF_back_angry"]})).tolist()
    ['savee', 'tess']
    """
    if "corpus" in table:
        return table["corpus"].astype(str)
    return _by_category(table["clip_id"], lambda clip: clip.partition("/")[0]).rename("corpus")


def recording_of(clip_ids: pd.Series) -> pd.Series:
    """clip_id of the recording that each example was made from: an augmented copy has that of its clip.

    Examples
    --------
    >>> recording_of(pd.Series(["ravdess/a", "ravdess/a#noise#again1"])).tolist()
    ['ravdess/a', 'ravdess/a']
    """
    return _by_category(clip_ids, lambda clip: clip.partition(_COPY)[0])


def rows_of(table: pd.DataFrame, corpora: Sequence[str]) -> pd.DataFrame:
    """The rows of a run's table that concern clips of some of its corpora, as a run on these alone has them.

    Parameters
    ----------
    table : pd.DataFrame
        With ``clip_id`` and perhaps ``corpus``; where there is a ``speaker``, those of a single corpus have the names
        that they have there.
    corpora : sequence of str
        Names.
    """
    kept = table[corpus_of(table).isin(corpora).to_numpy()]
    if "speaker" not in kept or len(corpora) > 1:
        return kept
    prefix = f"{corpora[0]}/"
    speaker = _by_category(kept["speaker"], lambda name: name.removeprefix(prefix))
    return kept.assign(speaker=speaker.astype("category"))


def _by_category(values: pd.Series, change) -> pd.Series:
    """`change` of each value, worked out once for each that is different."""
    category = values.astype("category")
    changed = pd.Series([change(str(name)) for name in category.cat.categories.tolist()], dtype=object)
    return pd.Series(changed.to_numpy()[category.cat.codes], index=values.index, name=values.name)


class Part:
    """A run as if only one of its corpora had been tested.

    It offers what the scores need of a run: `predictions` of the clips of that corpus, with the names that its speakers
    have there, and the run's own `trainings`.

    Parameters
    ----------
    run : StoredRun
        A finished run.
    corpus : str
        One of the corpora that it tested.
    """

    def __init__(self, run, corpus: str):
        self.run = run
        self.corpus = corpus

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """The run's predictions of clips of the corpus.

        Raises
        ------
        RunError
            If the run tested none of its clips.
        """
        kept = self._kept(self.run.predictions)
        if kept.empty:
            raise RunError(f"This run tested no clip of {self.corpus}.")
        return kept

    @property
    def side(self) -> pd.DataFrame | None:
        """What the run's model tells of clips of the corpus besides emotions; None where it learnt nothing else."""
        table = getattr(self.run, "side", None)
        return None if table is None else self._kept(table)

    def _kept(self, table: pd.DataFrame) -> pd.DataFrame:
        return rows_of(table, (self.corpus,))

    @property
    def config(self):
        """The run's configuration, None where it has none."""
        return getattr(self.run, "config", None)

    @property
    def trainings(self) -> pd.DataFrame:
        """The run's trainings, which know nothing of parts."""
        return self.run.trainings


def tested_corpora(predictions: pd.DataFrame) -> tuple[str, ...]:
    """Corpora whose clips were tested, sorted."""
    return tuple(sorted(corpus_of(predictions).unique()))


def parts(run) -> dict[str, Part]:
    """A run as one part for each corpus that it tested."""
    return {corpus: Part(run, corpus) for corpus in tested_corpora(run.predictions)}
