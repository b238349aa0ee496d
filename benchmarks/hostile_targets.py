"""What takes something from outside, each as a function of a hostile input that checks its own answer."""

import io
import itertools
import xml.etree.ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ser_core import batch, serving
from ser_core.audio import decode, open_recording, sha256
from ser_core.corpora import archive
from ser_core.corpora.own import upload
from ser_core.corpora.own.definition import Definition
from ser_core.labels import EMOTIONS
from ser_core.recordings import FORMATS, Segment, Timeline, export, make_timeline
from ser_core.serving import Prediction, Predictor, available_models
from ser_core.serving.testing import make_model
from ser_core.settings import LIMITS, Limits
from ser_core.testing import encode, speechlike

# A recording may last a day; what is tried here is whether a few bytes are refused or judged at once.
_RECORDING = Limits(max_bytes=LIMITS.max_bytes, max_duration_s=300.0)
_ODDS = 1e-6

Targets = dict[str, dict[str, Callable]]


def make_targets(place: Path) -> Targets:
    """The functions to try, by family of `ser_core.testing.hostile`; they work below `place`."""
    models = place / "models"
    make_model(models / "shipped", probabilities={"angry": 0.6}, weight=0.001)
    predictor = Predictor(models / "shipped")
    return {
        "audio": _audio(predictor, place / "work"),
        "archive": _archives(place / "work"),
        "name": _names(predictor, models, place / "work"),
        "model": _models(place / "work" / "models"),
    }


def _audio(predictor: Predictor, work: Path) -> dict[str, Callable]:
    def native(content: bytes) -> None:
        _require_signal(decode(content, sr=None).signal)

    def streamed(content: bytes) -> None:
        with open_recording(content, block_s=1.0, limits=_RECORDING) as recording:
            for block in recording.blocks:
                _require_signal(block)

    def judged(content: bytes) -> None:
        _require_answer(predictor.predict(content))

    def timeline(content: bytes) -> None:
        file = work / "recording"
        work.mkdir(exist_ok=True)
        file.write_bytes(content)
        with open_recording(file, limits=_RECORDING) as recording:  # Too long is no case for the timeline below.
            for _ in recording.blocks:
                pass
        found = make_timeline(file, predictor)
        for a, b in itertools.pairwise(found.segments):
            assert 0 <= a.start < a.end <= b.start + _ODDS <= found.duration_s + _ODDS
        for form in FORMATS:
            export(found, form=form)

    return {"decode": native, "open_recording": streamed, "predict": judged, "timeline": timeline}


def _archives(work: Path) -> dict[str, Callable]:
    def stage(content: bytes) -> None:
        staged = upload.stage(io.BytesIO(content))
        try:
            assert all(path.resolve().is_relative_to(staged.place) for path in staged.place.rglob("*"))
            assert not any(path.is_symlink() for path in staged.place.rglob("*"))
        finally:
            upload.discard(staged)

    def unpack(content: bytes) -> None:
        work.mkdir(exist_ok=True)
        file = work / "archive.zip"
        file.write_bytes(content)
        archive.unpack(file, work / "unpacked")
        assert all(path.is_file() or path.is_dir() for path in (work / "unpacked").rglob("*"))

    return {"stage": stage, "unpack": unpack}


def _names(predictor: Predictor, models: Path, work: Path) -> dict[str, Callable]:
    clip = encode(speechlike(0.8, f0=150.0, seed=0))
    endings = itertools.cycle((".parquet", ".csv", ".jsonl"))

    def model(name: str) -> None:
        Predictor.load(name, folder=models)

    def path(name: str) -> None:
        decode(name)

    def recording(name: str) -> None:
        with open_recording(name, limits=_RECORDING) as opened:
            for _ in opened.blocks:
                pass

    def folder(name: str) -> str | None:
        """A file of that name in a folder, where the system can hold it."""
        inside = work / "folder"
        inside.mkdir(parents=True, exist_ok=True)
        file = inside / f"{name.replace('/', '_')}.wav"
        try:
            file.write_bytes(clip)
        except (OSError, ValueError):
            return "the system refuses the name"
        tasks = batch.find([inside])  # A hidden file is left out, which leaves nothing to judge.
        table = batch.predict_all(tasks, models / "shipped", work / f"table{next(endings)}")
        assert len(table) == 1 and table["error"].isna().all()
        return None

    def exported(name: str) -> None:
        segment = Segment(0.0, 1.0, 0, "angry", dict.fromkeys(EMOTIONS, 1 / len(EMOTIONS)), False, None)
        timeline = Timeline((segment,), 1.0, "shipped")
        for form in FORMATS:
            text = export(timeline, form=form, name=name)
            text.encode()
            if form == "eaf":
                xml.etree.ElementTree.fromstring(text)
            if form == "rttm":
                assert len(text.splitlines()) == 1 and len(text.split()) == 10

    def table(name: str) -> None:
        with io.BytesIO(upload_zip) as file:
            staged = upload.stage(file, table=(name, b"path,emotion\nclip.wav,anger\n"))
        upload.discard(staged)

    def defined(name: str) -> None:
        Definition(name=name, folder=work / "folder")

    def described(name: str) -> None:
        Definition(name="own", folder=work / name, title=name, licence_url=name, speaker_pattern=name)

    def summed(name: str) -> None:
        sha256(name)

    from ser_core.testing.hostile.archives import Entry, pack

    upload_zip = pack([Entry(b"clip.wav", clip)])
    named = (model, path, recording, folder, exported, table, defined, described, summed)
    return {target.__name__: target for target in named}


def _models(folder: Path) -> dict[str, Callable]:
    clip = speechlike(0.8, f0=150.0, seed=0)
    content = encode(clip)

    def write(files: dict[str, bytes]) -> Path:
        place = folder / "stranger"
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (place / name).write_bytes(data)
        return place

    def listed(files: dict[str, bytes]) -> None:
        write(files)
        for card in available_models(folder):
            card.to_dict()

    def loaded(files: dict[str, bytes]) -> None:
        _require_answer(serving.Predictor(write(files)).predict(content))

    return {"available_models": listed, "Predictor": loaded}


def _require_signal(signal: np.ndarray) -> None:
    assert signal.dtype == np.float32 and signal.ndim == 1
    assert np.isfinite(signal).all() and np.abs(signal).max(initial=0.0) <= 1.0


def _require_answer(prediction: Prediction) -> None:
    assert prediction.label in prediction.probabilities
    assert abs(sum(prediction.probabilities.values()) - 1) < _ODDS
    assert all(0 <= p <= 1 for p in prediction.probabilities.values())
