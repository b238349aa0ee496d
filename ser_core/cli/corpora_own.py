"""``corpora check``, ``add`` and ``remove``: a user's own corpus."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ser_core.cli.terminal import progress_bar, text_table
from ser_core.errors import ConfigError

if TYPE_CHECKING:
    from ser_core.corpora.own import Definition, Finding, Reading

_SHOWN = 40


def add_parser(verbs) -> None:
    """Add the verbs to those of ``corpora``."""
    check = verbs.add_parser(
        "check",
        help="say what would be read of a folder or table of your own, row by row",
        description="Dry run of `add`: reads a folder (a subfolder per emotion) or a table (.csv, .tsv, .jsonl, "
        ".parquet), listens to every clip, and reports what is wrong with each. Exit status: 0 nothing, 1 something, "
        "2 it cannot be read at all.",
    )
    check.add_argument("source", type=Path, metavar="FILE|DIR", help="a table, or a folder of audio")
    _add_mapping(check)
    check.add_argument("--json", action="store_true", help="one finding per line: row, file, kind, message")
    check.set_defaults(handler=check_source)

    add = verbs.add_parser(
        "add",
        help="add a corpus of your own: a folder per emotion, or a table",
        description="Add a corpus of your own. Its files stay where they are; only what describes it is kept "
        "(SER_OWN_DIR, else data/own). Look with `corpora check` first.",
    )
    add.add_argument("name", metavar="NAME", help="small letters, digits and hyphens")
    source = add.add_mutually_exclusive_group(required=True)
    source.add_argument("--folder", type=Path, metavar="DIR", help="folder with a subfolder per emotion, at any depth")
    source.add_argument("--table", type=Path, metavar="FILE", help=".csv, .tsv, .jsonl or .parquet, a row per clip")
    _add_mapping(add)
    for name in ("title", "description", "licence", "licence-url", "citation"):
        add.add_argument(f"--{name}", default="", metavar="TEXT")
    add.add_argument("--language", default="", metavar="CODE", help="ISO 639 code, such as en or de")
    add.add_argument("--replace", action="store_true", help="replace a corpus of your own of that name")
    add.add_argument("--json", action="store_true", help="one finding per line, then the corpus as `corpora` lists it")
    add.set_defaults(handler=add_corpus)

    remove = verbs.add_parser(
        "remove",
        help="forget a corpus of your own",
        description="Forget a corpus of your own. Audio that you added in place is left alone; audio that was uploaded "
        "in the page is deleted.",
    )
    remove.add_argument("name", metavar="NAME", help="name of a corpus that you added")
    remove.set_defaults(handler=remove_corpus)


def _add_mapping(parser: argparse.ArgumentParser) -> None:
    """What decides how a folder or table is read."""
    parser.add_argument(
        "--map",
        nargs="+",
        action="extend",
        default=[],
        metavar="FIELD=COLUMN",
        help="column of a table that says something: path, emotion, speaker, sex, age, intensity, text, language, "
        "valence, arousal, dominance; fields not named are guessed by the columns' names, FIELD= means none",
    )
    parser.add_argument(
        "--labels",
        nargs="+",
        action="extend",
        default=[],
        metavar="WORD=EMOTION,...",
        help="what your words mean, WORD=none where there is no counterpart; goes before the common words",
    )
    parser.add_argument("--audio", type=Path, metavar="DIR", help="folder that the paths of a table start from")
    parser.add_argument(
        "--speaker-from", default="", metavar="REGEX", help="finds the speaker, its first group, in a file's name"
    )
    parser.add_argument(
        "--speaker-folder", type=int, metavar="N", help="the folder that names the speaker: 1 outermost, -1 innermost"
    )
    parser.add_argument(
        "--scale", metavar="MIN,MAX", help="ends of the scale of valence, arousal and dominance (default: -1,1)"
    )
    parser.add_argument("--no-audio", action="store_true", help="do not listen to the clips")


def check_source(options: argparse.Namespace) -> int:
    """Report what is wrong with a folder or table, and what would be read of it."""
    from ser_core.corpora.own import read
    from ser_core.corpora.own.store import require_clips

    folder, table = (options.source, None) if options.source.is_dir() else (None, options.source)
    definition = _definition(options, name="check", folder=folder, table=table)
    reading = read(definition, progress=progress_bar())
    findings = reading.findings + _listen(options, definition, reading)
    _print_findings(findings, as_json=options.json)
    _print_summary(definition, reading, findings, stream=sys.stderr if options.json else sys.stdout)
    require_clips(reading)
    return int(bool(findings))


def add_corpus(options: argparse.Namespace) -> int:
    """Add a corpus after checking it."""
    from ser_core.corpora.own import add, read
    from ser_core.corpora.own.store import check_free

    check_free(options.name, replace=options.replace)
    texts = ("title", "description", "language", "licence", "licence_url", "citation")
    about = {name: getattr(options, name) for name in texts}
    definition = _definition(options, name=options.name, folder=options.folder, table=options.table, **about)
    reading = read(definition, progress=progress_bar())
    findings = reading.findings + _listen(options, definition, reading)
    _print_findings(findings, as_json=options.json)
    corpus, reading = add(definition, replace=options.replace)
    if options.json:
        print(json.dumps(corpus.summary(progress=progress_bar())))
        return 0
    _print_summary(definition, reading, findings, stream=sys.stdout)
    print(f"Added {corpus.name}: {len(reading.clips)} clips in {corpus.folder()}.")
    return 0


def remove_corpus(options: argparse.Namespace) -> int:
    """Forget a corpus."""
    from ser_core.corpora.own import remove

    deleted = remove(options.name)
    print(f"Removed {options.name}; {'its uploaded audio was deleted' if deleted else 'its audio was left alone'}.")
    return 0


def _definition(
    options: argparse.Namespace, *, name: str, folder: Path | None, table: Path | None, **about
) -> "Definition":
    from ser_core.corpora.own import Definition, guess_columns, read_table

    columns = {}
    if table is not None:
        asked = _pairs(options.map, what="--map")
        columns = {**guess_columns(read_table(table)), **asked}
        columns = {field: column for field, column in columns.items() if column}
        guessed = [f"{field}={column}" for field, column in columns.items() if field not in asked]
        if guessed:
            print(f"Columns by their names (change with --map): {', '.join(guessed)}", file=sys.stderr)
        folder = options.audio or table.absolute().parent
    elif options.map or options.audio or options.scale:
        raise ConfigError("--map, --audio and --scale belong to a table; this is a folder.")
    pieces = [piece for text in options.labels for piece in _split(text)]
    labels = {word: None if to in ("none", "") else to for word, to in _pairs(pieces, what="--labels").items()}
    scale = {"scale": options.scale.split(",")} if options.scale else {}
    return Definition(
        name,
        folder,
        table=table,
        columns=columns,
        labels=labels,
        speaker_folder=options.speaker_folder,
        speaker_pattern=options.speaker_from,
        **scale,
        **about,
    )


def _split(text: str) -> list[str]:
    """Pairs divided by commas; a comma within a word stays where the parts are no pairs."""
    parts = text.split(",")
    return parts if all("=" in part for part in parts) else [text]


def _pairs(texts: list[str], *, what: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        left, sign, right = text.rpartition("=")
        if not sign or not left.strip():
            raise ConfigError(f"{what} takes pairs such as emotion=label, got {text!r}.")
        pairs[left.strip()] = right.strip()
    return pairs


def _listen(options: argparse.Namespace, definition: "Definition", reading: "Reading") -> "list[Finding]":
    from ser_core.corpora.own.check import check_audio

    if options.no_audio:
        return []
    return check_audio(reading, base=definition.folder, progress=progress_bar())


def _print_findings(findings: "list[Finding]", *, as_json: bool) -> None:
    if as_json:
        for finding in findings:
            print(json.dumps(finding.to_dict()))
        return
    for finding in findings[:_SHOWN]:
        where = f"row {finding.row}: " if finding.row is not None else ""
        print(f"{where}{finding.kind}: {finding.message}")
    if len(findings) > _SHOWN:
        print(f"... and {len(findings) - _SHOWN} more; --json prints them all.")


def _print_summary(definition: "Definition", reading: "Reading", findings: "list[Finding]", *, stream) -> None:
    from ser_core.corpora.own import by_kind

    rows = [
        {
            "label": label.word,
            "clips": label.clips,
            "emotion": label.meaning.emotion or ("no counterpart" if label.meaning.known else "unknown"),
        }
        for label in reading.labels
    ]
    if rows:
        print(f"\n{text_table(rows)}", file=stream)
    unknown = sum(clip.speaker is None for clip in reading.clips)
    speakers = f"{reading.speakers} speakers" + (f", {unknown} clips of unknown speakers" if unknown else "")
    kinds = ", ".join(f"{count} {kind}" for kind, count in by_kind(findings).items())
    what = "rows" if definition.table else "files"
    print(f"\n{len(reading.clips)} clips of {reading.seen} {what}, {speakers}. {kinds}".rstrip(), file=stream)
    if unknown:
        print(
            "Unseen-speaker tests need speakers: name them with --map speaker=..., --speaker-from or --speaker-folder.",
            file=stream,
        )
