"""Finished runs as one: their answers to the same test clips averaged or stacked, as validation clips decide.

The ensemble is a run folder of its own. Each fold's weights and temperature are fitted to what the members said of the
validation clips of that fold, so no test clip decides anything. Members may hold further corpora, if all were split
alike: the ensemble then answers for the clips of the corpora that all of them judged.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core import settings
from ser_core.corpora.tables import write_table
from ser_core.errors import ConfigError, RunError
from ser_core.evaluation import PROBABILITY_COLUMNS
from ser_core.evaluation.metrics import emotion_index
from ser_core.evaluation.parts import corpus_of, rows_of
from ser_core.evaluation.protocols import ACROSS
from ser_core.experiments import store
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.training import mean_recall
from ser_core.labels import EMOTIONS
from ser_core.models.pooling import Pool, aligned, average, stack

#: How members are weighted: all alike (or as asked for), or by what they add on validation clips.
HOW = ("average", "stack")
_COLUMNS = list(PROBABILITY_COLUMNS)
_TOLD = ["seed", "fold", "fraction", "clip_id", "speaker", "emotion", "corpus"]


def combine(
    runs: Sequence[store.Run],
    *,
    how: str = "average",
    weights: Sequence[float] | None = None,
    align: float = 0.0,
    folder: Path | str | None = None,
    overwrite: bool = False,
) -> store.Run:
    """Make the ensemble of `runs` and store it; one that is there already is kept.

    Parameters
    ----------
    runs : sequence of Run
        Of the same protocol and splits, two or more, with a corpus in common. Corpora and seeds that all have are
        combined.
    how : str
        One of `HOW`.
    weights : sequence of float, optional
        Of the average, one for each run; equal unless given.
    align : float
        How far, in [0, 1], what is said of the clips of a voice is drawn on average towards how often emotions occur
        among the clips that a fold does not test: a way to know the voice by its unlabelled clips, see
        `ser_core.models.pooling.aligned`.
    folder : Path or str, optional
        Folder of the run folders; that of the settings unless given.
    overwrite : bool
        Replace an ensemble of other members of the same families.

    Returns
    -------
    Run
        The ensemble.

    Raises
    ------
    RunError
        If the runs do not belong together, one has no validation predictions, or the folder holds another run.
    ConfigError
        If the weights do not fit, or `align` is not in [0, 1].
    """
    if how not in HOW:
        raise ConfigError(f"Runs are combined by {' or '.join(HOW)}, got {how!r}.")
    if weights is not None and how != "average":
        raise ConfigError("Stacking finds its own weights; leave them out, or take the average.")
    if not 0 <= align <= 1:
        raise ConfigError(f"Voices are aligned by a share from 0 to 1, got {align}.")
    config = ensemble_config(runs, how=how, weights=weights, align=align)
    place = (Path(folder) if folder is not None else settings.runs_dir()) / config.id
    stored = store.read_config(place)
    if store.is_finished(place) and stored is not None and stored.hash == config.hash:
        return store.Run(place)
    if place.exists() and not overwrite:
        raise RunError(f"{config.id} holds a run of another configuration; pass --overwrite to replace it.")
    _write(place, config, runs, how=how, weights=weights)
    return store.Run(place)


def _common(runs: Sequence[store.Run]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Corpora and seeds that all runs have, once it is clear that the runs belong together."""
    if len(runs) < 2 or len({run.id for run in runs}) != len(runs):
        raise RunError(f"An ensemble takes two or more different runs, got {', '.join(run.id for run in runs)}.")
    first = runs[0]
    corpora = tuple(name for name in first.config.corpora if all(name in run.config.corpora for run in runs))
    for run in runs[1:]:
        alike = run.config.corpora == first.config.corpora or (corpora and run.config.protocol not in ACROSS)
        if run.config.protocol != first.config.protocol or not alike:
            raise RunError(f"{run.id} and {first.id} were not tested alike; take runs of one corpus and protocol.")
    shared = set.intersection(*(set(run.config.seeds) for run in runs))
    seeds = tuple(seed for seed in first.config.seeds if seed in shared)
    if not seeds:
        raise RunError(f"{', '.join(run.id for run in runs)} have no seed in common; train them with the same seeds.")
    for run in runs[1:]:
        if not _in_order(run, corpora, seeds).equals(_in_order(first, corpora, seeds)):
            raise RunError(
                f"{run.id} and {first.id} were not split alike; train both anew with the same seeds and, where one "
                "holds more corpora, the other with --split-with these."
            )
    return corpora, seeds


