"""Robustness of a run: its fold models judge degraded copies of their test clips.

The run must have kept its models (``<run>/models/seed<seed>-fold<fold>.onnx``). Each condition is written as it ends,
and degraded features stay in the cache, so that a stopped measurement goes on where it was.

With speaker calibration each voice is enrolled and heard over the same channel: what is known of it are its own clips
under the condition by which it is judged, without labels. The gain of a condition over clips alone is then also that of
knowing the channel. With a second run, for clips alone, what is judged is what an app that averages both serves.
"""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core import models
from ser_core.augment import Chain
from ser_core.corpora.tables import write_table
from ser_core.errors import ConfigError, RunError
from ser_core.evaluation import protocols
from ser_core.evaluation.parts import corpus_of
from ser_core.evaluation.robustness import CLEAN, COLUMNS, CONDITIONS, Condition, robustness
from ser_core.experiments import entries
from ser_core.experiments.enrolment import N_CLIPS, read_blends
from ser_core.experiments.examples import SLICE, load
from ser_core.experiments.judges import Alone, ByVoice, Served
from ser_core.experiments.kept import MODELS, hears_voices, kept_models, open_model, side_by_side
from ser_core.experiments.robustness_parts import Parts
from ser_core.experiments.store import DIGITS, Run, read_config
from ser_core.features import spec_from_dict
from ser_core.features.normalise import calibrate
from ser_core.features.table import matrix
from ser_core.files import read_parquet
from ser_core.hashing import canonical_hash, sha256_of
from ser_core.labels import EMOTIONS
from ser_core.progress import CancelCallback, Meter, ProgressCallback

TABLE = "robustness.parquet"
SERVED = "robustness-served.parquet"
"""What was measured with a second run, for clips alone."""
N_ENROLLED = N_CLIPS[-1]
_WAYS = {TABLE: "", SERVED: f"served after {N_ENROLLED} clips"}


def command(run: Run, *, served: bool = False) -> str:
    """The command line that measures the robustness of a run: by its own models, else by those of a second training.

    Parameters
    ----------
    run : Run
        The run.
    served : bool
        As an app serves it, with the run for clips alone.
    """
    how = f" --served-with {run.id.removesuffix('-calibrated')}" if served else ""
    elsewhere = "" if kept_models(run.folder) else " --models build/runs"
    return f"python -m ser_core robustness {run.id}{how}{elsewhere}"


def read_robustness(folder: Path | str) -> dict[str, pd.DataFrame]:
    """What `measure_robustness` wrote into a run folder.

    Returns
    -------
    dict of str to pd.DataFrame
        In which way clips were judged -> table: "" as the run itself did, or as an app serves it; what was measured.
    """
    files = {way: Path(folder) / name for name, way in _WAYS.items()}
    return {way: read_parquet(file) for way, file in files.items() if file.is_file()}


def scored_robustness(folder: Path | str, *, corpus: str | None = None) -> dict[str, pd.DataFrame]:
    """What degraded clips cost in each way of `read_robustness`, see `ser_core.evaluation.robustness.robustness`.

    Parameters
    ----------
    folder : Path or str
        Run folder.
    corpus : str, optional
        Of the clips that count; those of all unless given.
    """
    tables = read_robustness(folder)
    if corpus is not None:
        tables = {way: table[(corpus_of(table) == corpus).to_numpy()] for way, table in tables.items()}
    return {way: robustness(table) for way, table in tables.items() if len(table)}


