"""Predictions over HTTP: the same answers as `ser_core.serving`, with proper status codes.

``python -m ser_core serve`` runs it; ``uvicorn --factory ser_core.api:create_app`` does the same. Nothing that is sent
is kept beyond the answer; a recording lies in a temporary file until it was judged.
"""

from ser_core.api.app import create_app
from ser_core.api.options import Options

__all__ = ["Options", "create_app"]
