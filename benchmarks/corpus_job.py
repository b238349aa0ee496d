"""One extraction in a process of its own, so that its memory can be watched from outside.

``python -m benchmarks.corpus_job MANIFEST ROOT CACHE MODE [ADDRESS]`` prints one line of JSON.
"""

import hashlib
import json
import resource
import sys
import time
from pathlib import Path

# More than a synthetic corpus of 50,000 clips takes.
_CACHE_BYTES = 8 * 2**30
_PIECE = 2048


def main() -> None:
    """Fill the cache (``fill``), read back ``functionals`` or ``both`` kinds, or hash them (``digest``)."""
    # Not at the top: the processes that this one starts read this file, too.
    import pandas as pd

    from ser_core.features import FunctionalsSpec, LogMelSpec
    from ser_core.features.cache import FeatureCache
    from ser_core.features.table import fill_cache, matrices

    table, root, folder, mode, *address = sys.argv[1:]
    specs = [FunctionalsSpec(), LogMelSpec()]
    manifest = pd.read_parquet(table)
    options = {"root": Path(root), "cache": FeatureCache(folder, max_bytes=_CACHE_BYTES)}
    start, cpu = time.perf_counter(), _cpu()
    said = {}
    if mode == "fill":
        fill_cache(manifest, specs, workers=2, dask=address[0] if address else None, **options)
    elif mode == "digest":
        digest = hashlib.sha256()
        for at in range(0, len(manifest), _PIECE):
            for array in matrices(manifest.iloc[at : at + _PIECE], specs, workers=1, **options):
                digest.update(array.data)
        said["digest"] = digest.hexdigest()
    else:
        rows = matrices(manifest, specs[:1] if mode == "functionals" else specs, **options)
        assert all(len(array) == len(manifest) for array in rows)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpu": _cpu() - cpu, **said}), flush=True)


def _cpu() -> float:
    """Processor time of this process and of those it has started and seen end, seconds."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
