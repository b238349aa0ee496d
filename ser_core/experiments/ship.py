"""Training a model that ships: on every speaker, with a card whose figures come from the stored runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ser_core import __version__, corpora, models, settings
from ser_core.errors import ModelError
from ser_core.evaluation import calibration, protocols
from ser_core.experiments.catalogue import ShippedModel
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.examples import prepare
from ser_core.experiments.results import result
from ser_core.experiments.ship_pooled import ship_pooled
from ser_core.experiments.shipping import INTENDED_USE, MIN_CONFIDENCE, SEED, audio_of, onnx_difference
from ser_core.experiments.store import Run, list_runs
from ser_core.features import EncoderSpec, spec_from_dict
from ser_core.features.encoder_store import locate
from ser_core.labels import EMOTIONS
from ser_core.progress import CancelCallback, ProgressCallback
from ser_core.serving.card import Card, read_card, write_model


def ship(
    model: ShippedModel,
    *,
    folder: Path | str | None = None,
    runs: Path | str | None = None,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Card:
    """Train `model` on all speakers of its corpus and write its model folder; one that is up to date is kept.

    Parameters
    ----------
    model : ShippedModel
        What to train.
    folder, runs, root : Path or str, optional
        Folder of the model folders, of the run folders, and data root; those of the settings unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    Card
        The card that was written.

    Raises
    ------
    ModelError
        If no honest run of the model is there to state how good it is, or the ONNX form differs from the model.
    """
    if not isinstance(model.corpus, str):
        return ship_pooled(model, folder=folder, runs=runs, root=root, progress=progress, cancel=cancel)
    place = (Path(folder) if folder is not None else settings.models_dir()) / model.id
    features = models.get(model.model).spec.to_dict()
    # Runs of the same family that trimmed otherwise or learnt from copies are about another model; those split as
    # others are members of ensembles.
    of_model = [
        run
        for run in list_runs(runs)
        if (run.config.corpus, run.config.model, run.config.features) == (model.corpus, model.model, features)
        and not (run.config.split_with or run.config.augmentation)
    ]
    honest = [run for run in of_model if _is_honest(run.config)]
    if not honest:
        raise ModelError(
            f"{model.id} has no speaker-independent run, so its card could not say how good it is. Run "
            f"`python -m ser_core train {model.model} --corpus {model.corpus}` first."
        )
    metrics = [result(run) for run in of_model]
    if _up_to_date(place, honest[0].config, metrics):
        return read_card(place)
    return trained_on_all(honest[0], place, metrics=metrics, root=root, progress=progress, cancel=cancel)


def trained_on_all(
    run: Run,
    place: Path,
    *,
    metrics: list[dict[str, Any]] | None = None,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Card:
    """Train the model of a run on all speakers of its corpus and write a model folder.

    Parameters
    ----------
    run : Run
        A speaker-independent run on one corpus, each clip judged alone: it says how good the model is on unseen
        speakers.
    place : Path
        The model folder.
    metrics : list of dict, optional
        For the card; those of the run unless given.
    root, progress, cancel
        As of `ship`.

    Raises
    ------
    ModelError
        If the run is another one, or the ONNX form differs from the model.
    """
    config = run.config
    if not _is_honest(config) or len(config.corpora) > 1 or config.augmentation or config.model not in models.names():
        raise ModelError(
            "A model folder is made of a run of one family on unseen speakers of one corpus, without changed copies "
            f"and speaker calibration; {run.id} is another one."
        )
    metrics = [result(run)] if metrics is None else metrics
    family = models.get(config.model)
    corpus = corpora.get(config.corpus)
    protocol = protocols.get(config.protocol)
    spec = spec_from_dict(config.features)
    pool, data = prepare(corpus.manifest(root), protocol, spec, root=root, progress=progress, cancel=cancel)
    # Two speakers decide when to stop and how to calibrate; the rest train. The fold's test speakers join the rest.
    split = next(iter(protocol.splits(pool, seed=SEED)))
    validation = data.take(split.validation)
    train = data.take(np.union1d(split.train, split.test))
    fitted = family.fit(train, validation, config=config.hyperparameters, seed=SEED, cancel=cancel)
    onnx = fitted.to_onnx()
    difference = onnx_difference(onnx, fitted, data)
    reliability = calibration(run)
    title = ", ".join(filter(None, (family.title, config.encoder_name)))
    return write_model(
        place,
        onnx=onnx,
        encoder=locate(spec.sha256) if isinstance(spec, EncoderSpec) else None,
        card={
            "title": f"{title} ({corpus.title})",
            "family": family.name,
            "version": __version__,
            "labels": list(EMOTIONS.names),
            "features": spec.to_dict(),
            "training": {
                "corpus": corpus.name,
                "clips": len(data),
                "speakers": int(pool["speaker"].nunique()),
                "validation_speakers": sorted(pool["speaker"].iloc[split.validation].unique().tolist()),
                "audio": audio_of(pool),
                "licence": corpus.licence,
                "citation": corpus.citation,
                "config": config.hyperparameters,
                "config_hash": config.hash,
                "seed": SEED,
                "date": datetime.now(UTC).date().isoformat(),
                "code_version": __version__,
                "onnx_max_difference": difference,
            },
            "metrics": metrics,
            "calibration": {
                "method": "temperature fitted on speakers that the model was not fitted on",
                "temperature": fitted.info.get("temperature"),
                "ece": round(reliability.ece, 4),
                "brier": round(reliability.brier, 4),
                "measured_on": run.id,
            },
            "intended_use": INTENDED_USE,
            "limits": (
                f"Trained on {corpus.title}: acted, {pool['text'].nunique()} fixed sentences, "
                f"{pool['speaker'].nunique()} speakers, one language, studio recordings. Expect worse on other "
                "accents, languages, rooms, telephones and on feelings that are not acted."
            ),
            "licence": f"Weights derived from {corpus.title} ({corpus.licence}): non-commercial where the data is.",
            "thresholds": {"min_confidence": MIN_CONFIDENCE},
        },
    )


def _is_honest(config: ExperimentConfig) -> bool:
    return config.protocol == "speaker-independent" and not config.speaker_calibration


def _up_to_date(place: Path, config: ExperimentConfig, metrics: list[dict]) -> bool:
    try:
        card = read_card(place)
    except ModelError:
        return False
    return card.training.get("config_hash") == config.hash and card.metrics == metrics
