"""Training of the ImageNet families: first the head on what the frozen network sees, then its last blocks, too."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.hashing import sha256_of
from ser_core.models import _training as loop
from ser_core.models._checkpoint import Checkpoint
from ser_core.models._imagenet_backbones import Backbone
from ser_core.models._imagenet_batches import Batches
from ser_core.models._imagenet_image import Image
from ser_core.models._imagenet_network import backbone_network, build, freeze, standardise
from ser_core.models._imagenet_weights import weights_file
from ser_core.models._tensorflow import keras
from ser_core.models._tf_onnx import to_onnx
from ser_core.models._trained import Trained, compiled, predict_logits, scores
from ser_core.models.base import Data
from ser_core.progress import Meter, Progress

GRADIENT_NORM = 5.0
"""Longer gradients are cut to this: deep networks without normalisation, as VGG, have some that would undo them."""
LOOK_BATCH = 32
"""Clips that the network looks at together: maps of the first layers take a megabyte each and more."""
_DOWNLOADED = "keras.applications"


@dataclass
class TrainedImageNet(Trained):
    """See `Trained`; the history has rows of both stages, those of the frozen one first.

    Attributes
    ----------
    weights : str
        What it started from: the SHA-256 of a file, ``"keras.applications"`` or ``"random"``.
    """

    weights: str

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits [shape=(n_clips, 8)] of spectrograms [shape=(n_clips, n_mels, n_frames)]."""
        return predict_logits(self.call, x, size=LOOK_BATCH)

    def to_onnx(self, *, temperature: float) -> bytes:
        """Spectrograms ``features`` (batch, n_mels, n_frames) to ``probabilities`` (batch, 8)."""
        return to_onnx(self.model, temperature=temperature)


def train(
    data: Data,
    validation: Data,
    backbone: Backbone,
    *,
    config: dict[str, Any],
    seed: int,
    checkpoint: Path | str | None = None,
    progress: Callable | None = None,
    cancel: Callable[[], bool] | None = None,
) -> TrainedImageNet:
    """Train the head, then the last blocks and the head.

    Parameters
    ----------
    data, validation : Data
        Spectrograms ``(n_clips, n_mels, n_frames)``. `validation` decides which epoch is kept, nothing else.
    backbone : Backbone
        What to start from.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the new layer, changes, batches and dropout.
    checkpoint : Path or str, optional
        File that holds the state after each epoch of the second stage; what the first one gave lies beside it.
    progress, cancel : callable, optional
        See `ser_core.progress`; the unit is clips while the frozen network looks at them, then epochs.

    Raises
    ------
    CancelledError
        When `cancel` answers True.
    ModelError
        If the weights to start from cannot be had.
    """
    loop.begin(seed, config)
    image = Image.of(data.x, height=config["height"], width=config["width"], channels=config["channels"])
    started = _origin(backbone, config)
    if started == _DOWNLOADED and progress is not None:
        size = f"{backbone.megabytes} MB, downloaded once"
        progress(Progress(0, None, "epochs", f"Getting the ImageNet weights of {backbone.title} ({size})"))
    options = {"pixels": backbone.pixels, "config": config}
    first = backbone_network(backbone, image.shape, pretrained=config["pretrained"], weights=config["weights"])
    model = build(image, first, **options)
    average = build(image, backbone_network(backbone, image.shape, pretrained=False), **options)
    average.set_weights(model.get_weights())
    trained = TrainedImageNet(average, started)
    batches = Batches(data, config=config, seed=seed)
    told = {"progress": progress, "cancel": cancel}
    key = loop.training_key({**config, "weights": started}, seed, data, validation)
    keeper = Checkpoint(None if checkpoint is None else Path(checkpoint).with_suffix(".head.npz"), key=key)
    head = model.get_layer("head")
    if (kept := keeper.read(head.variables)) is not None:
        history, best_epoch = kept[1]["history"], kept[1]["best_epoch"]
    else:
        history, best_epoch = _train_head(model, average, batches, validation, config=config, **told)
        head.set_weights(average.get_layer("head").get_weights())
        keeper.write(head.variables, [], {"history": history, "best_epoch": best_epoch})
    average.set_weights(model.get_weights())
    if config["unfreeze"] and config["epochs"]:
        before = model.get_weights()
        freeze(model, backbone, unfreeze=config["unfreeze"])
        freeze(average, backbone, unfreeze=config["unfreeze"])
        more, best = loop.fit_network(
            model,
            average,
            batches=batches.epoch,
            per_epoch=batches.per_epoch,
            loss=weighted_cross_entropy,
            validate=lambda: trained.scores(validation),
            config=config,
            key=key,
            checkpoint=checkpoint,
            gradient_norm=GRADIENT_NORM,
            message="Fine-tuning the network",
            **told,
        )
        if more[best - 1]["val_loss"] < history[best_epoch - 1]["val_loss"]:
            best_epoch = len(history) + best
        else:
            average.set_weights(before)
        history += [{**row, "epoch": len(history) + row["epoch"]} for row in more]
    keeper.remove()
    trained.history, trained.best_epoch = history, best_epoch
    return trained


def weighted_cross_entropy(model: keras.Model, x: Any, y: Any, weight: Any) -> tuple[Any, Any]:
    """Mean cross-entropy of the logits, each clip counting by its weight, and their accuracy."""
    return loop.entropy_of(model(x, training=True), y, weight=weight)


def _origin(backbone: Backbone, config: dict[str, Any]) -> str:
    if not config["pretrained"]:
        return "random"
    file = weights_file(backbone, config["weights"])
    return _DOWNLOADED if file is None else sha256_of(file)


def _train_head(
    model: keras.Model,
    average: keras.Model,
    batches: Batches,
    validation: Data,
    *,
    config: dict[str, Any],
    **told,
) -> tuple[list[dict[str, float]], int]:
    """The frozen stage: the backbone looks once at each clip and its changed copies, and the head learns from that."""
    network = compiled(model.get_layer("trunk"))
    n_clips, n_copies = len(batches.data), config["copies"]
    total = n_clips * (1 + n_copies) + len(validation)
    meter = Meter(told["progress"], total=total, unit="clips", message="Looking at the clips", cancel=told["cancel"])
    seen = np.empty((1 + n_copies, n_clips, *model.get_layer("trunk").output_shape[1:]), dtype=np.float32)
    for number in range(1 + n_copies):
        for chosen in np.split(np.arange(n_clips), range(LOOK_BATCH, n_clips, LOOK_BATCH)):
            x = batches.copy(number, chosen) if number else batches.data.x[chosen]
            seen[number, chosen] = predict_logits(network, x, size=LOOK_BATCH)
            meter.add(len(chosen))
    of_validation = predict_logits(network, validation.x, size=LOOK_BATCH)
    meter.add(len(validation))
    head, slow = model.get_layer("head"), average.get_layer("head")
    for part in (head, slow):
        standardise(part, seen.reshape(-1, seen.shape[-1]))
    call = compiled(slow)
    return loop.fit_network(
        head,
        slow,
        batches=lambda epoch: batches.epoch_of(epoch, seen),
        per_epoch=batches.per_epoch,
        loss=weighted_cross_entropy,
        validate=lambda: scores(predict_logits(call, of_validation), validation.y),
        config={**config, "epochs": config["head_epochs"], "learning_rate": config["head_rate"]},
        message="Training the last layer",
        **told,
    )
