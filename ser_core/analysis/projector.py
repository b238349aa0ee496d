"""t-SNE or UMAP in a process of its own: ``python -m ser_core.analysis.projector METHOD SEED X.npy XY.npy PERCENT``.

`ser_core.analysis.embedding` starts it, reads how far it is from the file PERCENT, and ends it to stop it: neither
library can be asked to stop, and neither gives its memory back.
"""

import re
import sys
from pathlib import Path

import numpy as np

from ser_core.files import write_bytes

_TSNE_ITERATIONS = 1000
_PERPLEXITY, _NEIGHBOURS = 30, 15
"""The defaults of both methods' authors; small corpora take fewer."""
# What the libraries print while they work; should they print something else, only the progress is lost.
_ITERATION, _EPOCHS = re.compile(r"Iteration (\d+)"), re.compile(r"(\d+)%")


class _Watch:
    """An output that keeps nothing but how far the work is."""

    def __init__(self, file: Path, *, pattern: re.Pattern, whole: int):
        self._file, self._pattern, self._whole = file, pattern, whole

    def write(self, text: str) -> int:
        for found in self._pattern.findall(text):
            write_bytes(self._file, str(100 * int(found) // self._whole).encode())
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def tsne(x: np.ndarray, *, seed: int, percent: Path) -> np.ndarray:
    """t-SNE from the first two principal components on [shape=(n, 2)]."""
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(x) - 1) / 3)
    sys.stdout = _Watch(percent, pattern=_ITERATION, whole=_TSNE_ITERATIONS)
    machine = TSNE(2, init="pca", perplexity=perplexity, max_iter=_TSNE_ITERATIONS, random_state=seed, verbose=2)
    return machine.fit_transform(x)


def umap(x: np.ndarray, *, seed: int, percent: Path) -> np.ndarray:
    """UMAP [shape=(n, 2)]."""
    from umap import UMAP

    neighbours = min(_NEIGHBOURS, len(x) - 1)
    watch = {"file": _Watch(percent, pattern=_EPOCHS, whole=100)}
    machine = UMAP(n_neighbors=neighbours, init="pca", random_state=seed, n_jobs=1, verbose=True, tqdm_kwds=watch)
    return machine.fit_transform(x)


def main(arguments: list[str]) -> None:
    """Compute what the command line asks for."""
    method, seed, source, target, percent = arguments
    x = np.load(source, allow_pickle=False)
    xy = {"tsne": tsne, "umap": umap}[method](x, seed=int(seed), percent=Path(percent))
    # Written under another name first: what lies there is whole.
    part = Path(f"{target}.part.npy")
    np.save(part, xy.astype(np.float32))
    part.replace(target)


if __name__ == "__main__":
    main(sys.argv[1:])
