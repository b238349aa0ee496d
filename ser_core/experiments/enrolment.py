"""How many clips of a voice calibration takes: the networks of two runs on voices that neither has heard.

One run judges each clip alone, the other was trained by voice and kept its networks. Half of the clips of a voice,
drawn at random, are judged after the first 1, 3, 6... of the other half were enrolled, and the other way round: every
clip is judged once for each number, and never by what it was enrolled with.
"""

from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core import models
from ser_core.corpora.tables import write_table
from ser_core.errors import RunError
from ser_core.evaluation import PROBABILITY_COLUMNS, metrics, protocols
from ser_core.evaluation.parts import corpus_of
from ser_core.evaluation.speakers import voices
from ser_core.experiments.blending import Blend, blended, fit_blend
from ser_core.experiments.examples import load, prepare
from ser_core.experiments.judges import halves
from ser_core.experiments.kept import kept_models, open_model, probabilities, side_by_side
from ser_core.experiments.results import among_known
from ser_core.experiments.store import DIGITS, Run
from ser_core.features import spec_from_dict
from ser_core.files import read_parquet
from ser_core.models import Data
from ser_core.progress import CancelCallback, Meter, ProgressCallback

TABLE = "enrolment.parquet"
VALIDATION = "enrolment-validation.parquet"
N_CLIPS = (1, 3, 6, 12, 30)
_KEYS = ["seed", "fold", "clip_id"]
_NAMES = ["clip_id", "speaker", "emotion", "corpus"]
_COLUMNS = list(PROBABILITY_COLUMNS)


