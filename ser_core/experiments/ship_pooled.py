"""Training the model that ships for all voices: two networks on all corpora, one of them for voices that are known."""

import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from ser_core import __version__, corpora, models, settings
from ser_core.errors import ModelError
from ser_core.evaluation import Part, full, metrics, protocols
from ser_core.evaluation.calibration import calibration
from ser_core.evaluation.groups import by_group, with_groups
from ser_core.evaluation.speakers import voices
from ser_core.experiments.blending import fit_blend
from ser_core.experiments.catalogue import CORPUS, ShippedModel
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.enrolment import TABLE, VALIDATION, measure_enrolment, read_enrolment
from ser_core.experiments.examples import load, prepare
from ser_core.experiments.results import among_known, result
from ser_core.experiments.shipping import INTENDED_USE, MIN_CONFIDENCE, SEED, audio_of, onnx_difference
from ser_core.experiments.store import Run, list_runs
from ser_core.features import spec_from_dict
from ser_core.files import read_parquet, write_bytes, write_json
from ser_core.labels import EMOTIONS
from ser_core.models.onnx_tools import halved
from ser_core.progress import CancelCallback, ProgressCallback, check_cancel
from ser_core.serving.card import Card, read_card, write_model

#: Clips whose ONNX answers are held against the network's own.
N_COMPARED = 400
#: How far half precision may change a probability; .006 was found.
MAX_HALVED_DIFFERENCE = 0.01
_WAIT_S = 1.0
_NETWORKS = ("alone", "voice")


