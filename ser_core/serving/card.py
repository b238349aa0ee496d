"""The card of a model folder: what the model is, what it was trained on, how good it is, and what it may be used for.

A model folder holds ``model.onnx`` and ``card.json``, and ``encoder.onnx`` where its features are the embeddings of a
speech encoder. All are plain data: a folder from a stranger can be wrong, and
then this module says so, but it cannot run code.
"""

import hashlib
import json
import math
import shutil
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ser_core.errors import ConfigError, ModelError, SERError
from ser_core.files import atomic_path, write_bytes, write_json
from ser_core.labels import EMOTIONS

CARD_FILE = "card.json"
ONNX_FILE = "model.onnx"
VOICE_FILE = "voice.onnx"
ENCODER_FILE = "encoder.onnx"

#: Largest files that are read: far above every model of this project, far below a server's memory.
MAX_CARD_BYTES = 2**20
MAX_ONNX_BYTES = 256 * 2**20

#: What to do where a model is missing.
HOW_TO_GET = "The models ship with the project: restore the folder, or train them (`make models`, `make models-adopt`)."

#: The protocol whose figures rank the models: unseen speakers are what a user brings.
RANKING_PROTOCOL = "speaker-independent"


#: What a card may ask of a clip beside its top probability.
THRESHOLDS = ("min_speech_s", "max_clipped", "min_snr_db", "max_distance", "usual_distance")
_OPTIONAL = ("feature_hash", "reference_sha256")

#: Largest value of the settings of speaker calibration: clips of a voice, and a temperature.
_MOST = 1000.0


