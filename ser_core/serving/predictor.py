"""A model folder -> predictions, by ONNX Runtime alone."""

import functools
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ser_core.audio import Audio, Quality, decode, require_usable, resample
from ser_core.errors import AudioError, ConfigError, ModelError
from ser_core.features import extract
from ser_core.labels import EMOTIONS
from ser_core.serving.abstention import Hearing, hear, reasons_to_abstain, reasons_to_doubt
from ser_core.serving.card import ENCODER_FILE, HOW_TO_GET, RANKING_PROTOCOL, VOICE_FILE, Card, read_card, read_onnx
from ser_core.serving.prediction import Prediction
from ser_core.serving.reference import Reference, read_reference, summary
from ser_core.serving.voice import Voice, VoiceNetwork
from ser_core.settings import LIMITS, Limits, models_dir

#: Sound below which an answer is marked uncertain, seconds. In 400 clips each of RAVDESS, TESS, CREMA-D, SAVEE and
#: EMO-DB the shortest sentence has 0.90 s.
SHORT_S = 0.7

#: RMS level below which an answer is marked uncertain, dBFS. 99% of RAVDESS's, the quietest, lie above -58.
QUIET_DB = -60.0

#: Share of samples cut off at full scale above which an answer is marked uncertain; the most in those clips is 0.008.
CLIPPED = 0.01

#: Thresholds that take the speech detector.
_HEARING = {"min_speech_s", "min_snr_db"}


