"""``predict``: what recordings sound like."""

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ser_core.cli.terminal import progress_bar, text_table
from ser_core.errors import AudioError, ConfigError
from ser_core.labels import EMOTIONS


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "predict",
        help="say what recordings sound like",
        description="Judge audio files (WAV, MP3, FLAC, OGG, Opus, M4A, WebM). With --out the answers become a table: "
        "in parallel, and a run that was stopped goes on where it was. Exit status: 0 all were judged, 1 some could "
        "not be, 2 the command cannot run.",
    )
    parser.add_argument("files", nargs="+", metavar="PATH", help="audio files, and folders of them")
    parser.add_argument("--model", default="default", metavar="NAME", help="model to ask (default: the best one)")
    parser.add_argument("--json", action="store_true", help="one JSON object per clip and line")
    parser.add_argument("--top", type=_top, metavar="K", help="name the K most probable emotions (table: 3)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a table: .parquet, .csv or .jsonl")
    parser.add_argument("--workers", type=int, metavar="N", help="processes for --out (default: one per core)")
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="for --out: let the workers of a Dask scheduler (tcp://host:8786) do it; they must see the same files "
        "under the same paths",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="for --out: write a report, .html or (with a browser here) .pdf"
    )
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Print one answer per file, in the order given."""
    from ser_core.serving import Predictor

    for name in ("dask", "report"):
        if getattr(options, name) and not options.out:
            raise ConfigError(f"--{name} goes with a table: name it with --out, such as --out results.parquet.")
    if options.report and options.report.suffix.lower() not in (".html", ".pdf"):
        raise ConfigError(f"Reports are written as .html or .pdf, got {options.report.name!r}.")
    predictor = Predictor.load(options.model)
    if options.out:
        return _write_table(predictor, options)
    failed = False
    rows = []
    for answer in _answers(predictor, _files(options.files), top=options.top):
        failed |= "error" in answer
        if options.json:
            # Not in Unicode: a file name that is no valid text still makes valid JSON.
            print(json.dumps(answer), flush=True)
        else:
            rows.append(_row(answer, top=options.top or 3))
    if rows:
        print(text_table(rows))
        print(f"\nModel: {predictor.card.title}. Acted speech and single clips: read the model's card for its limits.")
    return int(failed)


def _write_table(predictor, options: argparse.Namespace) -> int:
    """Judge everything into a table, and say how it went."""
    from ser_core import batch
    from ser_core.settings import models_dir

    tasks = batch.find(map(Path, options.files))
    model = models_dir() / predictor.card.id
    how = {"workers": options.workers, "dask": options.dask}
    table = batch.predict_all(tasks, model, options.out, **how, progress=progress_bar())
    failed = table["error"].notna()
    counts = table["label"].value_counts()
    said = [f"{counts[name]} {EMOTIONS[name].adjective}" for name in EMOTIONS.ordered(counts.index)]
    unanswered = int(table["abstained"].fillna(False).sum())
    if unanswered:
        said.append(f"{unanswered} without an answer")
    summary = ", ".join(said) or "none could be judged"
    print(f"{len(table)} files: {summary}; {int(failed.sum())} could not be judged.")
    print(f"Written to {options.out}; model: {predictor.card.title}.")
    if options.report:
        _write_report(table, predictor.card, options)
    return int(failed.any())


def _write_report(table, card, options: argparse.Namespace) -> None:
    from ser_core.files import write_bytes
    from ser_core.reports import pdf, to_html
    from ser_core.reports.batch import batch_report

    name = options.files[0] if len(options.files) == 1 else f"{len(options.files)} paths"
    page = to_html(batch_report(table, card, name=name))
    write_bytes(options.report, pdf.to_pdf(page) if options.report.suffix.lower() == ".pdf" else page.encode())
    print(f"Report written to {options.report}.")


def _files(paths: list[str]) -> Iterator[str]:
    """The files, and those of the folders, in the order given; a folder without any stands for itself."""
    for path in paths:
        inside = []
        if Path(path).is_dir():
            from ser_core.corpora.scan import audio_files

            inside = [str(file) for file in audio_files(Path(path))]
        yield from inside or [path]


def _answers(predictor, files: Iterable[str], *, top: int | None) -> Iterator[dict[str, Any]]:
    for file in files:
        try:
            prediction = predictor.predict(file)
        except AudioError as error:
            yield {"path": file, "error": str(error)}
            continue
        answer = {
            "path": file,
            "label": prediction.label,
            "probabilities": prediction.probabilities,
            "uncertain": prediction.uncertain,
            "abstained": prediction.abstained,
            "reason": prediction.reason,
            "model": prediction.model,
            "seconds": round(prediction.seconds, 6),
        }
        if top is not None:
            answer["top"] = [{"label": name, "probability": p} for name, p in prediction.top[:top]]
        yield answer


def _row(answer: dict[str, Any], *, top: int) -> dict[str, str]:
    file = answer["path"].encode("utf-8", "backslashreplace").decode("utf-8")
    if "error" in answer:
        return {"file": file, "sounds": "-", "probabilities": "-", "note": answer["error"]}
    best = sorted(answer["probabilities"].items(), key=lambda item: -item[1])[:top]
    if answer["abstained"]:
        return {"file": file, "sounds": "no answer", "probabilities": "-", "note": answer["reason"]}
    return {
        "file": file,
        "sounds": EMOTIONS[answer["label"]].adjective,
        "probabilities": ", ".join(f"{name} {p:.0%}" for name, p in best),
        "note": f"uncertain ({answer['reason']})" if answer["uncertain"] else "",
    }


def _top(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= len(EMOTIONS):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {len(EMOTIONS)}, got {text!r}")
    return int(text)