def _roles(run: store.Run, corpora: tuple[str, ...], seeds: tuple[int, ...]) -> pd.DataFrame:
    """Who trained, validated and was tested among the clips of `corpora`, in folds that tested some of them."""
    roles = _rows(run, "splits", corpora)
    roles = roles[roles["seed"].isin(seeds)]
    tested = (roles["role"] == "test").groupby([roles["seed"], roles["fold"]]).transform("any")
    return roles[tested].reset_index(drop=True)


def _in_order(run: store.Run, corpora: tuple[str, ...], seeds: tuple[int, ...]) -> pd.DataFrame:
    roles = _roles(run, corpora, seeds).astype({"clip_id": str, "role": str})
    return roles.sort_values(["seed", "fold", "clip_id"], ignore_index=True)[["seed", "fold", "clip_id", "role"]]


def _rows(run: store.Run, name: str, corpora: tuple[str, ...]) -> pd.DataFrame:
    """A table of a run as if it held clips of `corpora` only."""
    table = getattr(run, name)
    return table if run.config.corpora == corpora else rows_of(table, corpora)


def ensemble_config(
    runs: Sequence[store.Run], *, how: str = "average", weights: Sequence[float] | None = None, align: float = 0.0
) -> ExperimentConfig:
    """What decides an ensemble, named by the families of its members; arguments and errors are those of `combine`."""
    corpora, seeds = _common(runs)
    first = runs[0].config
    names = [run.config.model for run in runs]
    hyperparameters = {"how": how, "members": {run.id: run.config.hash for run in runs}}
    if weights is not None:
        hyperparameters["weights"] = [float(weight) for weight in weights]
    if align:
        hyperparameters["align"] = float(align)
    heard = {name for run in runs for name in (*run.config.corpora, *run.config.split_with)}
    return ExperimentConfig(
        corpora,
        first.protocol,
        "+".join(names) + ("-stacked" if how == "stack" else "") + ("-aligned" if align else ""),
        hyperparameters=hyperparameters,
        seeds=seeds,
        speaker_calibration=bool(align) or any(run.config.speaker_calibration for run in runs),
        split_with=tuple(heard.difference(corpora)),
    )


def _write(place: Path, config: ExperimentConfig, runs: Sequence[store.Run], *, how: str, weights) -> None:
    tables = {"predictions": [], "validation": [], "trainings": []}
    splits = _roles(runs[0], config.corpora, config.seeds)
    for seed in config.seeds:
        for fold in sorted(splits.loc[splits["seed"] == seed, "fold"].unique()):
            told = {
                name: _answers(runs, name, config.corpora, seed=seed, fold=int(fold))
                for name in ("validation", "predictions")
            }
            clips, probabilities = told["validation"]
            y, possible = emotion_index(clips), _possible(clips)
            if how == "stack":
                pool = stack(probabilities, y, possible=possible)
            else:
                pool = average(probabilities, y, weights=weights, possible=possible)
            said = {name: pool.combine(probabilities) for name, (_, probabilities) in told.items()}
            if share := config.hyperparameters.get("align"):
                clips_of = {name: clips for name, (clips, _) in told.items()}
                others = _rows(runs[0], "predictions", config.corpora).query("seed == @seed and fold != @fold")
                said = _of_voices(said, clips_of, _often(clips, others), share=share)
            for name, (clips, _) in told.items():
                found = said[name].round(store.DIGITS).astype(np.float32)
                tables[name].append(clips.assign(**dict(zip(_COLUMNS, found.T, strict=True))))
            members = [_training(run, seed=seed, fold=int(fold)) for run in runs]
            held = tables["validation"][-1]
            recall = mean_recall(held[_COLUMNS].to_numpy(), emotion_index(held))
            sizes = {"n_validation": len(held), "n_test": len(tables["predictions"][-1])}
            tables["trainings"].append({**_note(members, pool, runs, uar=recall), **sizes})
    place.mkdir(parents=True, exist_ok=True)
    (place / store.ENVIRONMENT).unlink(missing_ok=True)
    store.write_config(place, config)
    for name in ("predictions", "validation"):
        table = pd.concat(tables[name], ignore_index=True)
        categories = dict.fromkeys(table.columns.intersection(store.CATEGORIES), "category")
        write_table(table.astype(categories), place / f"{name}.parquet")
    write_table(pd.DataFrame(tables["trainings"]), place / "trainings.parquet")
    write_table(pd.DataFrame(columns=list(store.HISTORY_COLUMNS)), place / "history.parquet")
    write_table(splits, place / "splits.parquet")
    # Written last: with it the run is whole.
    store.write_environment(place)


