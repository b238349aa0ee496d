"""``serve``: predictions over HTTP."""

import argparse


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
    parser.add_argument("--log-level", choices=("critical", "error", "warning", "info", "debug"), default="info")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    import uvicorn

    from ser_core.api import create_app

    uvicorn.run(create_app(), host=options.host, port=options.port, log_level=options.log_level, server_header=False)
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, got {text!r}")
    return int(text)
