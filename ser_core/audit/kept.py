"""Reports that were made before: those that ship, and those of this machine."""

import contextlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core import corpora, settings
from ser_core.audit.facts import facts
from ser_core.audit.finding import Finding, Report
from ser_core.audit.subjects import Group
from ser_core.corpora.tables import write_table
from ser_core.files import atomic_path, read_parquet
from ser_core.hashing import canonical_hash

SHIPPED = ("cremad", "emodb", "ravdess", "savee", "tess")
"""Corpora that were audited together for the report that ships."""
# What the figures draw; a report that ships keeps no more.
_SHIPPED_COLUMNS = ("decoded_s", "lead_s", "trail_s", "level_db", "peak_db", "sampling_rate")
_DECIMALS = 3
_MOST_KEPT = 24


def shipped_files() -> tuple[Path, Path]:
    """Where the findings and the measurements that ship lie, whether or not they are there."""
    return settings.tables_dir() / "audit.parquet", settings.tables_dir() / "audit-clips.parquet"


def write_shipped(report: Report) -> tuple[Path, Path]:
    """Write a report of `SHIPPED` as the one that ships."""
    findings, clips = shipped_files()
    write_table(report.to_frame(), findings)
    kept = report.clips[["clip_id", *_SHIPPED_COLUMNS]]
    numbers = kept[list(_SHIPPED_COLUMNS)].round(_DECIMALS).astype(np.float32)
    write_table(pd.concat([kept[["clip_id"]], numbers], axis=1), clips)
    return findings, clips


def shipped(names: Sequence[str]) -> Report | None:
    """The part of the report that ships that is about some corpora; None if it is not about all of them.

    Findings between two corpora are told where both are asked for.
    """
    findings_file, clips_file = shipped_files()
    if not set(names) <= set(SHIPPED) or not (findings_file.is_file() and clips_file.is_file()):
        return None
    known = [corpora.get(name).shipped_manifest()[["clip_id", "corpus", "speaker", "emotion"]] for name in names]
    clips = pd.concat(known, ignore_index=True).merge(read_parquet(clips_file), on="clip_id")
    inside = set(names)

    def belongs(finding: Finding) -> bool:
        return {clip_id.partition("/")[0] for clip_id in finding.clips} <= inside and finding.corpus in {*inside, None}

    found = tuple(filter(belongs, _findings(read_parquet(findings_file))))
    groups = [Group(name, corpora.get(name).title, corpora.get(name)) for name in names]
    return Report(found, facts(clips, groups, found), clips)


def key(names: Iterable[str], hashes: Iterable[str], *, protocol: str | None = None) -> str:
    """Name of the report about these corpora with these files (SHA-256), under that protocol."""
    return canonical_hash({"names": sorted(names), "files": sorted(set(hashes)), "protocol": protocol})


def save(report: Report, name: str) -> None:
    """Keep a report in the cache; the oldest beyond `_MOST_KEPT` go. A full disk costs the cache only."""
    folder = _folder()
    with contextlib.suppress(OSError):
        write_table(report.clips, folder / f"{name}-clips.parquet")
        with atomic_path(folder / f"{name}.json") as temporary:
            temporary.write_text(json.dumps(report.to_dict()), encoding="utf-8")
        for old in sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime)[:-_MOST_KEPT]:
            old.with_name(f"{old.stem}-clips.parquet").unlink(missing_ok=True)
            old.unlink(missing_ok=True)


def load(name: str) -> Report | None:
    """A report from the cache; None where there is none."""
    folder = _folder()
    try:
        stored = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        clips = read_parquet(folder / f"{name}-clips.parquet")
        found = [Finding(**{**fields, "others": tuple(fields["others"])}) for fields in stored["findings"]]
        return Report(tuple(found), stored["facts"], clips)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stamp(name: str) -> int:
    """Time at which a report was kept, ns; 0 where there is none."""
    try:
        return (_folder() / f"{name}.json").stat().st_mtime_ns
    except OSError:
        return 0


def _folder() -> Path:
    return settings.cache_dir() / "audit-reports"


def _findings(table: pd.DataFrame) -> list[Finding]:
    """Back from `Report.to_frame`."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [Finding(**{**row, "others": tuple((row["others"] or "").split())}) for row in rows]