def _answers(
    runs: Sequence[store.Run], name: str, corpora: tuple[str, ...], *, seed: int, fold: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """The clips of one table in one fold, and what each run said of them [shape=(n_runs, n_clips, 8)]."""
    parts = []
    for run in runs:
        table = _rows(run, name, corpora)
        table = table[(table["seed"] == seed) & (table["fold"] == fold) & (table["fraction"] == 1.0)]
        parts.append(table.assign(clip_id=table["clip_id"].astype(str)).sort_values("clip_id", ignore_index=True))
    clips = parts[0]
    for run, part in zip(runs, parts, strict=True):
        if not len(part) or not part["clip_id"].equals(clips["clip_id"]):
            raise RunError(f"{run.id} and {runs[0].id} hold different clips in fold {fold} of seed {seed}.")
    told = [column for column in _TOLD if column in clips and (column != "corpus" or len(corpora) > 1)]
    return clips[told], np.stack([part[_COLUMNS].to_numpy(dtype=np.float64) for part in parts])


def _often(held: pd.DataFrame, others: pd.DataFrame) -> dict[str, np.ndarray]:
    """How often emotions occur in each corpus [shape=(8,)], among the clips that a fold does not test."""
    told = ["clip_id", "emotion", *(["corpus"] if "corpus" in held else [])]
    clips = pd.concat([held[told], others[told]]).astype(str).drop_duplicates("clip_id")
    names, y = corpus_of(clips).to_numpy(), emotion_index(clips)
    shown = {name: np.bincount(y[names == name], minlength=len(EMOTIONS)) for name in np.unique(names)}
    return {name: counts / counts.sum() for name, counts in shown.items()}


def _of_voices(
    said: dict[str, np.ndarray], clips: dict[str, pd.DataFrame], often: dict[str, np.ndarray], *, share: float
) -> dict[str, np.ndarray]:
    """Answers aligned voice by voice, and calibrated again as validation clips say."""
    found = {
        name: aligned(
            probabilities,
            clips[name]["speaker"].astype(str).to_numpy(),
            np.stack([often[corpus] for corpus in corpus_of(clips[name])]),
            share=share,
        )
        for name, probabilities in said.items()
    }
    held = clips["validation"]
    again = average(found["validation"][None], emotion_index(held), possible=_possible(held))
    return {name: again.combine(probabilities[None]) for name, probabilities in found.items()}


def _possible(clips: pd.DataFrame) -> np.ndarray:
    """Which emotions each clip can have [shape=(n_clips, 8)], bool: those of its corpus."""
    names, y = corpus_of(clips).to_numpy(), emotion_index(clips)
    occurs = {name: np.isin(np.arange(len(EMOTIONS)), y[names == name]) for name in np.unique(names)}
    return np.stack([occurs[name] for name in names])


def _training(run: store.Run, *, seed: int, fold: int) -> Mapping:
    trainings = run.trainings
    rows = trainings[(trainings["seed"] == seed) & (trainings["fold"] == fold) & (trainings["fraction"] == 1.0)]
    return rows.iloc[0].to_dict()


def _note(members: list[Mapping], pool: Pool, runs: Sequence[store.Run], *, uar: float) -> dict:
    """A row of the table of trainings: the size of the first member, the time of all."""
    kept = {name: members[0][name] for name in ("seed", "fold", "fraction", "n_train")}
    names = [run.id for run in runs]
    return {
        **kept,
        "seconds": round(sum(member["seconds"] for member in members), 2),
        # The members' answers to their training clips are not kept.
        "train_uar": np.nan,
        "validation_uar": uar,
        "info": json.dumps({"weights": dict(zip(names, pool.weights, strict=True)), "temperature": pool.temperature}),
    }