def measure_enrolment(
    run: Run,
    alone: Run,
    *,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> pd.DataFrame:
    """Judge the test voices of `run` after the enrolment of few and many clips, and store the answers in its folder.

    How the answers of both runs are averaged is decided on the voices that validate.

    Parameters
    ----------
    run : Run
        Trained by voice, with its models kept.
    alone : Run
        Of the same clips, folds and seeds, each clip judged alone.
    root : Path or str, optional
        Data root.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts voices.

    Returns
    -------
    pd.DataFrame
        ``n_clips, seed, fold, clip_id, speaker, emotion, corpus, p_<name>...``, one row per test clip and number; 0 are
        the answers of `alone`. The folder also gets what both networks said of the voices that validate, not averaged.

    Raises
    ------
    RunError
        If the runs do not belong together, or a model was not kept.
    """
    kept = kept_models(run.folder)
    wanted = {(int(seed), int(fold)) for seed, fold in run.predictions[["seed", "fold"]].drop_duplicates().to_numpy()}
    if missing := sorted(wanted - set(kept)):
        raise RunError(f"{run.id} kept no model of {missing}; train it again with --keep-models.")
    if not run.splits.astype(str).equals(alone.splits.astype(str)):
        raise RunError(f"{run.id} and {alone.id} were not trained on the same clips; train both with the same seeds.")
    family = models.get(run.config.model)
    pool, data = prepare(
        load(run.config, root=root),
        protocols.get(run.config.protocol),
        spec_from_dict(run.config.features),
        precision=family.precision,
        root=root,
        progress=progress,
        cancel=cancel,
    )
    pool = pool.assign(speaker=voices(pool))
    tables = {}
    for role, told in (("validation", alone.validation), ("test", alone.predictions)):
        told = told[told["fraction"] == 1.0]
        table = _judged(pool, data, told, kept, progress=progress, cancel=cancel)
        alone_said = _of(told, table).T
        tables[role] = table.assign(**{f"alone_{name}": said for name, said in zip(_COLUMNS, alone_said, strict=True)})
    # A voice that validates in one fold is tested in another: each fold decides by its own.
    table = _averaged(tables["test"], _blends(tables["validation"]))
    first = alone.predictions[alone.predictions["fraction"] == 1.0].drop(columns="fraction")
    first = first.assign(n_clips=0, corpus=corpus_of(first))
    table = pd.concat([first.astype(dict.fromkeys(_NAMES, str)), table], ignore_index=True)[list(table.columns)]
    table[_COLUMNS] = table[_COLUMNS].round(DIGITS).astype(np.float32)
    write_table(table.astype(dict.fromkeys(_NAMES, "category")), run.folder / TABLE)
    held = tables["validation"].astype(dict.fromkeys(_NAMES, "category"))
    said = [*_COLUMNS, *(f"alone_{name}" for name in _COLUMNS)]
    held[said] = held[said].round(DIGITS).astype(np.float32)
    write_table(held, run.folder / VALIDATION)
    return table


def read_enrolment(run: Run) -> pd.DataFrame:
    """What `measure_enrolment` stored.

    Raises
    ------
    RunError
        If it was not measured.
    """
    return _stored(run, TABLE)


def read_blends(run: Run) -> dict[tuple[int, int], Blend]:
    """How each seed and fold averages the answers of both networks, decided on the voices that validate.

    Raises
    ------
    RunError
        If it was not measured.
    """
    return _blends(_stored(run, VALIDATION))


def enrolment_curve(table: pd.DataFrame) -> pd.DataFrame:
    """UAR by corpus and number of enrolled clips.

    Returns
    -------
    pd.DataFrame
        ``corpus, n_clips, uar, low, high`` (95% by bootstrap over speakers), ``uar_known`` (only emotions of the corpus
        answered), ``accuracy, clips, speakers``.
    """
    rows = []
    for (corpus, n_clips), part in table.groupby(["corpus", "n_clips"], sort=True, observed=True):
        found = metrics.summarise(part)
        rows.append(
            {
                "corpus": str(corpus),
                "n_clips": int(n_clips),
                "uar": found.uar.value,
                "low": found.uar.low,
                "high": found.uar.high,
                "uar_known": metrics.summarise(among_known(part)).uar.value,
                "accuracy": found.accuracy.value,
                "clips": found.n_test,
                "speakers": found.n_speakers,
            }
        )
    return pd.DataFrame(rows)


def _stored(run: Run, name: str) -> pd.DataFrame:
    file = run.folder / name
    if not file.is_file():
        raise RunError(f"{run.id} has no {name}; measure it with `python -m ser_core enrolment`.")
    return read_parquet(file)


def _judged(
    pool: pd.DataFrame, data: Data, told: pd.DataFrame, kept: dict[tuple[int, int], Path], *, progress, cancel
) -> pd.DataFrame:
    """Answers of the networks by voice, for each number of clips, to the clips in `told`."""
    place = pd.Series(np.arange(len(pool)), index=pool["clip_id"].astype(str))
    opened = {key: open_model(file) for key, file in kept.items()}
    groups = list(told.groupby(["seed", "fold", "speaker"], sort=True, observed=True))

    def of_voice(group: tuple[tuple, pd.DataFrame]) -> list[pd.DataFrame]:
        (seed, fold, speaker), clips = group
        key = (int(seed), int(fold))
        index = place[clips["clip_id"].astype(str)].to_numpy()
        one, other = (index[half] for half in halves(len(index), seed=key[0], voice=str(speaker)))
        rows = []
        if not len(other):
            # Of a voice of one clip there is nothing to judge by.
            return rows
        for enrolled, judged in ((one, other), (other, one)):
            for n_clips in N_CLIPS:
                found = probabilities(opened[key], data.x[judged], enrolled=data.x[enrolled[:n_clips]])
                part = pool.iloc[judged][_NAMES].astype(str)
                part = part.assign(n_clips=n_clips, n_enrolled=len(enrolled[:n_clips]), seed=key[0], fold=key[1])
                rows.append(part.assign(**dict(zip(_COLUMNS, found.T, strict=True))))
        return rows

    meter = Meter(progress, total=len(groups), unit="voices", message="Enrolling voices", cancel=cancel)
    tables = []
    with closing(side_by_side(of_voice, groups)) as answers:
        for rows in answers:
            tables += rows
            meter.add()
    meter.finish()
    return pd.concat(tables, ignore_index=True)


def _of(told: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Probabilities in `told` of the clips in `table` [shape=(n, 8)]."""
    known = told.astype({"clip_id": str}).set_index(_KEYS)[_COLUMNS]
    return known.loc[pd.MultiIndex.from_frame(table[_KEYS])].to_numpy(dtype=float)


def _blends(validation: pd.DataFrame) -> dict[tuple[int, int], Blend]:
    """How each fold averages."""
    return {(int(seed), int(fold)): fit_blend(part) for (seed, fold), part in validation.groupby(["seed", "fold"])}


def _averaged(table: pd.DataFrame, blends: dict[tuple[int, int], Blend]) -> pd.DataFrame:
    found = np.empty((len(table), len(_COLUMNS)), dtype=np.float32)
    for key, place in table.groupby(["seed", "fold"]).indices.items():
        found[place] = blended(table.iloc[place], blends[key])
    names = ["n_clips", "seed", "fold", *_NAMES]
    return table[names].assign(**dict(zip(_COLUMNS, found.T, strict=True)))
