"""``corpora``: list the corpora, download one, write a manifest."""

import argparse
import json
from pathlib import Path

from ser_core.cli import corpora_audit, corpora_own
from ser_core.cli.terminal import progress_bar, text_table


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "corpora",
        help="list the corpora, download one, write a manifest",
        description="Without a further verb: list the corpora and what of them is on this machine.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per corpus and line")
    parser.add_argument("--root", type=Path, help="data root (default: SER_DATA_ROOT, else data/corpora)")
    parser.set_defaults(handler=list_corpora)
    verbs = parser.add_subparsers(dest="corpora_verb", metavar="VERB")

    download = verbs.add_parser(
        "download",
        help="download a corpus; goes on where an earlier download stopped",
        description="Download a corpus from where it is published. Stop with Ctrl-C: the same command goes on from "
        "there. SER_DOWNLOAD_MIRROR, the address of a folder with the same archives, replaces the published address.",
    )
    download.add_argument("name", metavar="NAME", help="name of a corpus, as `corpora` lists it")
    download.add_argument("--sample", action="store_true", help="only some clips, read out of the published archive")
    # Without a default of its own, or it would undo a --root given before the verb.
    download.add_argument("--root", type=Path, default=argparse.SUPPRESS, help="data root to download into")
    download.set_defaults(handler=download_corpus)

    manifest = verbs.add_parser(
        "manifest",
        help="write the table of a corpus' clips",
        description="Write one row per clip: of the files on this machine, else of the manifest that ships.",
    )
    manifest.add_argument("name", metavar="NAME", help="name of a corpus, as `corpora` lists it")
    manifest.add_argument("--out", type=Path, required=True, metavar="FILE", help=".parquet, .csv or .jsonl")
    manifest.add_argument("--root", type=Path, default=argparse.SUPPRESS, help="data root")
    manifest.set_defaults(handler=write_manifest)

    corpora_own.add_parser(verbs)
    corpora_audit.add_parser(verbs)


def list_corpora(options: argparse.Namespace) -> int:
    """Print what of each corpus is on this machine."""
    from ser_core import corpora

    rows = []
    for name in corpora.names():
        corpus = corpora.get(name)
        table = corpus.scan(options.root, progress=progress_bar()) if corpus.is_present(options.root) else None
        rows.append(corpus.summary(options.root, table=table))
        if table is not None:
            _warn_of_unreadable(corpus.title, corpus.unreadable(options.root, table=table))
    if options.json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return 0
    for row in rows:
        row["language"] = corpora.get(row["name"]).language_name
        row["emotions"] = len(row["emotions"])
    print(text_table(rows))
    return 0


def _warn_of_unreadable(title: str, reasons: dict[str, str]) -> None:
    """Say on stderr what is no audio: most often a repository that was cloned without Git LFS."""
    import sys

    if reasons:
        clip_id, reason = next(iter(reasons.items()))
        print(f"{title}: {len(reasons)} files are no audio, {clip_id} first. {reason}", file=sys.stderr)


def download_corpus(options: argparse.Namespace) -> int:
    """Download a corpus or its sample, saying before what it takes and under which licence it stands."""
    import sys

    from ser_core import corpora
    from ser_core.corpora.download import download, plan

    corpus = corpora.get(options.name)
    wanted = plan(corpus, sample=options.sample, root=options.root)
    size = f"{'' if wanted.is_exact else 'about '}{wanted.size_bytes / 1e6:.0f} MB"
    print(f"{wanted.title}: {wanted.clips} clips, {size} from {wanted.host}", file=sys.stderr)
    print(f"Licence: {wanted.licence}, {wanted.licence_url}", file=sys.stderr)
    print(f"Please cite: {wanted.citation}", file=sys.stderr)
    folder = download(corpus, root=options.root, sample=options.sample, progress=progress_bar())
    print(f"{corpus.found(options.root)} clips of {corpus.title} in {folder}")
    return 0


def write_manifest(options: argparse.Namespace) -> int:
    """Write the manifest of a corpus and say where it comes from."""
    from ser_core import corpora
    from ser_core.corpora.tables import write_table

    corpus = corpora.get(options.name)
    table = corpus.manifest(options.root, progress=progress_bar())
    write_table(table, options.out)
    source = {"files": f"the files in {corpus.folder(options.root)}", "shipped": "the manifest that ships"}
    print(f"{len(table)} clips from {source[corpus.source_of_manifest(options.root)]} -> {options.out}")
    return 0
