"""Run folders in small: made-up predictions of known skill, written as a real experiment writes them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core.corpora import ravdess
from ser_core.evaluation import PROBABILITY_COLUMNS
from ser_core.experiments import ExperimentConfig, Run, store
from ser_core.labels import EMOTIONS

#: Share of clips that are answered right, by protocol and model.
SKILL = {
    ("speaker-independent", "svm"): 0.55,
    ("speaker-independent", "cnn"): 0.65,
    ("random", "svm"): 0.8,
    ("random", "cnn"): 0.75,
    ("leaky", "svm"): 0.97,
    ("leaky", "cnn"): 0.95,
}
#: What the search of hyperparameters of the SVM tried.
GRID = [{"C": 1.0, "gamma": 0.1, "uar": 0.51}, {"C": 10.0, "gamma": 0.1, "uar": 0.55}]
FOUND = {"svm": {"grid": GRID, "best": {"C": 10.0, "gamma": 0.1}}, "cnn": {"n_parameters": 12_345}}


def make_run(
    folder: Path,
    protocol: str,
    model: str,
    *,
    skill: float | None = None,
    speakers: int = 6,
    per_emotion: int = 3,
    seeds: tuple[int, ...] = (0,),
    fractions: tuple[float, ...] = (0.5,),
    folds: int = 3,
    speaker_calibration: bool = False,
    corpora: tuple[str, ...] = ("ravdess",),
    clip_names: Sequence[str] = (),
    clips: pd.DataFrame | None = None,
) -> Run:
    """Write one finished run folder; the same arguments give the same predictions.

    `clip_names` are file names of RAVDESS, `clips` rows of any manifest, that are judged in place of made-up ones.
    """
    skill = SKILL[protocol, model] if skill is None else skill
    config = ExperimentConfig(
        corpora,
        protocol,
        model,
        seeds=seeds,
        fractions=fractions,
        speaker_calibration=speaker_calibration,
    )
    rng = np.random.default_rng(int(1000 * skill))
    folds = 1 if protocol == "leaky" else folds
    given = clips
    clips = pd.DataFrame(
        [
            (f"{corpus}/{speaker:02d}-{emotion}-{i}", f"{corpus}/{speaker:02d}", emotion)
            for corpus in corpora
            for speaker in range(1, speakers + 1)
            for emotion in EMOTIONS
            for i in range(per_emotion)
        ],
        columns=["clip_id", "speaker", "emotion"],
    )
    if clip_names:
        clips = _ravdess_clips(clip_names)
    if given is not None:
        clips = given[["clip_id", "speaker", "emotion"]].reset_index(drop=True)
    fold_of = clips["speaker"].str.rpartition("/")[2].astype(int) % folds
    if len(corpora) == 1:
        clips["speaker"] = clips["speaker"].str.rpartition("/")[2]
    predictions, trainings, history = [], [], []
    for seed, fraction in config.trainings:
        for fold in range(folds):
            test = clips[fold_of == fold]
            reached = skill * fraction**0.2
            keys = {"seed": seed, "fold": fold, "fraction": fraction}
            n_train = round(fraction * (len(clips) - len(test))) or round(fraction * 4 * len(clips))
            predictions.append(_predictions(test, reached, rng).assign(**keys))
            trainings.append(
                {
                    **keys,
                    "n_train": n_train,
                    "n_validation": len(test) // 2,
                    "n_test": len(test),
                    "seconds": 1.5,
                    "train_uar": min(1.0, 0.5 + reached / 2),
                    "validation_uar": reached,
                    "info": json.dumps(FOUND[model]),
                }
            )
            if model == "cnn":
                history += [{**keys, **epoch} for epoch in _epochs(reached, rng, 12 + 3 * fold)]
    place = Path(folder) / config.id
    place.mkdir(parents=True)
    store.write_config(place, config)
    tables = {
        "predictions": pd.concat(predictions, ignore_index=True),
        "trainings": pd.DataFrame(trainings),
        "history": pd.DataFrame(history, columns=list(store.HISTORY_COLUMNS)),
        "splits": pd.DataFrame({"seed": 0, "fold": fold_of, "clip_id": clips["clip_id"], "role": "test"}),
    }
    for name, table in tables.items():
        table.to_parquet(place / f"{name}.parquet", index=False)
    store.write_environment(place)
    return Run(place)


def _ravdess_clips(names: Sequence[str]) -> pd.DataFrame:
    """Clips by their file names: the third part of one is the emotion, the last the actor."""
    parts = [name.split("-") for name in names]
    emotions = [ravdess.EMOTION_CODES[part[2]] for part in parts]
    return pd.DataFrame(
        {
            "clip_id": [f"ravdess/{name}" for name in names],
            "speaker": [part[-1] for part in parts],
            "emotion": emotions,
        }
    )


def make_runs(folder: Path, **options) -> list[Run]:
    """All protocols and models of `SKILL`; `options` as of `make_run`."""
    return [make_run(folder, protocol, model, **options) for protocol, model in SKILL]


def _predictions(test: pd.DataFrame, skill: float, rng: np.random.Generator) -> pd.DataFrame:
    """Answers that are right in a share `skill` of clips, and else an emotion near in the fixed order."""
    k = len(EMOTIONS)
    true = test["emotion"].map(EMOTIONS.index).to_numpy()
    wrong = (true + rng.choice([1, 1, 1, 2, 3, k - 1, k - 1], size=len(true))) % k
    answer = np.where(rng.random(len(true)) < skill, true, wrong)
    logits = rng.normal(0, 0.6, (len(true), k))
    logits[np.arange(len(true)), answer] = logits.max(axis=1) + rng.gamma(2.0, 0.7, len(true))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return pd.concat(
        [
            test.reset_index(drop=True),
            pd.DataFrame(probabilities.astype(np.float32), columns=list(PROBABILITY_COLUMNS)),
        ],
        axis=1,
    )


def _epochs(skill: float, rng: np.random.Generator, n: int) -> list[dict[str, float]]:
    rows = []
    for epoch in range(n):
        learnt = 1 - np.exp(-epoch / 5)
        noise = rng.normal(0, 0.01, 2)
        rows.append(
            {
                "epoch": epoch + 1,
                "loss": 2.08 - 1.4 * learnt,
                "accuracy": 0.125 + 0.8 * learnt,
                "val_loss": 2.08 - 1.1 * learnt + 0.01 * epoch + noise[0],
                "val_accuracy": 0.125 + (skill - 0.125) * learnt + noise[1],
            }
        )
    return rows
