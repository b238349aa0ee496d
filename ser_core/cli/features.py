"""``features``: compute the features of a corpus into a table."""

import argparse
from pathlib import Path

from ser_core.cli.terminal import progress_bar
from ser_core.errors import ConfigError


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "features",
        help="compute the features of a corpus, in parallel and through the cache",
        description="Compute features of every clip of a corpus; what the cache holds is not computed again.",
    )
    parser.add_argument("corpus", metavar="CORPUS", help="name of a corpus, as `corpora` lists it")
    parser.add_argument(
        "--kind",
        choices=("functionals", "frames", "logmel", "levels", "acoustics"),
        default="functionals",
        help="what to compute; levels (loudness and length) and acoustics (measures that a person can name) write the "
        "tables that ship behind *Explore*",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="write a table (.parquet, .csv or .jsonl, one column per functional) or an array (.npy); without it the "
        "features are only computed into the cache",
    )
    parser.add_argument("--workers", type=int, help="processes (default: one per core)")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Compute the features and write them."""
    import numpy as np
    import pandas as pd

    from ser_core import corpora
    from ser_core.analysis import acoustics
    from ser_core.corpora.tables import write_table
    from ser_core.features import feature_names, levels, spec_from_dict
    from ser_core.features.table import matrix
    from ser_core.files import atomic_path

    shipped = {"levels": levels, "acoustics": acoustics}
    if options.kind in shipped:
        print(f"Written to {shipped[options.kind].write_shipped(options.corpus, progress=progress_bar())}")
        return 0
    out: Path | None = options.out
    as_array = options.kind != "functionals"
    if out and as_array and out.suffix != ".npy":
        raise ConfigError(f"--out for {options.kind} must end in .npy, got {out.name!r}.")
    spec = spec_from_dict({"kind": options.kind})
    manifest = corpora.manifest(options.corpus)
    x = matrix(manifest, spec, workers=options.workers, progress=progress_bar())
    if out and out.suffix == ".npy":
        with atomic_path(out) as temporary:
            np.save(temporary, x, allow_pickle=False)
    elif out:
        table = pd.DataFrame(x, columns=list(feature_names(spec)))
        table.insert(0, "clip_id", manifest["clip_id"].to_numpy())
        write_table(table, out)
    print(f"{len(x)} clips, {' x '.join(str(n) for n in x.shape[1:])} values each ({options.kind} {spec.hash})")
    return 0