@dataclass(frozen=True)
class Card:
    """What ``card.json`` says.

    Attributes
    ----------
    id, title, family, version : str
        Identifier (the folder's name), name as shown, model family, version of the model.
    labels : tuple of str
        Emotions in the order of the model's output.
    features : dict
        The feature spec, as `ser_core.features.spec.spec_from_dict` reads it.
    training : dict
        ``corpus, clips, speakers, licence, citation, config, seed, date, code_version``.
    metrics : list of dict
        One entry per evaluated protocol: ``protocol, uar, uar_low, uar_high, accuracy, run``, the first four in
        [0, 1]; entries made with speaker calibration say ``"speaker_calibration": true``.
    calibration : dict
        How the probabilities were calibrated and how well (``ece``).
    intended_use, limits, licence : str
        In words for the user.
    onnx_sha256 : str
        SHA-256 of ``model.onnx``.
    thresholds : dict
        ``min_confidence``: top probability below which an answer is marked uncertain, in [0, 1]. Optional, see
        `ser_core.serving.abstention`: ``min_speech_s`` (seconds), ``max_clipped`` (share of the samples),
        ``min_snr_db`` (dB) and ``max_distance`` (from the training data) bound what is answered at all;
        ``usual_distance`` is that beyond which an answer is marked uncertain.
    feature_hash : str
        Hash of the feature spec as it was in training; empty in cards that do not state it.
    reference_sha256 : str
        SHA-256 of ``reference.npz``, see `ser_core.serving.reference`; empty where the folder has none.
    voice : dict
        Of a model that can be calibrated to a voice: ``onnx_sha256`` of ``voice.onnx``, ``half_clips``,
        ``most`` and ``temperature``, see `ser_core.serving.voice`. Empty for the others.
    """

    id: str
    title: str
    family: str
    version: str
    labels: tuple[str, ...]
    features: dict[str, Any]
    training: dict[str, Any]
    metrics: list[dict[str, Any]]
    calibration: dict[str, Any]
    intended_use: str
    limits: str
    licence: str
    onnx_sha256: str
    thresholds: dict[str, float]
    feature_hash: str = field(default="")
    reference_sha256: str = field(default="")
    voice: dict[str, Any] = field(default_factory=dict)

    def metric(self, protocol: str = RANKING_PROTOCOL) -> dict[str, Any] | None:
        """The figures under a protocol, each clip judged alone; None where the card has none."""
        for entry in self.metrics:
            if entry["protocol"] == protocol and not entry.get("speaker_calibration"):
                return entry
        return None

    @property
    def corpora(self) -> tuple[str, ...]:
        """Names of the corpora that the model was trained on, as far as the card says them."""
        named = self.training.get("corpora") or self.training.get("corpus") or ()
        return (named,) if isinstance(named, str) else tuple(map(str, named))

    @property
    def spec(self):
        """The feature spec.

        Raises
        ------
        ModelError
            If this version of the package cannot compute these features as they were in training.
        """
        from ser_core.features.spec import spec_from_dict
        from ser_core.serving.bounds import require_bounded

        try:
            spec = spec_from_dict(self.features)
            require_bounded(spec)
        except (SERError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelError(
                f"Model {self.id!r} needs features that this version cannot compute ({error}). Retrain it, or use the "
                "version that made it."
            ) from error
        if self.feature_hash and spec.hash != self.feature_hash:
            raise ModelError(
                f"Model {self.id!r} was trained on features {self.feature_hash}, this version computes {spec.hash}. "
                "Retrain it, or use the version that made it."
            )
        return spec

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, as ``card.json`` holds them."""
        return {**asdict(self), "labels": list(self.labels)}

    @classmethod
    def from_dict(cls, values: Any) -> "Card":
        """The card from what ``card.json`` holds; fields it does not know are passed over.

        Raises
        ------
        ModelError
            If a field is missing, of the wrong type or out of range; the message names it.
        """
        if not isinstance(values, dict):
            raise ModelError(f"A card is a JSON object, got {type(values).__name__}.")
        known = {f.name for f in fields(cls)}
        missing = sorted(known - {*_OPTIONAL, "voice"} - set(values))
        if missing:
            raise ModelError(f"The card lacks {', '.join(missing)}.")
        card = {name: values[name] for name in known if name in values}
        for name in ("id", "title", "family", "version", "intended_use", "limits", "licence", "onnx_sha256"):
            _require(isinstance(card[name], str) and card[name] != "", name, "a text", card[name])
        for name in ("features", "training", "calibration", "thresholds"):
            _require(isinstance(card[name], dict), name, "an object", card[name])
        for name in _OPTIONAL:
            _require(isinstance(card.get(name, ""), str), name, "a text", card.get(name))
        _require_voice(card.get("voice", {}))
        card["labels"] = _labels(card["labels"])
        card["metrics"] = _metrics(card["metrics"])
        confidence = card["thresholds"].get("min_confidence")
        _require(_is_share(confidence), "thresholds.min_confidence", "a number from 0 to 1", confidence)
        for name in THRESHOLDS:
            value = card["thresholds"].get(name, 0.0)
            _require(_is_number(value), f"thresholds.{name}", "a finite number", value)
        if "max_distance" in card["thresholds"] or "usual_distance" in card["thresholds"]:
            _require(card.get("reference_sha256", "") != "", "reference_sha256", "given where distances are", "")
        return cls(**card)


def read_card(folder: Path | str) -> Card:
    """The card of a model folder; the model itself is not touched.

    Raises
    ------
    ModelError
        If the folder has no card, or one that cannot be read or is not valid.
    """
    path = Path(folder) / CARD_FILE
    try:
        values = json.loads(_read(path, limit=MAX_CARD_BYTES).decode("utf-8"))
        return Card.from_dict(values)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not valid JSON ({error}). Get the model folder again.") from error
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def read_onnx(folder: Path | str, card: Card, *, file: str = ONNX_FILE) -> bytes:
    """The bytes of ``model.onnx`` (or of ``voice.onnx``), checked against the card.

    They are read once and handed on as bytes: what was checked is what runs, and a model that points at files outside
    itself cannot reach them.

    Raises
    ------
    ModelError
        If the file is missing, too large, or not the one the card describes.
    """
    path = Path(folder) / file
    wanted = card.onnx_sha256 if file == ONNX_FILE else card.voice["onnx_sha256"]
    content = _read(path, limit=MAX_ONNX_BYTES)
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise ModelError(
            f"{path} is not the model that its card describes (SHA-256 {found[:12]}..., the card says "
            f"{wanted[:12]}...). Get the model folder again."
        )
    return content


def write_model(
    folder: Path | str,
    *,
    onnx: bytes,
    card: dict[str, Any],
    voice_onnx: bytes | None = None,
    encoder: Path | None = None,
) -> Card:
    """Write a model folder whose card matches its model.

    Parameters
    ----------
    folder : Path or str
        Where; made if missing.
    onnx : bytes
        The model.
    card : dict
        The fields of `Card`; ``id`` (the folder's name), ``feature_hash`` and each ``onnx_sha256`` are filled in here.
    voice_onnx : bytes, optional
        The network that hears voices; the card's ``voice`` says the rest.
    encoder : Path, optional
        The speech encoder whose embeddings the model reads; its SHA-256 stands in the card's ``features``.

    Raises
    ------
    ModelError
        If the card is not valid; nothing is written then.
    """
    from ser_core.features.spec import spec_from_dict

    folder = Path(folder)
    if voice_onnx is not None:
        card = {**card, "voice": {**card["voice"], "onnx_sha256": hashlib.sha256(voice_onnx).hexdigest()}}
    made = Card.from_dict(
        {
            "id": folder.name,
            **card,
            "onnx_sha256": hashlib.sha256(onnx).hexdigest(),
            "feature_hash": spec_from_dict(card["features"]).hash,
        }
    )
    # The card comes last: until it is there, readers see the old pair or a mismatch, never a wrong answer.
    if encoder is not None:
        with atomic_path(folder / ENCODER_FILE) as temporary:
            shutil.copyfile(encoder, temporary)
    write_bytes(folder / ONNX_FILE, onnx)
    if voice_onnx is not None:
        write_bytes(folder / VOICE_FILE, voice_onnx)
    write_json(folder / CARD_FILE, made.to_dict())
    return made


def _read(path: Path, *, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}). {HOW_TO_GET}") from error
    if len(content) > limit:
        raise ModelError(f"{path} is larger than {limit // 2**20} MiB and was not loaded.")
    return content


def _require(condition: bool, name: str, wanted: str, got: Any) -> None:
    if not condition:
        raise ModelError(f"The card's {name} must be {wanted}, got {str(got)[:80]!r}.")


def _require_voice(value: Any) -> None:
    """That what a card says of speaker calibration is nothing, or all that is needed."""
    _require(isinstance(value, dict), "voice", "an object", value)
    if not value:
        return
    _require(isinstance(value.get("onnx_sha256"), str), "voice.onnx_sha256", "a text", value.get("onnx_sha256"))
    for name, largest in (("half_clips", _MOST), ("most", 1.0), ("temperature", _MOST)):
        number = value.get(name)
        fits = _is_number(number) and 0 < number <= largest
        _require(fits, f"voice.{name}", f"a number above 0, at most {largest:g}", number)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _labels(values: Any) -> tuple[str, ...]:
    _require(isinstance(values, list) and len(values) > 1, "labels", "a list of two or more emotions", values)
    _require(len({str(v) for v in values}) == len(values), "labels", "a list without repeats", values)
    for value in values:
        if not isinstance(value, str):
            raise ModelError(f"The card's labels must be texts, got {str(value)[:80]!r}.")
        try:
            EMOTIONS.index(value)
        except ConfigError as error:
            raise ModelError(f"The card's labels hold one that is not known: {error}") from error
    return tuple(values)


def _metrics(values: Any) -> list[dict[str, Any]]:
    _require(isinstance(values, list), "metrics", "a list", values)
    for entry in values:
        _require(isinstance(entry, dict) and isinstance(entry.get("protocol"), str), "metrics", "objects", entry)
        for name in ("uar", "uar_low", "uar_high", "accuracy"):
            _require(_is_share(entry.get(name)), f"metrics.{name}", "a number from 0 to 1", entry.get(name))
    return values
