"""Make ser_core/recordings/voices.npz: where voices differ most and one voice's emotions least.

Needs RAVDESS and CREMA-D. Only CREMA-D's actors 1001 to 1060 and RAVDESS are learnt from; the others, and the corpora
of other speakers, are left for benchmarks/recordings.py. Run it with ``python -m scripts.make_voices``.
"""

import argparse
from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from ser_core import corpora
from ser_core.features.table import matrix
from ser_core.recordings import speakers

LAST_ACTOR = 1060
SHRINKAGES, DIMENSIONS = (0.02, 0.1, 0.3), (12, 24, 48)
FOLDS, ROUNDS, SEGMENTS = 3, 12, 40
_SINGLES = np.arange(0.04, 0.30, 0.02)


def main() -> None:
    """Choose the shrinkage and the dimensions by speakers left out, fit on all, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(speakers.__file__).with_name("voices.npz"))
    options = parser.parse_args()
    x, who, seconds = _clips()
    fold_of = {name: i % FOLDS for i, name in enumerate(np.random.default_rng(0).permutation(np.unique(who)))}
    fold = np.array([fold_of[name] for name in who])
    errors = {}
    for shrinkage, dimensions in product(SHRINKAGES, DIMENSIONS):
        found = []
        for left_out in range(FOLDS):
            project = _fit(x[fold != left_out], who[fold != left_out], shrinkage=shrinkage, dimensions=dimensions)
            inside = fold == left_out
            found += [
                error for n in (2, 3, 4) for error in _errors(project(x[inside]), who[inside], seconds[inside], n=n)
            ]
        errors[shrinkage, dimensions] = float(np.mean(found))
        print(f"shrinkage {shrinkage}, {dimensions} dimensions: {errors[shrinkage, dimensions]:.3f} of the time wrong")
    shrinkage, dimensions = min(errors, key=errors.get)
    single = _single(x, who, seconds, fold, shrinkage=shrinkage, dimensions=dimensions)
    project = _fit(x, who, shrinkage=shrinkage, dimensions=dimensions)
    np.savez(
        options.out,
        mean=project.mean.astype(np.float32),
        scale=project.scale.astype(np.float32),
        directions=project.directions.astype(np.float32),
        single=np.float32(single),
    )
    print(
        f"{options.out}: {len(x)} clips of {len(fold_of)} speakers, shrinkage {shrinkage}, {dimensions} dimensions, "
        f"one voice below a silhouette of {single:.2f}"
    )


def _clips() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, who, seconds = [], [], []
    for name in ("cremad", "ravdess"):
        table = corpora.get(name).manifest()
        if name == "cremad":
            table = table[table["speaker"].astype(int) <= LAST_ACTOR]
        rows.append(matrix(table, speakers.SPEC)[:, speakers.columns()])
        who += [f"{name} {speaker}" for speaker in table["speaker"]]
        seconds += list(table["duration_s"])
    return np.concatenate(rows), np.array(who), np.array(seconds)


def _fit(x: np.ndarray, who: np.ndarray, *, shrinkage: float, dimensions: int) -> speakers.Projection:
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    plain = speakers.Projection(mean, scale, np.eye(x.shape[1]), 0.0)
    model = LinearDiscriminantAnalysis(solver="eigen", shrinkage=shrinkage).fit(plain(x), who)
    return speakers.Projection(mean, scale, model.scalings_[:, :dimensions], 0.0)


def _talk(who: np.ndarray, *, n: int, rng: np.random.Generator) -> np.ndarray:
    """Clips of `n` speakers."""
    chosen = rng.choice(np.unique(who), n, replace=False)
    own = [np.flatnonzero(who == name) for name in chosen]
    return np.concatenate([rng.choice(each, min(SEGMENTS // n, len(each)), replace=False) for each in own])


def confusion(who: np.ndarray, labels: np.ndarray, seconds: np.ndarray) -> float:
    """Share of the time that is given to the wrong speaker, in the best match of clusters and speakers."""
    names, numbers = np.unique(who), np.unique(labels)
    time = np.array([[seconds[(who == name) & (labels == number)].sum() for number in numbers] for name in names])
    rows, columns = linear_sum_assignment(-time)
    return float(1 - time[rows, columns].sum() / seconds.sum())


def _errors(heard: np.ndarray, who: np.ndarray, seconds: np.ndarray, *, n: int) -> list[float]:
    rng = np.random.default_rng(n)
    found = []
    for _ in range(ROUNDS):
        talk = _talk(who, n=n, rng=rng)
        labels = speakers.cluster(heard[talk], seconds[talk], n_clusters=n)
        found.append(confusion(who[talk], labels, seconds[talk]))
    return found


def _single(x, who, seconds, fold, *, shrinkage: float, dimensions: int) -> float:
    """The silhouette that best tells talks of one voice from those of several."""
    right = np.zeros(len(_SINGLES))
    for left_out in range(FOLDS):
        project = _fit(x[fold != left_out], who[fold != left_out], shrinkage=shrinkage, dimensions=dimensions)
        inside = np.flatnonzero(fold == left_out)
        heard, rng = project(x[inside]), np.random.default_rng(0)
        for n in (1, 1, 1, 2, 3, 4):
            for _ in range(ROUNDS):
                talk = _talk(who[inside], n=n, rng=rng)
                for i, single in enumerate(_SINGLES):
                    labels = speakers.cluster(heard[talk], seconds[inside][talk], n_clusters=None, single=single)
                    right[i] += (labels.max() == 0) == (n == 1)
    return float(_SINGLES[right.argmax()])


if __name__ == "__main__":
    main()