def measure_robustness(
    run: Run,
    *,
    alone: Run | None = None,
    conditions: Iterable[str] | None = None,
    share: float = 1.0,
    kept_by: Path | str | None = None,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> pd.DataFrame:
    """Judge degraded copies of the test clips and write what was answered into the run folder.

    Parameters
    ----------
    run : Run
        A finished run.
    alone : Run, optional
        Of the same clips, folds and seeds, each clip judged alone, where `run` was trained by voice: each voice is then
        judged after `N_ENROLLED` of its other clips were enrolled, by the average of both runs' models, as
        `ser_core.experiments.enrolment` decided it. This is written beside what is measured of the run itself.
    conditions : iterable of str, optional
        Names in `ser_core.evaluation.robustness.CONDITIONS`; all unless given. Clean clips are always judged.
    share : float
        Share of the clips of each speaker and emotion that is judged, in (0, 1]; at least one of each. Larger shares
        hold the smaller. With speaker calibration these clips are also all that a voice is enrolled by.
    kept_by : Path or str, optional
        Folder of run folders in which the same experiment was run again and kept its models; the run itself must have
        kept them unless given.
    root : Path or str, optional
        Data root; that of the settings unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts clips over all conditions.

    Returns
    -------
    pd.DataFrame
        `ser_core.evaluation.robustness.COLUMNS`.

    Raises
    ------
    RunError
        If a run kept no models, or theirs is a family whose files alone do not adapt to a voice as the run did; if
        enrolment was not measured with `alone`.
    ConfigError
        If a condition is unknown or `share` is not allowed.
    CorpusNotFoundError
        If the recordings are not on this machine.
    CancelledError
        If `cancel` answered true; what was done is kept.
    """
    wanted = _conditions(conditions)
    if not 0 < share <= 1:
        raise ConfigError(f"share must lie in (0, 1], got {share}.")
    kept = _require_models(run, kept_by)
    judge, key = _judge(run, kept, alone=alone, kept_by=kept_by)
    clips = _chosen(run, kept, share=share, root=root)
    parts = Parts(run.folder / (TABLE if alone is None else SERVED), canonical_hash({**key, "share": share}))
    parts.import_finished()
    n = clips["clip_id"].nunique()
    total = n * sum(len(condition.chains) for condition in wanted)
    meter = Meter(progress, total=total, unit="clips", message="Judging degraded clips", cancel=cancel)
    for condition in wanted:
        part = parts.of(condition)
        if not part.is_file():
            write_table(_judged(run, condition, clips, judge, root=root, meter=meter, cancel=cancel), part)
        meter.set(min(total, _end(wanted, condition, n)))
    return parts.finish(share)


def _conditions(names: Iterable[str] | None) -> list[Condition]:
    names = list(CONDITIONS if names is None else names)
    if unknown := [name for name in names if name not in CONDITIONS]:
        raise ConfigError(f"Unknown condition {', '.join(unknown)}; there are {', '.join(CONDITIONS)}.")
    return [condition for name, condition in CONDITIONS.items() if name in names or name == CLEAN]


def _require_models(run: Run, kept_by: Path | str | None) -> dict[tuple[int, int], Path]:
    """The models that a run kept, or that a folder of runs keeps of the same experiment; else what to do about it."""
    if run.config.is_ensemble:
        raise RunError(f"{run.id} joins the answers of other runs and has no models; measure those runs.")
    folder = run.folder if kept_by is None else Path(kept_by) / run.id
    stored = read_config(folder)
    if stored is None or not (run.config.extends(stored) or stored.extends(run.config)):
        raise RunError(f"{folder} holds no run of the same configuration as {run.id}; run it there first.")
    if protocols.get(run.config.protocol).copies:
        raise RunError(f"{run.id} was tested on altered copies of its clips already; choose a run of another protocol.")
    kept = kept_models(folder)
    if not kept:
        raise RunError(
            f"{run.id} kept no models in {folder.name}/{MODELS}. Train it again elsewhere with --keep-models, as in "
            f"`{entries.command(run.config, name=run.id)} --keep-models --out build`, then measure with --models "
            "build/runs."
        )
    return kept


def _judge(
    run: Run, kept: dict[tuple[int, int], Path], *, alone: Run | None, kept_by: Path | str | None
) -> tuple[Alone, dict]:
    """What judges the clips, and what tells it from others."""
    opened, key = _opened(kept), {"models": _digests(kept)}
    by_voice = run.config.speaker_calibration and models.get(run.config.model).adapts
    if by_voice and not all(map(hears_voices, opened.values())):
        raise RunError(
            f"{run.id} adapts its model to each voice in a way that its model files do not hold; measure the run "
            "without speaker calibration."
        )
    if alone is None:
        return (ByVoice(opened) if by_voice else Alone(opened)), key
    if not by_voice or not run.splits.astype(str).equals(alone.splits.astype(str)):
        raise RunError(
            f"{run.id} is not served with {alone.id}: that takes a run by voice and one of the same clips and seeds, "
            "each clip alone."
        )
    blends, others = read_blends(run), _require_models(alone, kept_by)
    if missing := sorted(set(kept) - (set(blends) & set(others))):
        raise RunError(f"{alone.id} kept no model of {missing}, or enrolment was not measured with it.")
    more = {"alone": _digests(others), "blends": {_name(place): each.to_dict() for place, each in blends.items()}}
    return Served(opened, _opened(others), blends, N_ENROLLED), {**key, **more, "n_enrolled": N_ENROLLED}


def _opened(kept: dict[tuple[int, int], Path]) -> dict:
    return {place: open_model(file) for place, file in kept.items()}


def _digests(kept: dict[tuple[int, int], Path]) -> dict[str, str]:
    return {_name(place): sha256_of(file) for place, file in kept.items()}


def _name(place: tuple[int, int]) -> str:
    return "{}-{}".format(*place)


def _chosen(run: Run, kept: dict, *, share: float, root: Path | str | None) -> pd.DataFrame:
    """Test clips of each kept model: ``seed, fold, clip_id, speaker, emotion`` and the columns of the manifest."""
    manifest = load(run.config, root=root).drop(columns=["speaker", "emotion"])
    tested = run.predictions[run.predictions["fraction"] == 1.0][["seed", "fold", "clip_id", "speaker", "emotion"]]
    tested = tested.astype({"clip_id": str, "speaker": str, "emotion": str})
    pairs = pd.MultiIndex.from_frame(tested[["seed", "fold"]])
    tested = tested[pairs.isin(list(kept))].merge(manifest, on="clip_id", how="left", validate="many_to_one")
    if lost := int(tested["sha256"].isna().sum()):
        raise RunError(f"{lost} test clips of {run.id} are not in the corpus on this machine; get the whole corpus.")
    if share == 1:
        return tested
    # By checksum: a choice that looks random, and is the same everywhere.
    once = tested.drop_duplicates("clip_id").sort_values("sha256")
    place = once.groupby(["speaker", "emotion"]).cumcount()
    most = np.ceil(share * once.groupby(["speaker", "emotion"])["clip_id"].transform("size"))
    return tested[tested["clip_id"].isin(once.loc[place < most, "clip_id"])].reset_index(drop=True)


def _end(wanted: list[Condition], condition: Condition, n: int) -> int:
    """Clips that are done when `condition` is."""
    until = wanted[: wanted.index(condition) + 1]
    return n * sum(len(each.chains) for each in until)


def _judged(
    run: Run, condition: Condition, clips: pd.DataFrame, judge: Alone, *, root, meter: Meter, cancel
) -> pd.DataFrame:
    """What the models answer under one condition."""
    once = clips.drop_duplicates("clip_id").reset_index(drop=True)
    start = meter.done
    total = np.zeros((len(clips), len(EMOTIONS)))
    place = pd.Index(once["clip_id"]).get_indexer(clips["clip_id"])
    parts = list(clips.groupby(list(judge.together)).indices.items())
    for i, text in enumerate(condition.chains):
        told = _Pass(meter, start + i * len(once), len(once), condition.title)
        x = _features(run, once, text, root=root, told=told, cancel=cancel)
        if run.config.speaker_calibration and not models.get(run.config.model).adapts:
            x = calibrate(x, once["speaker"].to_numpy(), kind=run.config.features["kind"])

        def said(part: tuple[tuple[int, int], np.ndarray], x=x) -> np.ndarray:
            key, rows = part
            return judge(key, x[place[rows]])

        n_judged = 0
        with closing(side_by_side(said, parts)) as answers:
            for (_, rows), found in zip(parts, answers, strict=True):
                total[rows] += found
                n_judged += len(rows)
                told.judged(n_judged / len(clips))
    mean = total / len(condition.chains)
    about = clips[["seed", "fold", "clip_id", "speaker", "emotion"]]
    table = about.assign(
        condition=condition.name,
        answer=np.array(EMOTIONS.names)[mean.argmax(axis=1)],
        confidence=mean.max(axis=1).round(DIGITS).astype(np.float32),
    )[list(COLUMNS)]
    return table


def _features(run: Run, clips: pd.DataFrame, chain: str, *, root, told: "_Pass", cancel) -> np.ndarray:
    """Features of clips, changed by a chain of augmentations, in the precision in which the run saw them."""
    spec, precision = spec_from_dict(run.config.features), models.get(run.config.model).precision
    x = None
    for start in range(0, len(clips), SLICE):
        rows = matrix(
            clips.iloc[start : start + SLICE],
            spec,
            augmentation=Chain.from_text(chain) if chain else None,
            root=root,
            progress=told.features(start),
            cancel=cancel,
        )
        x = np.empty((len(clips), *rows.shape[1:]), precision) if x is None else x
        x[start : start + SLICE] = rows
    return x


class _Pass:
    """Tells how far one pass over the clips is as part of the whole: half of it are features, half are answers."""

    def __init__(self, meter: Meter, start: int, n: int, message: str):
        self._meter, self._start, self._n, self._message = meter, start, n, message

    def features(self, there: int) -> ProgressCallback:
        """For features of some clips after those of `there` clips."""
        return lambda step: self._set((there + step.done) / 2)

    def judged(self, share: float) -> None:
        """The features are there, and `share` of the clips is judged."""
        self._set((1 + share) * self._n / 2)

    def _set(self, done: float) -> None:
        self._meter.set(self._start + int(done), message=self._message)
