"""What hyperparameters of the searched families may be, so that a slip is told before anything is computed."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from ser_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Values of one hyperparameter.

    Attributes
    ----------
    low, high : float or None
        Ends of the range of numbers; without `low` no number is allowed, without `high` any finite one from there on.
    above : bool
        Whether `low` itself is out.
    whole : bool
        Whether numbers are whole.
    counts : bool
        Whether whole numbers of at least 1 are allowed besides: clips or features instead of a share of them.
    also : tuple
        Further values.
    """

    low: float | None = None
    high: float | None = None
    above: bool = False
    whole: bool = False
    counts: bool = False
    also: tuple[str | bool | None, ...] = ()

    def holds(self, value: Any) -> bool:
        """Whether `value` is allowed; true and false are no numbers.

        Examples
        --------
        >>> share = Allowed(low=0, high=1, above=True, counts=True, also=("sqrt",))
        >>> [share.holds(value) for value in (0.5, 3, "sqrt", 0, 1.5, True)]
        [True, True, True, False, False, False]
        """
        if any(type(value) is type(each) and value == each for each in self.also):
            return True
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            return False
        is_whole = isinstance(value, Integral)
        return (self._in_range(value) and (is_whole or not self.whole)) or (self.counts and is_whole and value >= 1)

    def _in_range(self, value: float) -> bool:
        if self.low is None:
            return False
        return (value > self.low if self.above else value >= self.low) and (self.high is None or value <= self.high)

    @property
    def words(self) -> str:
        """As a message says it.

        Examples
        --------
        >>> Allowed(low=2, whole=True).words, Allowed(low=0, high=1, also=("auto", None)).words
        ('a whole number of at least 2', 'a number from 0 to 1, "auto" or null')
        """
        parts = []
        if self.low is not None:
            start = f"{'above' if self.above else 'from' if self.high is not None else 'of at least'} {self.low:g}"
            end = "" if self.high is None else f" {'up ' if self.above else ''}to {self.high:g}"
            parts.append(f"a {'whole ' if self.whole else ''}number {start}{end}")
        if self.counts:
            parts.append("a whole number of at least 1")
        parts += [json.dumps(each) for each in self.also]
        return " or ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


_POSITIVE = Allowed(low=0, above=True)
_AT_LEAST_0 = Allowed(low=0)
_COUNT = Allowed(low=1, whole=True)
_SHARE_OR_COUNT = Allowed(low=0, high=1, above=True, counts=True)
_COVARIANCE = Allowed(low=0, high=1, also=("auto", None))

#: By name, for the families that do not say otherwise.
ALLOWED: Mapping[str, Allowed] = {
    # One fold would leave nothing to fit on.
    "n_folds": Allowed(low=2, whole=True),
    # The preparation.
    "bound": _POSITIVE,
    "n_features": Allowed(low=1, whole=True, also=(None,)),
    "n_components": _COUNT,
    "power": _AT_LEAST_0,
    "shrinkage": _AT_LEAST_0,
    # The estimators.
    "C": _POSITIVE,
    "gamma": _POSITIVE,
    "by_voice": Allowed(also=(True, False)),
    "prior_weight": _POSITIVE,
    "em_temperature": _POSITIVE,
    "covariance_shrinkage": _COVARIANCE,
    "n_neighbors": _COUNT,
    "n_trees": _COUNT,
    "min_samples_leaf": _COUNT,
    "max_features": _SHARE_OR_COUNT,
    "max_samples": _SHARE_OR_COUNT,
    "n_members": _COUNT,
    "n_rounds": _COUNT,
    "n_leaves": Allowed(low=2, whole=True),
    "learning_rate": _POSITIVE,
    "l2": _AT_LEAST_0,
    "alpha": _AT_LEAST_0,
    "n_hidden": _COUNT,
    "epochs": _COUNT,
}


def require(family: str, config: Mapping[str, Any], *, allowed: Mapping[str, Allowed], searched: Iterable[str]) -> None:
    """Refuse values that the training would stumble over.

    Parameters
    ----------
    family : str
        Name, for the message.
    config : mapping
        Complete hyperparameters; what `allowed` does not know is not looked at.
    allowed : mapping of str to Allowed
        By name.
    searched : iterable of str
        Hyperparameters of which a list may be given, all of whose values are tried.

    Raises
    ------
    ConfigError
        If a value is not allowed; the message says what is.
    """
    lists = set(searched)
    for name, value in config.items():
        if name not in allowed:
            continue
        several = isinstance(value, (list, tuple))
        values = value if several else [value]
        if (several and name not in lists) or not values or not all(map(allowed[name].holds, values)):
            many = ", or a list of such values to search" if name in lists else ""
            raise ConfigError(
                f"{name} of {family} is {allowed[name].words}{many}; got {json.dumps(value, default=repr)}."
            )
