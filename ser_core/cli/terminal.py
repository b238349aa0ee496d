"""What the verbs share: progress on the terminal and tables of text."""

import dataclasses
import json
import sys
from collections.abc import Sequence

from ser_core.progress import Progress, ProgressCallback

_BAR = 24


def progress_bar(stream=None) -> ProgressCallback:
    """A callback that draws progress on one line of a terminal, or a line per tenth where the output is a file."""
    stream = stream if stream is not None else sys.stderr
    live = stream.isatty()
    last = {"text": None, "tenth": None}

    def show(progress: Progress) -> None:
        fraction = progress.fraction
        left = "" if progress.seconds_left is None else f", {duration(progress.seconds_left)} left"
        count = amount(progress.done, progress.unit)
        if progress.total is not None:
            count = f"{count} of {amount(progress.total, progress.unit)}"
        if live:
            filled = round(_BAR * (fraction or 0))
            text = f"\r{progress.message} [{'#' * filled}{'.' * (_BAR - filled)}] {count} {progress.unit}{left}"
            stream.write(text.ljust(len(last["text"] or "")))
            if fraction == 1:
                stream.write("\n")
            last["text"] = text
        else:
            tenth = (progress.message, int(10 * (fraction or 0)))
            if tenth != last["tenth"]:
                stream.write(f"{progress.message}: {count} {progress.unit}{left}\n")
            last["tenth"] = tenth
        stream.flush()

    return show


def progress_lines(stream, *, level: str = "run") -> ProgressCallback:
    """A callback for other programs to read: each report as a line of JSON, the fields of `Progress` and ``level``."""

    def show(progress: Progress) -> None:
        print(json.dumps({"level": level, **dataclasses.asdict(progress)}), file=stream, flush=True)

    return show


def amount(value: int, unit: str) -> str:
    """A count as people read it; bytes in MB.

    Examples
    --------
    >>> amount(208_468_073, "bytes")
    '208.5 M'
    >>> amount(48, "clips")
    '48'
    """
    return f"{value / 1e6:.1f} M" if unit == "bytes" else str(value)


def duration(seconds: float) -> str:
    """Seconds as people read them.

    Examples
    --------
    >>> duration(42.3), duration(200), duration(8000)
    ('42 s', '3 min 20 s', '2 h 13 min')
    """
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def text_table(rows: Sequence[dict], columns: Sequence[str] | None = None) -> str:
    """Rows as aligned text; numbers to the right, shares with three digits.

    Examples
    --------
    >>> print(text_table([{"run": "a", "uar": 0.5}, {"run": "long name", "uar": None}]))
    run          uar
    a          0.500
    long name      -
    """
    if not rows:
        return "nothing to show"
    columns = list(columns or rows[0])
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    right = [all(isinstance(row.get(name), int | float | None) for row in rows) for name in columns]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(columns)]

    def line(values: Sequence[str]) -> str:
        parts = [value.rjust(w) if r else value.ljust(w) for value, w, r in zip(values, widths, right, strict=True)]
        return "  ".join(parts).rstrip()

    return "\n".join([line(columns), *(line(values) for values in cells)])


def _cell(value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    return str(value)