class Predictor:
    """Judges clips with one model. One instance may serve many threads at once.

    Parameters
    ----------
    folder : Path or str
        Folder with ``model.onnx`` and ``card.json``.
    limits : Limits
        What one clip may ask of the machine.

    Raises
    ------
    ModelError
        If the folder is missing, incomplete, tampered with, or made for another version of the features.

    Examples
    --------
    >>> predictor = Predictor.load()  # doctest: +SKIP
    >>> predictor.predict("clip.wav").label  # doctest: +SKIP
    'angry'
    """

    def __init__(self, folder: Path | str, *, limits: Limits = LIMITS):
        self.card: Card = read_card(folder)
        self.spec = self.card.spec
        self.limits = limits
        #: Statistics of the training data; None where the model folder has none.
        self.reference: Reference | None = None
        if self.card.reference_sha256:
            self.reference = read_reference(folder, sha256=self.card.reference_sha256)
        if self.spec.kind == "encoder":
            from ser_core.features.encoder_store import bring

            bring(Path(folder) / ENCODER_FILE, sha256=self.spec.sha256)
        self._session = _session(read_onnx(folder, self.card), self.card)
        self._voices: VoiceNetwork | None = None
        if self.card.voice:
            # Read now, so that it is the card's; loaded when the first voice comes.
            content = read_onnx(folder, self.card, file=VOICE_FILE)
            self._voices = VoiceNetwork(self.card.id, self.card.voice, load=lambda: _session(content, self.card))
        #: Model output position of each emotion, in the order of EMOTIONS.
        self._order = [(name, self.card.labels.index(name)) for name in EMOTIONS.ordered(self.card.labels)]
        self._try_out()

    @classmethod
    def load(cls, name: str = "default", *, folder: Path | str | None = None) -> "Predictor":
        """The shipped model of that name; ``"default"`` is the first of `available_models`.

        Raises
        ------
        ConfigError
            If there is no model of that name; the message lists those there are.
        ModelError
            If there is none at all, or it cannot be used.
        """
        root = models_dir() if folder is None else Path(folder)
        names = [card.id for card in available_models(root)]
        if not names:
            raise ModelError(f"No model in {root}. {HOW_TO_GET}")
        if name == "default":
            name = names[0]
        elif name not in names:
            raise ConfigError(f"No model {name!r}; there is {', '.join(names)}.")
        return cls(root / name)

    @property
    def can_calibrate(self) -> bool:
        """Whether clips of a voice help it to judge others of that voice."""
        return self._voices is not None

    def enrol(self, sources: Sequence[bytes | Path | str | Audio]) -> Voice:
        """Get to know a voice by some clips of it, best of different moods; nobody needs to say which.

        Parameters
        ----------
        sources : sequence of bytes, Path, str or Audio
            Clips of one voice, as for `predict`.

        Raises
        ------
        ConfigError
            If there are no clips, or the model cannot be calibrated.
        AudioError
            If a clip cannot be judged; the message says which.
        """
        if self._voices is None:
            raise ConfigError(f"Model {self.card.id!r} cannot be calibrated to a voice.")
        rows, seconds = [], 0.0
        for number, source in enumerate(sources, start=1):
            try:
                quality, signal, _ = self._heard(source)
            except AudioError as error:
                raise type(error)(f"Clip {number} of {len(sources)}: {error.message}", advice=error.advice) from error
            rows.append(extract(signal, sr=self.spec.sr, spec=self.spec))
            seconds += quality.sound_s
        return self._voices.enrol(np.array(rows), seconds=seconds)

    def predict(
        self, source: bytes | Path | str | Audio, *, voice: Voice | None = None, speech: np.ndarray | None = None
    ) -> Prediction:
        """Judge one clip.

        Parameters
        ----------
        source : bytes, Path, str or Audio
            An encoded clip, the path of one, or a decoded signal.
        voice : Voice, optional
            Who speaks, from `enrol`; the clip is judged alone without.
        speech : np.ndarray, optional
            What `ser_core.speech.speech_probabilities` gives for the clip, where it is known already.

        Raises
        ------
        AudioError
            If the clip cannot be judged: empty, unreadable, too large, silent or too short. The message says what to
            do.
        ConfigError
            If the voice was made with another model.
        """
        start = time.perf_counter()
        quality, signal, duration = self._heard(source)
        features = extract(signal, sr=self.spec.sr, spec=self.spec)
        row = self.probabilities(features[np.newaxis], voice=voice)[0]
        probabilities = {name: float(row[i]) for name, i in self._order}
        label = max(probabilities, key=probabilities.get)
        asked = self.card.thresholds
        hearing = hear(signal, sr=self.spec.sr, speech=speech) if _HEARING & asked.keys() else None
        distance = self._distance(features)
        against = reasons_to_abstain(asked, quality=quality, hearing=hearing, distance=distance)
        doubts = against or self._doubts(quality, probabilities[label], hearing, distance)
        return Prediction(
            label=label,
            probabilities=probabilities,
            uncertain=bool(doubts),
            abstained=bool(against),
            reason="; ".join(doubts) or None,
            model=self.card.id,
            seconds=time.perf_counter() - start,
            duration_s=duration,
        )

    def _heard(self, source: bytes | Path | str | Audio) -> tuple[Quality, np.ndarray, float]:
        """How good a clip is, its signal at the rate of the model, and its length in seconds."""
        audio = source if isinstance(source, Audio) else decode(source, sr=self.spec.sr, limits=self.limits)
        quality = require_usable(audio.signal, sr=audio.sr, limits=self.limits, clipped=audio.clipped_fraction)
        return quality, resample(audio.signal, sr=audio.sr, to=self.spec.sr), audio.duration

    def probabilities(self, features: np.ndarray, *, voice: Voice | None = None) -> np.ndarray:
        """Calibrated probabilities for feature rows.

        Parameters
        ----------
        features : np.ndarray [shape=(n_clips, ...)]
            As `ser_core.features.extract` makes them for ``self.spec``.
        voice : Voice, optional
            Who speaks in all of them.

        Returns
        -------
        np.ndarray [shape=(n_clips, len(card.labels))], float64
            In the order of ``card.labels``; each row sums to 1.

        Raises
        ------
        ModelError
            If the model gives anything but finite probabilities.
        """
        (output,) = self._session.run(["probabilities"], {"features": np.asarray(features, dtype=np.float32)})
        output = np.asarray(output, dtype=np.float64)
        total = output.sum(axis=1, keepdims=True)
        if (
            output.ndim != 2
            or output.shape[1] != len(self.card.labels)
            or not np.all(np.abs(total - 1) < 1e-3)
            or output.min() < 0
        ):
            raise ModelError(f"Model {self.card.id!r} gave something else than probabilities. Get it again.")
        if voice is None:
            return output / total
        if self._voices is None:
            raise ConfigError(f"Model {self.card.id!r} cannot be calibrated to a voice; predict without one.")
        return self._voices.calibrated(features, output / total, voice)

    def _try_out(self) -> None:
        """Judge half a second of silence: a model that does not fit its features is found now, and the first caller
        does not wait for imports and first-time tables."""
        features = extract(np.zeros(self.spec.sr // 2, np.float32), sr=self.spec.sr, spec=self.spec)
        try:
            self.probabilities(features[np.newaxis])
            self._distance(features)
            if _HEARING & self.card.thresholds.keys():
                hear(np.zeros(self.spec.sr // 2, np.float32), sr=self.spec.sr)
        except ModelError:
            raise
        except Exception as error:  # as in _session
            raise ModelError(f"Model {self.card.id!r} does not take the features of its card ({error}).") from error

    def _distance(self, features: np.ndarray) -> float | None:
        """How far a clip lies from the training data; None where they are not known."""
        if self.reference is None:
            return None
        return float(self.reference.distance(summary(features, spec=self.spec)))

    def _doubts(
        self, quality: Quality, confidence: float, hearing: Hearing | None, distance: float | None
    ) -> list[str]:
        """Why the answer should not be relied on."""
        threshold = self.card.thresholds["min_confidence"]
        doubts = reasons_to_doubt(self.card.thresholds, hearing=hearing, distance=distance)
        if quality.sound_s < SHORT_S:
            doubts.append(f"very short: {quality.sound_s:.1f} s of sound")
        if quality.level_db < QUIET_DB:
            doubts.append(f"very quiet: {quality.level_db:.0f} dBFS")
        if quality.clipped_fraction > CLIPPED:
            doubts.append(f"clipped: {quality.clipped_fraction:.0%} of the samples are at full scale")
        if confidence < threshold:
            said, asked = f"{confidence:.0%}", f"{threshold:.0%}"
            # In whole percent 50% would lie below 50%.
            below = f"just under the {asked}" if said == asked else f"{said}, below the {asked}"
            doubts.append(f"low confidence: {below} that this model asks for")
        return doubts


def available_models(folder: Path | str | None = None) -> list[Card]:
    """Cards of the usable model folders, the default first: of those that learnt from the most corpora, the best on
    unseen speakers by its own card.

    Folders without a valid card are passed over, so that one broken model does not take the others down; loading it by
    path says what is wrong with it.

    Parameters
    ----------
    folder : Path or str, optional
        Folder of model folders; `ser_core.settings.models_dir` if None.
    """
    root = models_dir() if folder is None else Path(folder)
    cards = []
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            card = read_card(path)
        except ModelError:
            continue
        if card.id == path.name:
            cards.append(card)
    return sorted(cards, key=_rank)


def _rank(card: Card) -> tuple[int, float, str]:
    """Order of the models: what learnt from more rooms and voices is the safer answer for a voice that nobody knows."""
    uar = (card.metric(RANKING_PROTOCOL) or {}).get("uar", -1.0)
    return (-len(card.corpora), -uar, card.id)


def _session(content: bytes, card: Card):
    """An ONNX Runtime session on one thread, with the inputs and outputs the card promises."""
    ort = _runtime()
    options = ort.SessionOptions()
    # One thread each: a clip takes milliseconds, and callers come in parallel.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Keeps the memory of a long-lived server flat.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has a class per cause, all bare RuntimeErrors with internal messages
        raise ModelError(f"Model {card.id!r} is not a model that ONNX Runtime can run ({error}).") from error
    inputs = [node.name for node in session.get_inputs()]
    outputs = {node.name: node.shape for node in session.get_outputs()}
    if inputs != ["features"] or "probabilities" not in outputs:
        raise ModelError(
            f"Model {card.id!r} must read 'features' and give 'probabilities', it reads {inputs} and gives "
            f"{sorted(outputs)}."
        )
    columns = outputs["probabilities"][-1] if outputs["probabilities"] else None  # A model need not say its shape.
    if isinstance(columns, int) and columns != len(card.labels):
        raise ModelError(f"Model {card.id!r} gives {columns} probabilities, its card names {len(card.labels)} labels.")
    return session


@functools.cache
def _runtime():
    """ONNX Runtime, imported when the first model is loaded: pages that show only cards do without."""
    import onnxruntime

    return onnxruntime
