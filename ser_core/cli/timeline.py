"""``timeline``: how a long recording sounds, stretch by stretch."""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from ser_core.cli.terminal import progress_bar, text_table


def add_parser(subparsers) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "timeline",
        help="say how a long recording sounds, stretch by stretch",
        description="Find where somebody speaks in a recording of any length, and judge each stretch of speech.",
    )
    parser.add_argument("file", metavar="FILE", help="audio file, up to 24 hours")
    parser.add_argument("--model", default="default", metavar="NAME", help="model to ask (default: the best one)")
    parser.add_argument("--json", action="store_true", help="one JSON object per segment and line, as they come")
    parser.add_argument(
        "--smooth",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how long an emotion is expected to last; neighbours then help each other (default: 0, each by itself)",
    )
    parser.add_argument(
        "--speakers",
        metavar="N",
        help="also tell likely speakers apart: their number, or auto to find it out (default: do not)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="also write the timeline there, by the ending .csv, .json, .textgrid, .rttm or .eaf; may be given again",
    )
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Print the segments and write the files asked for."""
    from ser_core.errors import ConfigError
    from ser_core.files import write_bytes
    from ser_core.recordings import FORMATS, export, make_timeline, segments
    from ser_core.recordings.speakers import likely_speakers, voices
    from ser_core.recordings.working_copy import WorkingCopy
    from ser_core.serving import Predictor

    for out in options.out:
        if _form(out) not in FORMATS:
            raise ConfigError(f"A timeline is written as {', '.join(FORMATS)}, got {out.name!r}.")
    if options.smooth < 0:
        raise ConfigError(f"--smooth takes seconds from 0 on, got {options.smooth:g}.")
    n_speakers = _speakers(options.speakers)
    predictor = Predictor.load(options.model)
    if options.json and not options.out and not options.smooth and not options.speakers:
        for segment in segments(options.file, predictor):
            print(json.dumps(segment.to_dict()), flush=True)
        return 0
    with tempfile.TemporaryDirectory(prefix="ser-timeline-") as folder:
        copy = WorkingCopy(Path(folder) / "heard") if options.speakers else None
        tap = copy.add if copy else None
        timeline = make_timeline(options.file, predictor, smoothing_s=options.smooth, tap=tap, progress=progress_bar())
        if copy:
            heard = voices(timeline.segments, copy.excerpt, progress=progress_bar())
            told_apart = likely_speakers(timeline.segments, heard, n_speakers=n_speakers)
            timeline = replace(timeline, segments=tuple(told_apart))
    for out in options.out:
        write_bytes(out, export(timeline, form=_form(out), name=Path(options.file).name).encode())
    if options.json:
        for segment in timeline.segments:
            print(json.dumps(segment.to_dict()))
    else:
        rows = [_row(segment, speakers=options.speakers is not None) for segment in timeline.segments]
        print(text_table(rows) if rows else "Nobody speaks.")
    return 0


def _speakers(text: str | None) -> int | None:
    """The number of speakers that was given, None where it is to be found out or nobody asked.

    Raises
    ------
    ConfigError
        If it is no such number.
    """
    from ser_core.errors import ConfigError
    from ser_core.recordings.speakers import MOST

    if text in (None, "auto"):
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise ConfigError(f"--speakers takes 1 to {MOST} or auto, got {text!r}.")
    return int(text)


def _form(file: Path) -> str:
    return file.suffix.lower().removeprefix(".")


def _row(segment, *, speakers: bool) -> dict[str, str]:
    from ser_core.recordings.export import NO_ANSWER

    return {
        "start": f"{segment.start:.2f} s",
        "end": f"{segment.end:.2f} s",
        **({"speaker": segment.speaker or ""} if speakers else {}),
        "sounds": segment.answer or NO_ANSWER,
        "probability": "" if segment.abstained else f"{segment.confidence:.0%}",
        "note": f"uncertain ({segment.reason})" if segment.uncertain else "",
    }
