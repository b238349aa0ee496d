"""Names of configurations and of files by what they hold: the same wherever and whenever they are computed."""

import hashlib
import json
from pathlib import Path
from typing import Any


def canonical_hash(fields: dict[str, Any]) -> str:
    """16 hexadecimal digits of the SHA-256 of the canonical JSON of `fields`, whatever their order.

    Examples
    --------
    >>> canonical_hash({"a": 1, "b": 2}) == canonical_hash({"b": 2, "a": 1})
    True
    """
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    """Of the content of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
