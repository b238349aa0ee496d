"""Timelines by the models of a run's folds, each on recordings of the speakers that it never heard.

The models that ship learnt from all speakers of their corpus; how well a timeline judges others of the same corpus only
models of folds can say. They are kept by a second training of the same experiment: `python -m ser_core train svm
--keep-models --out build`.
"""

from dataclasses import replace
from pathlib import Path

from benchmarks.recordings import Match, alone, match, uar_rows
from ser_core import corpora, settings
from ser_core.corpora import Corpus
from ser_core.experiments import open_run
from ser_core.experiments.kept import kept_models
from ser_core.experiments.store import Run
from ser_core.recordings import make_timeline
from ser_core.recordings.stitching import clips_of, stitch
from ser_core.serving import Card, Predictor, available_models
from ser_core.serving.card import RANKING_PROTOCOL, write_model

KEPT = settings.PROJECT_ROOT / "build" / "runs"
"""Where the second training put its run folders."""


def measure(folder: Path, *, kept_by: Path = KEPT) -> list[dict]:
    """Rows for every shipped model whose run under the ranking protocol kept the models of its folds."""
    rows = []
    for card in available_models():
        metric = card.metric(RANKING_PROTOCOL)
        kept = kept_models(kept_by / metric["run"]) if metric else {}
        run = open_run(metric["run"], folder=kept_by) if kept else None
        present = (
            [corpus for corpus in map(corpora.get, card.corpora) if corpus.is_present()] if run is not None else []
        )
        if not present:
            what = f"{card.id}: no models of folds are kept in {kept_by.name}, or its corpora are not here"
            rows.append({"what": what, "value": None, "unit": "", "limit": None})
        else:
            first = {fold: file for (seed, fold), file in kept.items() if seed == 0}
            for corpus in present:
                rows += _rows(folder / card.id / corpus.name, card, corpus, run, first)
    return rows


def _rows(folder: Path, card: Card, corpus: Corpus, run: Run, kept: dict[int, Path]) -> list[dict]:
    folder.mkdir(parents=True)
    manifest = corpus.manifest()
    tested = run.predictions.query("seed == 0 and fraction == 1.0")
    found, clips = [], []
    for fold, onnx in kept.items():
        names = tested.loc[tested["fold"] == fold, "clip_id"].astype(str)
        chosen = clips_of(corpus, manifest[manifest["clip_id"].isin(names)].sample(frac=1.0, random_state=0))
        if not chosen:  # Corpora that were put together need not be in every fold.
            continue
        predictor = _predictor(folder / f"fold{fold}", card, onnx)
        spoken = stitch(folder / "fold.flac", chosen)
        found.append(match(spoken, list(make_timeline(folder / "fold.flac", predictor).segments)))
        clips += [(clip.emotion, alone(predictor, clip)) for clip in chosen]
    words = f"{len(clips)} clips of {corpus.title} in {len(found)} recordings, models of the folds of {run.id}"
    return uar_rows(words, _together(found), clips)


def _predictor(folder: Path, card: Card, onnx: Path) -> Predictor:
    """The model of a fold, served as the shipped one is, without what was measured on all its speakers."""
    bounds = {name: value for name, value in card.thresholds.items() if not name.endswith("_distance")}
    alike = replace(card, id=folder.name, reference_sha256="", voice={}, thresholds=bounds)
    write_model(folder, onnx=onnx.read_bytes(), card=alike.to_dict())
    return Predictor(folder)


def _together(found: list[Match]) -> Match:
    """What was said in all recordings; how they were cut is measured elsewhere."""
    truth, said = ([each for one in found for each in getattr(one, name)] for name in ("truth", "said"))
    return replace(found[0], clear=sum(each.clear for each in found), truth=truth, said=said)
