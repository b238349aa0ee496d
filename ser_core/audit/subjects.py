"""What is audited: the clips of a manifest, of corpora by name, or the files of any folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from ser_core import corpora
from ser_core.corpora import Corpus, as_manifest
from ser_core.corpora.scan import audio_files, measure
from ser_core.errors import ConfigError, CorpusNotFoundError
from ser_core.progress import CancelCallback, ProgressCallback

# Of the files of a folder, this share must be named as those of a release for the folder to be taken for a part of it.
_RECOGNISED = 0.8
# A shipped manifest of a copy whose clips were all cut to one length tells nothing about lengths.
_ONE_LENGTH = 0.5


@dataclass(frozen=True)
class Group:
    """Clips that belong together: a corpus, or a folder.

    Attributes
    ----------
    name : str
        As in the column ``group``, and in the findings.
    title : str
        For a reader.
    corpus : Corpus or None
        None for a folder.
    """

    name: str
    title: str
    corpus: Corpus | None = None


def gather(
    what: pd.DataFrame | str | Path | Sequence[str | Path],
    *,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> tuple[pd.DataFrame, list[Group]]:
    """The clips to audit.

    Parameters
    ----------
    what : DataFrame, str, Path or sequence
        A manifest; the name of a corpus; a folder or file; or several of the last three.
    root : Path or str, optional
        Data root.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    tuple
        Clips: the columns of a manifest, and ``group``; ``file`` (Path, None where there is none); ``extra`` (a file
        that is no clip of its corpus); ``released_s`` (length of this clip in the release, seconds, NaN where unknown).
        And the groups.

    Raises
    ------
    ConfigError
        If a name is neither a corpus nor a file.
    CorpusNotFoundError
        If a corpus or folder holds no audio.
    """
    if isinstance(what, pd.DataFrame):
        return _of_manifest(what, root=root)
    wanted = [what] if isinstance(what, str | Path) else list(dict.fromkeys(what))
    if not wanted:
        raise ConfigError(f"Nothing to audit; name a corpus ({', '.join(corpora.names())}) or a folder.")
    tables, groups = [], []
    for each in wanted:
        if isinstance(each, str) and each in corpora.names():
            table, group = _of_corpus(corpora.get(each), root=root, progress=progress, cancel=cancel)
        else:
            table, group = _of_path(Path(each), several=len(wanted) > 1, progress=progress, cancel=cancel)
        tables.append(table)
        groups.append(group)
    table = pd.concat(tables, ignore_index=True)
    twice = table["clip_id"][table["clip_id"].duplicated()]
    if len(twice):
        raise ConfigError(f"{twice.iloc[0]!r} is in two of what is to be audited; name each folder once.")
    return table, groups


def released_lengths(clip_ids: pd.Series) -> pd.Series:
    """Length of clips in their release by the manifests that ship, seconds; NaN where unknown or not to be trusted."""
    known: dict[str, float] = {}
    for name in {clip_id.partition("/")[0] for clip_id in clip_ids.dropna()}:
        if name in corpora.builtin_names() and corpora.get(name).manifest_file().is_file():
            shipped = corpora.get(name).shipped_manifest()
            if shipped["duration_s"].round(3).value_counts().iloc[0] < _ONE_LENGTH * len(shipped):
                known.update(zip(shipped["clip_id"], shipped["duration_s"], strict=True))
    return clip_ids.map(known).astype("float64")


def _of_manifest(manifest: pd.DataFrame, *, root: Path | str | None) -> tuple[pd.DataFrame, list[Group]]:
    table = as_manifest(manifest)
    files = [corpora.get(name).clip_path(path, root) for name, path in zip(table["corpus"], table["path"], strict=True)]
    if not any(files):
        raise CorpusNotFoundError("None of the clips of the manifest is on this machine; set SER_DATA_ROOT.")
    groups = [Group(name, corpora.get(name).title, corpora.get(name)) for name in table["corpus"].unique()]
    return _complete(table, files=files, group=table["corpus"]), groups


def _of_corpus(
    corpus: Corpus, *, root: Path | str | None, progress: ProgressCallback | None, cancel: CancelCallback | None
) -> tuple[pd.DataFrame, Group]:
    """The clips of a corpus, and the audio files beside them that are none."""
    table = corpus.manifest(root, progress=progress, cancel=cancel) if corpus.is_present(root) else None
    if table is None:
        raise corpus.not_found(root)
    base = corpus.base(root)
    table = _complete(table, files=[base / path for path in table["path"]], group=corpus.name)
    taken = set(table["file"])
    extra = [file for folder in corpus.folders(root) for file in audio_files(folder) if file not in taken]
    if extra and not getattr(corpus, "own", False):
        rows = _rows(extra, base=base, name=f"{corpus.name}-extra", progress=progress, cancel=cancel)
        rows = rows.assign(corpus=corpus.name)
        table = pd.concat([table, _complete(rows, files=extra, group=corpus.name, extra=True)], ignore_index=True)
    return table, Group(corpus.name, corpus.title, corpus)


def _of_path(
    place: Path, *, several: bool, progress: ProgressCallback | None, cancel: CancelCallback | None
) -> tuple[pd.DataFrame, Group]:
    if not place.exists():
        raise ConfigError(f"{str(place)!r} is neither a folder nor a corpus; there are {', '.join(corpora.names())}.")
    place = place.resolve()
    folder, files = (place, list(audio_files(place))) if place.is_dir() else (place.parent, [place])
    if not files:
        raise CorpusNotFoundError(f"No audio file in {folder}. Name a folder that holds some, at any depth.")
    rows = _rows(files, base=folder, name=f"folder-{folder.name}", progress=progress, cancel=cancel)
    labels, released = _recognised(rows["path"])
    for column in labels:
        rows[column] = labels[column]
    if several:
        rows["clip_id"] = f"{folder.name}/" + rows["path"]
    rows["corpus"] = folder.name
    table = _complete(rows, files=files, group=folder.name)
    return table.assign(released_s=released_lengths(released).to_numpy()), Group(folder.name, folder.name)


def _rows(
    files: list[Path],
    *,
    base: Path,
    name: str,
    progress: ProgressCallback | None,
    cancel: CancelCallback | None,
) -> pd.DataFrame:
    """Rows of a manifest for files of which only the path is known, in their order."""
    paths = [file.relative_to(base).as_posix() for file in files]
    measured = measure(files, folder=base, name=name, progress=progress, cancel=cancel)
    return pd.concat([pd.DataFrame({"clip_id": paths, "path": paths}), measured], axis=1)


def _complete(table: pd.DataFrame, *, files: list[Path | None], group, extra: bool = False) -> pd.DataFrame:
    """The columns of every audited table, in the order of `table`."""
    table = table.assign(file=files, group=group, extra=extra).reset_index(drop=True)
    order = table["clip_id"].argsort(kind="stable")
    full = as_manifest(table).assign(clip_id=table["clip_id"].iloc[order].to_numpy())
    return full.assign(released_s=released_lengths(full["clip_id"]))


def _recognised(paths: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Labels of files that are named as those of a release, and their clip_id there; NA where they are not."""
    best: list[dict | None] = [None] * len(paths)
    for name in corpora.builtin_names():
        corpus = corpora.get(name)
        if corpus.synthetic:
            continue
        try:
            fields = [corpus.parse(PurePosixPath(path)) for path in paths]
        except NotImplementedError:
            continue
        found = [each and {**each, "clip_id": f"{name}/{each['key']}"} for each in fields]
        if sum(map(bool, found)) > max(sum(map(bool, best)), _RECOGNISED * len(paths) - 1):
            best = found
    columns = ("speaker", "sex", "emotion", "label", "intensity", "text", "clip_id")
    table = pd.DataFrame([{column: (each or {}).get(column) for column in columns} for each in best], columns=columns)
    return table.drop(columns="clip_id"), table["clip_id"]
