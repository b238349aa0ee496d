"""``features``: compute the features of corpora into the cache, or into a table."""

import argparse
from pathlib import Path

from ser_core.cli.terminal import progress_bar
from ser_core.errors import ConfigError, CorpusNotFoundError

TABLES = {
    "levels": "loudness and length",
    "acoustics": "measures that a person can name",
    "means": "mean spectrogram of each emotion",
    "map": "places of the clips of five corpora on one map, whatever CORPUS says",
}
"""Kinds that write a table that ships behind *Explore* -> what it holds."""
# Clips per piece of an array on its way into a file: about 50 MB of log-mels.
_PIECE = 1024


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "features",
        help="compute the features of corpora, in parallel and through the cache",
        description="Compute features of every clip of some corpora; what the cache holds is not computed again.",
    )
    parser.add_argument(
        "corpora", metavar="CORPUS", nargs="+", help="names of corpora, as `corpora` lists them, or `all` that are here"
    )
    parser.add_argument(
        "--kind",
        default="functionals",
        help="what to compute, several separated by commas: functionals, frames, logmel, ...; or levels, which writes "
        "the table of loudness and length that ships behind *Explore* (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="write a table (.parquet, .csv or .jsonl, one column per functional) or an array (.npy); without it the "
        "features are only computed into the cache",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, help="processes (default: one per core)")
    where.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="let the workers of this Dask scheduler compute, as tcp://host:8786; each finds the audio under its own "
        "SER_DATA_ROOT",
    )
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Compute the features and write them."""
    import pandas as pd

    from ser_core import corpora
    from ser_core.analysis import acoustics, maps, means
    from ser_core.features import levels, spec_from_dict
    from ser_core.features.table import fill_cache

    kinds = _kinds(options)
    if kinds[0] == "map":
        print(f"Written to {maps.write_shipped(progress=progress_bar())}")
        return 0
    names = options.corpora
    if names == ["all"]:
        names = [name for name in corpora.names() if corpora.get(name).is_present()]
        if not names:
            raise CorpusNotFoundError("No corpus is on this machine; `python -m ser_core corpora` says how to get one.")
    if kinds[0] in TABLES:
        module = {"levels": levels, "acoustics": acoustics, "means": means}[kinds[0]]
        for name in names:
            print(f"Written to {module.write_shipped(name, progress=progress_bar())}")
        return 0
    specs = [spec_from_dict({"kind": kind}) for kind in kinds]
    manifest = pd.concat([corpora.manifest(name) for name in dict.fromkeys(names)], ignore_index=True)
    fill_cache(manifest, specs, workers=options.workers, dask=options.dask, progress=progress_bar())
    if options.out:
        _write(manifest, specs[0], options)
    for spec in specs:
        print(f"{len(manifest)} clips: {spec.kind} {spec.hash}")
    return 0


def _kinds(options: argparse.Namespace) -> list[str]:
    """The kinds that were asked for.

    Raises
    ------
    ConfigError
        If one is not known, or does not go with the other options.
    """
    from ser_core.features.spec import KINDS

    # A speech encoder is named by its file, and its features are computed where one trains with it.
    known = (*(kind for kind in KINDS if kind != "encoder"), *TABLES)
    kinds = list(dict.fromkeys(options.kind.split(",")))
    if unknown := [kind for kind in kinds if kind not in known]:
        raise ConfigError(f"Unknown kind of features {unknown[0]!r}; there are {', '.join(known)}.")
    if (table := set(kinds) & set(TABLES)) and (len(kinds) > 1 or options.out or options.dask):
        raise ConfigError(f"{table.pop()} is computed by itself: without other kinds, --out or --dask.")
    if options.out and len(kinds) > 1:
        raise ConfigError(f"--out takes one kind of features, got {', '.join(kinds)}; run it once for each.")
    if options.out and kinds != ["functionals"] and options.out.suffix != ".npy":
        raise ConfigError(f"--out for {kinds[0]} must end in .npy, got {options.out.name!r}.")
    return kinds


def _write(manifest, spec, options: argparse.Namespace) -> None:
    """Write the features that the cache holds by now."""
    import numpy as np
    import pandas as pd

    from ser_core.corpora.tables import write_table
    from ser_core.features import feature_names
    from ser_core.features.table import matrix
    from ser_core.files import atomic_path

    if options.out.suffix != ".npy":
        table = pd.DataFrame(matrix(manifest, spec, dask=options.dask), columns=list(feature_names(spec)))
        table.insert(0, "clip_id", manifest["clip_id"].to_numpy())
        write_table(table, options.out)
        return
    with atomic_path(options.out) as temporary, temporary.open("wb") as file:
        for start in range(0, len(manifest), _PIECE):
            piece = matrix(manifest.iloc[start : start + _PIECE], spec, dask=options.dask)
            if start == 0:
                fields = {
                    "descr": np.lib.format.dtype_to_descr(piece.dtype),
                    "fortran_order": False,
                    "shape": (len(manifest), *piece.shape[1:]),
                }
                np.lib.format.write_array_header_1_0(file, fields)
            file.write(piece.reshape(-1).view(np.uint8))
