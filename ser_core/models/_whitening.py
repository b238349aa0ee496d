"""Steps before the support-vector machine: bounded standardisation, and whitening within emotions."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class BoundedScaler(TransformerMixin, BaseEstimator):
    """Standardise each feature by the training clips and clip it at `bound` standard deviations.

    The bound keeps one odd value of one feature from outweighing two thousand others. A feature that does not vary
    in training is 0 throughout.
    """

    def __init__(self, bound: float = 5.0):
        self.bound = bound

    def fit(self, x, y=None):
        x = np.asarray(x, dtype=np.float64)
        self.n_features_in_ = x.shape[1]
        self.mean_ = x.mean(axis=0)
        std = x.std(axis=0)
        varies = std > 1e-9 * np.maximum(np.abs(self.mean_), 1)
        self.factor_ = np.where(varies, 1 / np.where(varies, std, 1), 0)
        return self

    def transform(self, x):
        return np.clip((np.asarray(x, dtype=np.float64) - self.mean_) * self.factor_, -self.bound, self.bound)


class WithinClassWhitening(TransformerMixin, BaseEstimator):
    """Principal components, scaled down where clips of one emotion differ from each other.

    Most of the variance between clips of one emotion is the speaker; scaling by its eigenvalues to the power
    ``-power / 2`` lets the kernel see less of it. After Hatch, Kajarekar and Stolcke, "Within-class covariance
    normalization for SVM-based speaker recognition", Interspeech 2006, with shrinkage and half strength.

    Parameters
    ----------
    n_components : int
        Principal components kept; fewer where there are fewer clips or features.
    power : float
        1 whitens fully, 0 not at all.
    shrinkage : float
        Share of the mean eigenvalue that is added to each.
    """

    def __init__(self, n_components: int = 350, power: float = 0.5, shrinkage: float = 0.03):
        self.n_components = n_components
        self.power = power
        self.shrinkage = shrinkage

    def fit(self, x, y):
        self.mean_ = x.mean(axis=0)
        centred = x - self.mean_
        basis = self._principal_axes(centred)
        z = centred @ basis
        residual = z.copy()
        for label in np.unique(y):
            residual[y == label] -= residual[y == label].mean(axis=0)
        values, vectors = np.linalg.eigh(residual.T @ residual / len(z))
        values = np.maximum(values, 0)
        values += max(self.shrinkage * values.mean(), 1e-12)
        projection = basis @ (vectors * values ** (-self.power / 2))
        # Unit total variance, so that the same gamma means the same for any number of clips and features.
        total = (centred @ projection).var(axis=0).sum()
        self.projection_ = projection / np.sqrt(total if total > 0 else 1)
        return self

    def _principal_axes(self, centred: np.ndarray) -> np.ndarray:
        """Leading eigenvectors [shape=(n_features, k)], by way of the smaller of the two product matrices."""
        n, d = centred.shape
        k = min(self.n_components, max(1, n - 1), d)
        if d <= n:
            return np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :k]
        values, vectors = np.linalg.eigh(centred @ centred.T)
        values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
        kept = values > 1e-10 * max(values[0], 1e-30)
        kept[0] = True
        return centred.T @ (vectors[:, kept] / np.sqrt(np.maximum(values[kept], 1e-30)))

    def transform(self, x):
        return (x - self.mean_) @ self.projection_
