"""Model families behind one interface, found by discovery. Training only: serving reads ONNX and never comes here."""

import importlib
import pkgutil
from functools import cache

from ser_core.errors import ConfigError
from ser_core.models.base import Data, Family, Fitted

__all__ = ["Data", "Family", "Fitted", "get", "names"]

#: Modules that hold a family say so by this name.
_ATTRIBUTE = "FAMILY"
_HELPERS = {"base", "onnx_tools", "pooling"}


@cache
def names() -> tuple[str, ...]:
    """Names of the families, which are the names of their modules. Imports none of them."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if name not in _HELPERS and not name.startswith("_")))


def get(name: str) -> Family:
    """The family called `name`.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    if name not in names():
        raise ConfigError(f"Unknown model {name!r}; there are {', '.join(names())}.")
    return getattr(importlib.import_module(f"{__name__}.{name}"), _ATTRIBUTE)
