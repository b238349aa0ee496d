"""What hyperparameters may be, so that a slip is told before anything is computed: how it is said, and who asks.

The values of the classical families stand here, those of networks in `ser_core.models._allowed_networks`.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

from ser_core.errors import ConfigError


class Rule(Protocol):
    """Says what a hyperparameter may be."""

    def holds(self, value: Any) -> bool:
        """Whether `value` is allowed."""

    @property
    def words(self) -> str:
        """As a message says it, behind "is"."""


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """One value: a number, true, false, null, or one of some words.

    Attributes
    ----------
    low, high : float or None
        Ends of the range of numbers; without `low` no number is allowed, without `high` any finite one from there on.
    above, below : bool
        Whether `low` itself, and `high` itself, is out.
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
    below: bool = False
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
        # A whole number beyond those that fit a float would be as infinite in what is computed.
        if isinstance(value, bool) or not isinstance(value, Real) or not abs(value) <= sys.float_info.max:
            return False
        is_whole = isinstance(value, Integral)
        return (self._in_range(value) and (is_whole or not self.whole)) or (self.counts and is_whole and value >= 1)

    def _in_range(self, value: float) -> bool:
        if self.low is None or value < self.low or (self.above and value == self.low):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.below)

    @property
    def words(self) -> str:
        """As a message says it.

        Examples
        --------
        >>> Allowed(low=2, whole=True).words, Allowed(low=0, high=1, also=("auto", None)).words
        ('a whole number of at least 2', 'a number from 0 to 1, "auto" or null')
        >>> Allowed(low=0, high=1, below=True).words
        'a number from 0 to below 1'
        """
        parts = []
        if self.low is not None:
            start = f"{'above' if self.above else 'from' if self.high is not None else 'of at least'} {self.low:g}"
            to = f"{'up ' if self.above else ''}to {'below ' if self.below else ''}"
            end = "" if self.high is None else f" {to}{self.high:g}"
            parts.append(f"a {'whole ' if self.whole else ''}number {start}{end}")
        if self.counts:
            parts.append("a whole number of at least 1")
        parts += [json.dumps(each) for each in self.also]
        return " or ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


@dataclass(frozen=True)
class Listed:
    """A list of one value or more.

    Attributes
    ----------
    each : Rule
        What each of them may be.
    """

    each: Rule

    def holds(self, value: Any) -> bool:
        """Whether `value` is allowed.

        Examples
        --------
        >>> sizes = Listed(Allowed(low=1, whole=True))
        >>> [sizes.holds(value) for value in ([5, 3], [5], [], [0], 5)]
        [True, True, False, False, False]
        """
        return isinstance(value, (list, tuple)) and len(value) > 0 and all(map(self.each.holds, value))

    @property
    def words(self) -> str:
        """See `Allowed.words`."""
        return f"a list of one value or more, each {self.each.words}"


@dataclass(frozen=True)
class Named:
    """Values by names of any kind, or none at all.

    Attributes
    ----------
    each : Rule
        What each of them may be.
    """

    each: Rule

    def holds(self, value: Any) -> bool:
        """Whether `value` is allowed.

        Examples
        --------
        >>> weights = Named(Allowed(low=0, above=True))
        >>> [weights.holds(value) for value in ({"tess": 0.4}, {}, {"tess": 0}, ["tess"])]
        [True, True, False, False]
        """
        if not isinstance(value, Mapping):
            return False
        return all(isinstance(name, str) for name in value) and all(map(self.each.holds, value.values()))

    @property
    def words(self) -> str:
        """See `Allowed.words`."""
        return f"an object of names, each with {self.each.words}"


POSITIVE = Allowed(low=0, above=True)
AT_LEAST_0 = Allowed(low=0)
COUNT = Allowed(low=1, whole=True)
YES_OR_NO = Allowed(also=(True, False))
_SHARE_OR_COUNT = Allowed(low=0, high=1, above=True, counts=True)
_COVARIANCE = Allowed(low=0, high=1, also=("auto", None))

#: By name, for the classical families that do not say otherwise.
ALLOWED: Mapping[str, Rule] = {
    # One fold would leave nothing to fit on.
    "n_folds": Allowed(low=2, whole=True),
    # The preparation.
    "bound": POSITIVE,
    "n_features": Allowed(low=1, whole=True, also=(None,)),
    "n_components": COUNT,
    "power": AT_LEAST_0,
    "shrinkage": AT_LEAST_0,
    # The estimators.
    "C": POSITIVE,
    "gamma": POSITIVE,
    "by_voice": YES_OR_NO,
    "prior_weight": POSITIVE,
    "em_temperature": POSITIVE,
    "covariance_shrinkage": _COVARIANCE,
    "n_neighbors": COUNT,
    "n_trees": COUNT,
    "min_samples_leaf": COUNT,
    "max_features": _SHARE_OR_COUNT,
    "max_samples": _SHARE_OR_COUNT,
    "n_members": COUNT,
    "n_rounds": COUNT,
    "n_leaves": Allowed(low=2, whole=True),
    "learning_rate": POSITIVE,
    "l2": AT_LEAST_0,
    "alpha": AT_LEAST_0,
    "n_hidden": COUNT,
    "epochs": COUNT,
}


def require(family: str, config: Mapping[str, Any], *, allowed: Mapping[str, Rule], searched: Iterable[str]) -> None:
    """Refuse values that the training would stumble over.

    Parameters
    ----------
    family : str
        Name, for the message.
    config : mapping
        Complete hyperparameters; what `allowed` does not know is not looked at.
    allowed : mapping of str to Rule
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
        rule, searches = allowed[name], name in lists
        if not rule.holds(value) and not (searches and Listed(rule).holds(value)):
            many = ", or a list of such values to search" if searches else ""
            raise ConfigError(f"{name} of {family} is {rule.words}{many}; got {json.dumps(value, default=repr)}.")
