"""``corpora audit``: say what is wrong with a corpus, or with any folder of audio."""

import argparse
import json
from collections import Counter
from pathlib import Path

from ser_core.cli.terminal import progress_bar, text_table


def add_parser(verbs) -> None:
    """Add the verb to those of ``corpora``."""
    parser = verbs.add_parser(
        "audit",
        help="find what is wrong: unreadable, truncated, clipped, silent or duplicate clips, wrong rates, and more",
        description="Look at every clip once and list what was found. What was measured is kept: a second run is "
        "quick, a stopped one goes on. Several names or folders are searched for common recordings too. Exit status 0 "
        "also with findings, unless --strict is given.",
    )
    parser.add_argument("what", nargs="*", metavar="NAME|PATH", help="corpora, folders of audio, or files")
    # Without defaults of their own, or they would undo those given before the verb.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one finding per line as JSON")
    parser.add_argument("--root", type=Path, default=argparse.SUPPRESS, help="data root")
    parser.add_argument(
        "--protocol", metavar="P", help="also say what stands in training and test: speaker-independent, random, leaky"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the findings as .csv, .jsonl or .parquet")
    parser.add_argument("--strict", action="store_true", help="exit status 1 if there is an error or a warning")
    parser.add_argument("--workers", type=int, help="threads (default: one per core)")
    parser.add_argument(
        "--ship", action="store_true", help="audit the five real corpora and write the tables that ship behind Explore"
    )
    parser.set_defaults(handler=audit_corpora)


def audit_corpora(options: argparse.Namespace) -> int:
    """Audit, print, write."""
    from ser_core.audit import audit, kept
    from ser_core.corpora.tables import write_table
    from ser_core.errors import ConfigError

    what = list(kept.SHIPPED) if options.ship else options.what
    if not what:
        raise ConfigError("Name a corpus or a folder, as in `corpora audit ravdess` or `corpora audit calls/`.")
    report = audit(what, protocol=options.protocol, root=options.root, workers=options.workers, progress=progress_bar())
    if options.json:
        for finding in report.findings:
            # Not in Unicode: a file name that is no valid text still makes valid JSON.
            print(json.dumps(finding.to_dict()))
    else:
        _print(report)
    if options.out:
        write_table(report.to_frame(), options.out)
    if options.ship:
        kept.write_shipped(report)
    return int(options.strict and report.looks > 0)


def _print(report) -> None:
    facts = report.facts
    rows = [
        {
            "severity": finding.severity,
            "kind": finding.kind,
            "clip": _plain(finding.clip_id or f"({finding.corpus or 'all'})"),
            "detail": _plain(finding.detail),
        }
        for finding in report.findings
    ]
    if rows:
        print(text_table(rows))
        print()
    kinds = Counter(finding.kind for finding in report.findings if finding.severity != "info")
    counted = f" ({', '.join(f'{number} {kind}' for kind, number in kinds.items())})" if kinds else ""
    print(
        f"{facts['readable']:,} of {facts['clips']:,} clips are readable; {facts['errors']} errors and "
        f"{facts['warnings']} warnings{counted}, {facts['infos']} things to know."
    )


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
