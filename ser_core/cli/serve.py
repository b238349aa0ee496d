"""``serve``: predictions over HTTP."""

import argparse
import os
from dataclasses import replace

# Connections beyond these get 503 at once; calls in work are limited far below.
_MOST_CONNECTIONS = 1000
# What callers that are being answered get when the server is stopped, seconds.
_PARTING_S = 10


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "serve",
        help="answer predictions over HTTP",
        description="Serve POST /predict, /batch and /recordings, GET /models, /metrics, /health and /ready; "
        "/openapi.json describes them. SER_API_KEY and SER_API_RATE (as 120/minute) limit the callers.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only; 0.0.0.0 for all)"
    )
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on (default: 8000)")
    parser.add_argument(
        "--workers",
        type=_workers,
        help="processes that judge clips (default: SER_API_WORKERS, or one per core; 0 for the server's own)",
    )
    parser.add_argument("--log-level", choices=("critical", "error", "warning", "info", "debug"), default="info")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    import uvicorn

    from ser_core.api import Options, create_app
    from ser_core.api.judging import cores

    asked = Options.from_environment()
    workers = asked.workers if "SER_API_WORKERS" in os.environ else cores()
    app = create_app(options=replace(asked, workers=workers if options.workers is None else options.workers))
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        log_level=options.log_level,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_PARTING_S,
    )
    return 0


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) > 64:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 64, got {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, got {text!r}")
    return int(text)
