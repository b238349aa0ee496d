"""A speech encoder of the user's with a head of logistic regression, or with classes of its own, calibrated."""

import re
from collections.abc import Iterable
from typing import Any

from ser_core.errors import ConfigError
from ser_core.features.spec import EncoderSpec, FeatureSpec
from ser_core.labels import EMOTIONS
from ser_core.models._allowed import YES_OR_NO, Allowed
from ser_core.models._classical import SklearnFamily
from ser_core.models.base import Data, Fitted

CONFIG: dict[str, Any] = {
    # The encoder: its SHA-256, and its name for readers.
    "encoder": "",
    "encoder_name": "",
    "normalise": True,
    "max_s": 15.0,
    # Of an encoder that gives scores of classes: position -> emotion. Nothing is trained then but a temperature.
    "labels": {},
    "C": [0.001, 0.01, 0.1, 1.0],
    "bound": 5.0,
    "n_folds": 6,
}
#: As `ser_core.features.encoder_store.add` makes them.
_NAME = re.compile(r"[A-Za-z0-9._-]{0,40}")


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=config["C"], class_weight="balanced", max_iter=500)


class EncoderFamily(SklearnFamily):
    """Embeddings are features like others; only which encoder gives them is a hyperparameter."""

    required = ("encoder",)

    @property
    def searches(self) -> Iterable[str]:
        """Those of the head: the encoder is one."""
        return ("C", "bound")

    def complete(self, config: dict[str, Any] | None) -> dict[str, Any]:
        """As `Family.complete`; an encoder that is named otherwise than by its SHA-256 must be on this machine.

        Raises
        ------
        ConfigError
            If a name is not one of the family's hyperparameters, a value is not allowed, the encoder is not known, or a
            label is no emotion.
        """
        complete = super().complete(config)
        named = complete["encoder"]
        if named and not _is_digest(named):
            from ser_core.features.encoder_store import find

            found = find(str(named))
            complete |= {"encoder": found.sha256, "encoder_name": complete["encoder_name"] or found.name}
        name = complete["encoder_name"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ConfigError(
                "encoder_name becomes part of the run's folder: up to 40 letters, digits, dots, hyphens and "
                f"underscores; got {name!r}."
            )
        labels = complete["labels"]
        if not isinstance(labels, dict) or not all(str(key).isdecimal() for key in labels):
            raise ConfigError(f'labels says the emotion of classes by position, as {{"0": "angry"}}; got {labels!r}.')
        for emotion in labels.values():
            EMOTIONS.index(str(emotion))
        if labels and len(set(labels.values())) < 2:
            raise ConfigError(f"The classes of an encoder must tell two emotions or more apart, got {labels!r}.")
        return complete

    def features(self, config: dict[str, Any]) -> FeatureSpec:
        """What the encoder of these hyperparameters hears.

        Raises
        ------
        ConfigError
            If none is stated.
        """
        if not config["encoder"]:
            raise ConfigError(
                "The family encoder takes a speech encoder of yours: `train encoder --encoder FILE` with an ONNX file, "
                "or the name of one that was taken in before. docs/encoders.md says how to export one."
            )
        return EncoderSpec(sha256=config["encoder"], normalise=int(bool(config["normalise"])), max_s=config["max_s"])

    def obstacle(self) -> str | None:
        """Without an encoder there is no training."""
        from ser_core.features.encoder_store import stored

        if stored():
            return None
        return (
            "No speech encoder has been taken in yet. `python -m ser_core train encoder --encoder FILE` does so; "
            "docs/encoders.md says how to export one."
        )

    def fit(self, train: Data, validation: Data, *, config: dict[str, Any], **options) -> Fitted:
        """Train the head as other classical families; of an encoder with classes of its own only a temperature.

        Raises
        ------
        ConfigError
            As `SearchedFamily.fit`, or if the encoder does not have a class that is labelled.
        ModelError
            If its classes are asked for and it is not on this machine.
        CancelledError
            When `cancel` answers True.
        """
        if not config.get("labels"):
            return super().fit(train, validation, config=config, **options)
        from ser_core.models._encoder_classes import calibrated

        return calibrated(train, validation, config=self.complete(config))


def _is_digest(text: Any) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


FAMILY = EncoderFamily(
    name="encoder",
    title="Speech encoder",
    description="A speech encoder of yours (wav2vec 2.0, WavLM, emotion2vec ... as ONNX), frozen, with a logistic "
    "regression on the mean and spread of its embeddings.",
    spec=None,
    config=CONFIG,
    estimator=_estimator,
    # Ends as `ser_core.features.spec.EncoderSpec` has them.
    special={"normalise": YES_OR_NO, "max_s": Allowed(low=1, high=60)},
)
