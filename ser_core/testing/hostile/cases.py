"""Which malformed input comes at which place of a series."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ser_core.testing.hostile import archives, audio, cards, names

FAMILIES = ("audio", "archive", "name", "model")
"""What a case is an attack on: the decoders, what unpacks zip files, what takes names, what loads model folders."""

# Of 20 cases in a row: decoders have by far the most ways to fail.
_TURNS = (*("audio",) * 13, *("archive",) * 3, *("name",) * 2, *("model",) * 2)
_STRIDE = 7  # Coprime to 20, so that each family comes often and not in one block.
_WAYS: dict[str, dict[str, Callable[[np.random.Generator], "bytes | str | dict[str, bytes]"]]] = {
    "audio": audio.WAYS,
    "archive": archives.WAYS,
    "name": names.WAYS,
    "model": cards.WAYS,
}


@dataclass(frozen=True)
class Case:
    """One malformed input.

    Attributes
    ----------
    number, seed : int
        What `make_case` makes it from again.
    family : str
        One of `FAMILIES`.
    way : str
        What was done to it, in a word.
    content : bytes, str or dict of str to bytes
        A file's bytes; a name; or the files of a model folder.
    """

    number: int
    seed: int
    family: str
    way: str
    content: bytes | str | dict[str, bytes]


def make_case(number: int, *, seed: int = 0) -> Case:
    """The malformed input at one place of a series; families and ways take turns.

    Parameters
    ----------
    number : int
        Place in the series, from 0.
    seed : int
        Of the series.
    """
    family = _TURNS[number * _STRIDE % len(_TURNS)]
    ways = list(_WAYS[family])
    # The generator of a case depends on nothing but its place and seed, so that one can be made without the others.
    rng = np.random.default_rng([seed, number])
    way = ways[int(rng.integers(len(ways)))]
    return Case(number, seed, family, way, _WAYS[family][way](rng))
