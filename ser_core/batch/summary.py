"""A table of results in figures: how often each emotion was answered, and how often it is to be expected."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ser_core.evaluation import Interval
from ser_core.labels import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd

# Two-sided 95% of the normal distribution.
_Z95 = 1.959964

STATES = {"sure": "Sure", "uncertain": "Uncertain", "abstained": "No answer", "error": "Not judged"}
"""What became of a file -> as shown to a reader."""


@dataclass(frozen=True)
class Summary:
    """Figures of a batch.

    Attributes
    ----------
    files : int
        All of them.
    states : dict of str to int
        What became of them (`STATES`) -> files.
    answers : dict of str to dict
        Emotion -> ``{"sure": n, "uncertain": n}``: files with that answer; emotions that the model knows.
    expected : dict of str to Interval
        Emotion -> files to be expected by the calibrated probabilities, with a 95% interval, see `expected_number`.
    hours : float
        Length of what was judged.
    """

    files: int
    states: dict[str, int]
    answers: dict[str, dict[str, int]]
    expected: dict[str, Interval]
    hours: float

    @property
    def answered(self) -> int:
        """Files with an answer, sure or not."""
        return self.states["sure"] + self.states["uncertain"]

    @property
    def sentence(self) -> str:
        """The batch in words."""
        if not self.answered:
            return f"None of {_files(self.files)} has an answer."
        counted = {name: sum(parts.values()) for name, parts in self.answers.items()}
        given = sorted((name for name in counted if counted[name]), key=lambda name: -counted[name])
        said = [
            f"{counted[name]:,} sound{'s' if counted[name] == 1 else ''} {EMOTIONS[name].adjective}"
            for name in given[:3]
        ]
        if len(given) > len(said):
            said.append(f"{sum(counted[name] for name in given[3:]):,} otherwise")
        doubts = self.states["uncertain"]
        also = f" ({doubts:,} of them uncertain)" if doubts else ""
        have = "has" if self.answered == 1 else "have"
        return f"{self.answered:,} of {_files(self.files)} {have} an answer{also}: {', '.join(said)}."

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        expected = {n: {"files": i.value, "low": i.low, "high": i.high} for n, i in self.expected.items()}
        return {"files": self.files, "states": self.states, "answers": self.answers, "expected": expected}


def summarise(table: "pd.DataFrame") -> Summary:
    """Figures of a table as `ser_core.batch.predict_all` gives it."""
    states = state(table)
    found = table[states.isin(["sure", "uncertain"])]
    known = EMOTIONS.ordered(name for name in EMOTIONS if found[f"p_{name}"].notna().any())
    sure = states[found.index] == "sure"
    answers = {
        name: {
            "sure": int(((found["label"] == name) & sure).sum()),
            "uncertain": int(((found["label"] == name) & ~sure).sum()),
        }
        for name in known
    }
    return Summary(
        files=len(table),
        states={name: int((states == name).sum()) for name in STATES},
        answers=answers,
        expected={name: expected_number(found[f"p_{name}"].fillna(0).to_numpy()) for name in known},
        hours=float(table["duration_s"].sum()) / 3600,
    )


def state(table: "pd.DataFrame") -> "pd.Series":
    """What became of each file: one of `STATES`."""
    import pandas as pd

    found = pd.Series("sure", index=table.index, dtype="str")
    found[table["uncertain"].fillna(False)] = "uncertain"
    found[table["abstained"].fillna(False)] = "abstained"
    found[table["error"].notna()] = "error"
    return found


def expected_number(probabilities: np.ndarray) -> Interval:
    """How many of some files are to be expected to be of a kind, by the probability of each.

    The number is a sum of independent trials of different odds (the Poisson binomial distribution): its mean is the sum
    of p, its variance the sum of p (1 - p); the interval takes it for normal. It holds as far as the probabilities are
    calibrated, which they are for voices like those of the training.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n,)]
        In [0, 1].

    Returns
    -------
    Interval
        Number of files, within 0 and n.

    Examples
    --------
    >>> [round(each, 1) for each in expected_number(np.full(100, 0.5))]
    [50.0, 40.2, 59.8]
    """
    mean = float(probabilities.sum())
    spread = _Z95 * float(np.sqrt((probabilities * (1 - probabilities)).sum()))
    return Interval(mean, max(0.0, mean - spread), min(float(len(probabilities)), mean + spread))


def _files(n: int) -> str:
    return f"{n:,} file{'' if n == 1 else 's'}"
