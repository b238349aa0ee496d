"""What a model's training data look like: how far a clip lies from them, and what an ordinary clip measures.

A model folder may hold ``reference.npz`` beside the model: plain arrays, checked against the card like the model.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ser_core.errors import ModelError
from ser_core.features import FeatureSpec, feature_names
from ser_core.files import write_bytes

REFERENCE_FILE = "reference.npz"

MAX_BYTES = 4 * 2**20
"""Largest file that is read, as it lies there and unpacked: far above every model of this project."""

_LARGEST_DEVIATION = 10.0
"""Deviations count no further, so that one odd measure alone puts no clip far away."""


@dataclass(frozen=True)
class Reference:
    """Statistics of the features of a model's training data.

    Attributes
    ----------
    centre, scale : np.ndarray [shape=(n,)]
        Mean and standard deviation of what `summary` gives.
    mean : np.ndarray [shape=(n_rows,)]
        Mean of each functional, or of each row of an image.
    """

    centre: np.ndarray
    scale: np.ndarray
    mean: np.ndarray

    def distance(self, summaries: np.ndarray) -> np.ndarray:
        """How far clips lie from the training data: root mean square of their deviations, in standard deviations.

        Parameters
        ----------
        summaries : np.ndarray [shape=(..., n)]
            What `summary` gives for each clip.

        Returns
        -------
        np.ndarray [shape=(...)]
            About 1 for the training data themselves.
        """
        deviation = np.abs((summaries - self.centre) / self.scale)
        return np.sqrt(np.square(np.minimum(deviation, _LARGEST_DEVIATION), dtype=np.float64).mean(axis=-1))

    @classmethod
    def of(cls, summaries: np.ndarray, means: np.ndarray) -> "Reference":
        """The statistics of some clips.

        Parameters
        ----------
        summaries : np.ndarray [shape=(n_clips, n)]
            What `summary` gives for each.
        means : np.ndarray [shape=(n_clips, n_rows)]
            Their functionals, or the mean of each row of their images.
        """
        centre, scale = summaries.mean(axis=0, dtype=np.float64), summaries.std(axis=0, dtype=np.float64)
        # What hardly varies in training must not count without bound.
        scale = np.maximum(scale, 1e-3 * np.abs(centre) + 1e-6)
        mean = means.mean(axis=0, dtype=np.float64)
        return cls(*(np.asarray(each, dtype=np.float32) for each in (centre, scale, mean)))

    def to_bytes(self) -> bytes:
        """As ``reference.npz`` holds it."""
        stored = io.BytesIO()
        np.savez_compressed(stored, **{field.name: getattr(self, field.name) for field in fields(self)})
        return stored.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Reference":
        """The statistics from the bytes of ``reference.npz``; nothing in them is run.

        Raises
        ------
        ModelError
            If they are anything but the arrays that belong there.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                    raise ModelError(f"The reference unpacks to more than {MAX_BYTES // 2**20} MiB.")
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                arrays = {field.name: stored[field.name] for field in fields(cls)}
        except ModelError:
            raise
        except Exception as error:  # numpy and zipfile have a class per fault
            raise ModelError(
                f"The reference of the model cannot be read ({error}). Get the model folder again."
            ) from error
        fine = all(each.ndim == 1 and each.dtype == np.float32 and np.isfinite(each).all() for each in arrays.values())
        if not fine or arrays["centre"].shape != arrays["scale"].shape or not (arrays["scale"] > 0).all():
            raise ModelError("The reference of the model holds something else than statistics. Get the folder again.")
        return cls(**arrays)


def summary(features: np.ndarray, *, spec: FeatureSpec) -> np.ndarray:
    """A clip in a few hundred numbers: how high each track or band stands, and how much it varies.

    Parameters
    ----------
    features : np.ndarray
        Of one clip, as `ser_core.features.extract` makes them for `spec`.
    spec : FeatureSpec
        What they are.

    Returns
    -------
    np.ndarray [shape=(n,)]
        Of functionals those that are means and standard deviations; of an image these over the frames with sound. How
        loud a clip was recorded (`AudioSetSpec.level_row`) puts it nowhere.
    """
    if features.ndim == 1:
        names = feature_names(spec)
        return features[[i for i, name in enumerate(names) if name.endswith((":mean", ":std"))]]
    if spec.kind == "frames":
        features = features[:, features[-1] > 0] if (features[-1] > 0).any() else features
    if getattr(spec, "level_row", 0):
        features = features[:-1]
    return np.concatenate([features.mean(axis=1), features.std(axis=1)])


def read_reference(folder: Path | str, *, sha256: str) -> Reference:
    """The statistics that lie in a model folder.

    Raises
    ------
    ModelError
        If there are none, or not those that the card describes.
    """
    path = Path(folder) / REFERENCE_FILE
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}). Get the model folder again.") from error
    if len(content) > MAX_BYTES or hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path} is not the reference that the card describes. Get the model folder again.")
    return Reference.from_bytes(content)


def write_reference(folder: Path | str, reference: Reference) -> str:
    """Write the statistics into a model folder; their SHA-256, for the card."""
    content = reference.to_bytes()
    write_bytes(Path(folder) / REFERENCE_FILE, content)
    return hashlib.sha256(content).hexdigest()
