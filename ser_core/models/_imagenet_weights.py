"""Weights of the ImageNet networks: a file on this machine, else Keras' own download. Without TensorFlow."""

from pathlib import Path
from typing import Any

import numpy as np

from ser_core import settings
from ser_core.errors import ModelError
from ser_core.models._imagenet_backbones import Backbone


def weights_file(backbone: Backbone, named: str | None = None) -> Path | None:
    """The file that holds the weights of a network; None where only a download can bring them.

    Parameters
    ----------
    backbone : Backbone
        Whose weights.
    named : str, optional
        A path, or the name of a file in the folder of published weights; without it, the file is looked for there
        under the name that it is published by.

    Raises
    ------
    ModelError
        If there is no such file, or none and no download either; the message says where to get it.
    """
    folder = settings.pretrained_dir()
    if named:
        found = next((path for path in (Path(named).expanduser(), folder / named) if path.is_file()), None)
        if found is None:
            raise ModelError(
                f"There is no file of weights {named!r}, neither as a path nor in {folder}. Name a file that is there, "
                f"as --set 'weights=\"{backbone.file}\"', or leave `weights` out."
            )
        return found
    if (folder / backbone.file).is_file():
        return folder / backbone.file
    if backbone.application:
        return None
    raise ModelError(
        f"The ImageNet weights of {backbone.title} are not at {folder / backbone.file}. They are {backbone.source}. "
        f"Save them as {backbone.file} and set SER_PRETRAINED_DIR to the folder that holds it. {without(backbone)}"
    )


def without(backbone: Backbone) -> str:
    """What else can be done where weights cannot be had."""
    return f"{backbone.title} from random weights takes --set pretrained=false; expect far less of it."


def no_download(backbone: Backbone, error: Exception) -> ModelError:
    """Says that a download failed and what to do about it."""
    return ModelError(
        f"The ImageNet weights of {backbone.title} could not be downloaded ({error}). On a machine that has access, "
        f"download {backbone.file} ({backbone.megabytes} MB) from where the message points; then put it into "
        f"{settings.pretrained_dir()} (SER_PRETRAINED_DIR) or name it: --set 'weights=\"PATH\"'. {without(backbone)}"
    )


def read_weights(path: Path, backbone: Backbone, layers: list[tuple[str, list[tuple[int, ...]]]]) -> list[np.ndarray]:
    """Weights in the layout of the files of `keras.applications`, checked against the network that takes them.

    Parameters
    ----------
    path : Path
        HDF5 with a group per layer, named by ``layer_names``, whose arrays are named by ``weight_names``; as the root
        or, as in files of whole models, under ``model_weights``.
    backbone : Backbone
        Whose weights they should be.
    layers : list of tuple
        Name and shapes of the weights of each layer that has any, in their order.

    Returns
    -------
    list of np.ndarray
        All weights in order, float32.

    Raises
    ------
    ModelError
        If the file is another one; the message says where it differs.
    """
    import h5py

    def wrong(why: str) -> ModelError:
        return ModelError(f"{path.name} does not hold the weights of {backbone.title} without its classifier: {why}.")

    if not h5py.is_hdf5(path):
        raise wrong("it is no HDF5 file")
    with h5py.File(path, "r") as file:
        root = file.get("model_weights", file)
        if "layer_names" not in root.attrs:
            raise wrong("it is not laid out as the files of keras.applications are, with layer_names")
        try:
            groups = [root[_text(name)] for name in root.attrs["layer_names"]]
            stored = [(group.name, _arrays(group)) for group in groups if len(group.attrs["weight_names"])]
        except KeyError as error:
            raise wrong(f"a part that it names is missing ({error})") from None
    if len(stored) != len(layers):
        raise wrong(f"it has {len(stored)} layers with weights, {len(layers)} are expected")
    for (theirs, arrays), (ours, shapes) in zip(stored, layers, strict=True):
        found = [array.shape for array in arrays]
        if found != shapes:
            raise wrong(f"layer {ours} takes arrays of shape {shapes}, {theirs} has {found}")
    weights = [np.asarray(array, dtype=np.float32) for _, arrays in stored for array in arrays]
    if not all(np.isfinite(array).all() for array in weights):
        raise wrong("some values are not finite")
    return weights


def _arrays(group: Any) -> list[np.ndarray]:
    return [group[_text(name)][()] for name in group.attrs["weight_names"]]


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
