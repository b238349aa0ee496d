"""Corpora of emotional speech behind one interface.

Examples
--------
>>> from ser_core import corpora
>>> "ravdess" in corpora.names()
True
>>> corpora.get("ravdess").expected["clips"]
1440
"""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import pandas as pd

from ser_core.corpora.base import Corpus
from ser_core.corpora.own import store as own_store
from ser_core.corpora.records import Clip, Source
from ser_core.corpora.tables import COLUMNS, as_manifest
from ser_core.errors import ConfigError

__all__ = [
    "COLUMNS",
    "Clip",
    "Corpus",
    "Source",
    "as_manifest",
    "builtin_names",
    "get",
    "load_manifest",
    "manifest",
    "names",
]


# What all corpora share. Left out of the search: importing the downloader alone takes longer than all the corpora.
_TOOLS = {
    "archive",
    "base",
    "connection",
    "download",
    "listings",
    "own",
    "parts",
    "places",
    "records",
    "sample",
    "scan",
    "tables",
    "transfer",
}


@cache
def _registry() -> dict[str, Corpus]:
    modules = {module.name for module in pkgutil.iter_modules(__path__)} - _TOOLS
    imported = [importlib.import_module(f"{__name__}.{module}") for module in modules]
    found = [module.CORPUS for module in imported if hasattr(module, "CORPUS")]
    return {corpus.name: corpus for corpus in sorted(found, key=lambda corpus: (corpus.synthetic, corpus.name))}


def builtin_names() -> tuple[str, ...]:
    """Names of the corpora that this project knows, real ones first."""
    return tuple(_registry())


def names() -> tuple[str, ...]:
    """Names of all corpora: real ones, synthetic ones, then the user's own."""
    return (*_registry(), *own_store.all_own())


def get(name: str) -> Corpus:
    """The corpus of a name.

    Raises
    ------
    ConfigError
        If there is none.
    """
    found = _registry().get(name) or own_store.get(name)
    if found is None:
        raise ConfigError(f"Unknown corpus {name!r}; there are {', '.join(names())}.")
    return found


def manifest(name: str, *, root: Path | str | None = None, complete: bool = False) -> pd.DataFrame:
    """Manifest of a corpus: of the files under `root` if there are any, else the one that ships (`Corpus.manifest`)."""
    return get(name).manifest(root, complete=complete)


def load_manifest(name: str) -> pd.DataFrame:
    """The manifest that ships for a corpus (`Corpus.shipped_manifest`)."""
    return get(name).shipped_manifest()
