"""The name of a configuration: a short hash that is the same wherever and whenever it is computed."""

import hashlib
import json
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