def ship_pooled(
    model: ShippedModel,
    *,
    folder: Path | str | None = None,
    runs: Path | str | None = None,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Card:
    """Train both networks of `model` on all speakers and write its model folder; one that is up to date is kept.

    Several processes that do this share the two trainings. Options and errors are those of `ship.ship`.
    """
    place = (Path(folder) if folder is not None else settings.models_dir()) / model.id
    alone, by_voice = _runs(model, runs)
    if not (by_voice.folder / TABLE).is_file():
        measure_enrolment(by_voice, alone, root=root, progress=progress, cancel=cancel)
    entries = card_metrics(alone, by_voice)
    if _up_to_date(place, alone.config, by_voice.config, entries):
        return read_card(place)
    found = _networks(place, alone.config, by_voice.config, root=root, progress=progress, cancel=cancel)
    card = _card(model, alone, by_voice, entries, found, root=root)
    made = write_model(place, onnx=found["alone"]["onnx"], voice_onnx=found["voice"]["onnx"], card=card)
    shutil.rmtree(_parts(place), ignore_errors=True)
    return made


def _runs(model: ShippedModel, folder: Path | str | None) -> tuple[Run, Run]:
    """The runs of the two networks."""
    found = {
        run.config.speaker_calibration: run
        for run in list_runs(folder)
        if run.config.corpora == tuple(model.corpus)
        and run.config.model == model.model
        and run.config.protocol == "speaker-independent"
        and not run.config.split_with
    }
    if set(found) != {False, True}:
        raise ModelError(
            f"{model.id} takes a speaker-independent run on {', '.join(model.corpus)} with and one without speaker "
            f"calibration, or its card could not say how good it is. Run `python -m ser_core train --shipped "
            f"{model.model}` first."
        )
    return found[False], found[True]


def _parts(place: Path) -> Path:
    return place.with_name(f".{place.name}-parts")


def _networks(
    place: Path, alone: ExperimentConfig, by_voice: ExperimentConfig, *, root, progress, cancel
) -> dict[str, dict[str, Any]]:
    """Both networks with notes, trained by this process or others, going on after a stop."""
    parts = _parts(place)
    parts.mkdir(parents=True, exist_ok=True)
    configs = dict(zip(_NETWORKS, (alone, by_voice), strict=True))
    while waiting := [name for name in _NETWORKS if _read(parts, name, configs[name]) is None]:
        for name in waiting:
            try:
                with FileLock(parts / f"{name}.lock", timeout=0):
                    if _read(parts, name, configs[name]) is None:
                        _train(parts, name, configs[name], root=root, progress=progress, cancel=cancel)
            except Timeout:
                continue
        check_cancel(cancel)
        time.sleep(_WAIT_S)
    return {name: _read(parts, name, configs[name]) for name in _NETWORKS}


def _read(parts: Path, name: str, config: ExperimentConfig) -> dict[str, Any] | None:
    notes = parts / f"{name}.json"
    if not notes.is_file():
        return None
    found = json.loads(notes.read_text(encoding="utf-8"))
    return {**found, "onnx": (parts / f"{name}.onnx").read_bytes()} if found["config_hash"] == config.hash else None


def _train(parts: Path, name: str, config: ExperimentConfig, *, root, progress, cancel) -> None:
    """Train one network on all speakers but those that validate, and keep it with notes."""
    family, protocol = models.get(config.model), protocols.get(config.protocol)
    spec = spec_from_dict(config.features)
    options = {"root": root, "progress": progress, "cancel": cancel}
    pool, data = prepare(load(config, root=root), protocol, spec, precision=family.precision, **options)
    split = next(iter(protocol.splits(pool, seed=SEED)))
    fitted = family.fit(
        data.take(np.union1d(split.train, split.test)),
        data.take(split.validation),
        config=config.hyperparameters,
        seed=SEED,
        checkpoint=parts / f"{name}.npz",
        progress=progress,
        cancel=cancel,
    )
    whole = fitted.to_onnx()
    onnx = halved(whole)
    some = data.take(np.unique(np.linspace(0, len(data) - 1, N_COMPARED).round().astype(int)))
    onnx_difference(whole, fitted, some)
    spoken = voices(pool)
    write_bytes(parts / f"{name}.onnx", onnx)
    write_json(
        parts / f"{name}.json",
        {
            "config_hash": config.hash,
            "clips": len(data),
            "speakers": int(spoken.nunique()),
            "validation_speakers": sorted(spoken.iloc[split.validation].unique().tolist()),
            "audio": {str(corpus): audio_of(part) for corpus, part in pool.groupby("corpus")},
            "temperature": fitted.info["temperature"],
            "best_epoch": fitted.info["best_epoch"],
            "onnx_max_difference": onnx_difference(onnx, fitted, some, most=MAX_HALVED_DIFFERENCE),
        },
    )


def card_metrics(alone: Run, by_voice: Run) -> list[dict[str, Any]]:
    """Figures of each corpus, RAVDESS first, each clip alone and after enrolment."""
    names = sorted(alone.config.corpora, key=lambda name: (name != CORPUS, name))
    table = read_enrolment(by_voice)
    rows = []
    for corpus in names:
        part = Part(alone, corpus)
        rows.append({**result(alone, corpus=corpus), **_more(full(part), corpus)})
    rows.append(result(alone))
    for corpus in names:
        of_corpus = table[table["corpus"] == corpus]
        for n_clips in sorted(set(of_corpus["n_clips"]) - {0}):
            of_number = of_corpus[of_corpus["n_clips"] == n_clips]
            summary = metrics.summarise(of_number)
            rows.append(
                {
                    "run": by_voice.id,
                    "corpus": corpus,
                    "protocol": by_voice.config.protocol,
                    "model": by_voice.config.model,
                    "speaker_calibration": True,
                    "enrolled_clips": int(n_clips),
                    "seeds": list(summary.seeds),
                    "uar": round(summary.uar.value, 4),
                    "uar_low": round(summary.uar.low, 4),
                    "uar_high": round(summary.uar.high, 4),
                    "accuracy": round(summary.accuracy.value, 4),
                    "macro_f1": round(summary.macro_f1.value, 4),
                    "top3": round(summary.top3.value, 4),
                    "n_test": summary.n_test,
                    "uar_known": round(metrics.summarise(among_known(of_number)).uar.value, 4),
                    **_more(of_number, corpus),
                }
            )
    return rows


def _more(predictions: pd.DataFrame, corpus: str) -> dict[str, Any]:
    """Calibration error, and UAR of women and men where there are both."""
    found = {"ece": round(calibration(predictions).ece, 4)}
    groups = by_group(with_groups(predictions, corpora.load_manifest(corpus)), "sex")
    if len(groups) > 1:
        found |= {f"uar_{row.group}": round(row.uar, 4) for row in groups.itertuples()}
    return found


def _up_to_date(place: Path, alone: ExperimentConfig, by_voice: ExperimentConfig, entries: list[dict]) -> bool:
    try:
        card = read_card(place)
    except ModelError:
        return False
    hashes = (card.training.get("config_hash"), card.training.get("voice_config_hash"))
    return hashes == (alone.hash, by_voice.hash) and card.metrics == json.loads(json.dumps(entries))


def _card(
    model: ShippedModel, alone: Run, by_voice: Run, entries: list[dict], found: dict[str, dict], *, root
) -> dict[str, Any]:
    """The card, without what `write_model` fills in."""
    sources = [corpora.get(name) for name in alone.config.corpora]
    notes = found["alone"]
    blend = fit_blend(read_parquet(by_voice.folder / VALIDATION))
    reliability = calibration(full(Part(alone, CORPUS)))
    titles = [source.title for source in sources]
    licences = "; ".join(f"{source.title}: {source.licence}" for source in sources)
    return {
        "title": f"AudioSet network for clips and voices ({len(sources)} corpora)",
        "family": alone.config.model,
        "version": __version__,
        "labels": list(EMOTIONS.names),
        "features": spec_from_dict(alone.config.features).to_dict(),
        "training": {
            "corpus": list(alone.config.corpora),
            "clips": notes["clips"],
            "speakers": notes["speakers"],
            "validation_speakers": notes["validation_speakers"],
            "audio": notes["audio"],
            "licence": licences,
            "citation": {source.name: source.citation for source in sources},
            "started_from": "EfficientAT mn04_as (Schmid, Koutini and Widmer, ICASSP 2023), MIT",
            "config": alone.config.hyperparameters,
            "config_hash": alone.config.hash,
            "voice_config": by_voice.config.hyperparameters,
            "voice_config_hash": by_voice.config.hash,
            "seed": SEED,
            "date": datetime.now(UTC).date().isoformat(),
            "code_version": __version__,
            "onnx_max_difference": max(each["onnx_max_difference"] for each in found.values()),
        },
        "metrics": entries,
        "calibration": {
            "method": "temperature fitted on speakers that the model was not fitted on",
            "temperature": notes["temperature"],
            "ece": round(reliability.ece, 4),
            "brier": round(reliability.brier, 4),
            "measured_on": f"{alone.id}, clips of {corpora.get(CORPUS).title}",
        },
        "voice": blend.to_dict(),
        "intended_use": INTENDED_USE,
        "limits": (
            f"Trained on {', '.join(titles)}: acted, a few fixed sentences each, English but for EMO-DB's German, "
            "recorded with care. Emotions that a corpus lacks were never shown as wrong for its clips, so that one way "
            "of acting may be answered with an emotion known from another. Expect worse on other accents, languages, "
            "rooms, telephones and on feelings that are not acted."
        ),
        "licence": f"Weights derived from {licences}. Non-commercial where the data is; SAVEE and TESS for research.",
        "thresholds": {"min_confidence": MIN_CONFIDENCE},
    }
