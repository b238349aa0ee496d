"""Nearest neighbours as scikit-learn finds them, of few clips as well."""

from sklearn.neighbors import KNeighborsClassifier

from ser_core.models._estimators_onnx import neighbour_weights


class Neighbours(KNeighborsClassifier):
    """Asks no more neighbours than there are clips, so that small corpora do, too."""

    def fit(self, X, y):
        self.n_neighbors = min(self.n_neighbors, len(X))
        return super().fit(X, y)


def neighbours(n_neighbors: int) -> Neighbours:
    """An unfitted estimator: so many neighbours vote, the nearer ones more."""
    return Neighbours(n_neighbors, weights=neighbour_weights, algorithm="brute")
