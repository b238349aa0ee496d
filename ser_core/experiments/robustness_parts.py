"""What a measurement of robustness has found so far, one file for each condition, and the table they become."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core.augment import Chain
from ser_core.corpora.tables import write_table
from ser_core.evaluation.robustness import CONDITIONS, Condition
from ser_core.files import read_parquet, write_json
from ser_core.hashing import canonical_hash


@dataclass(frozen=True)
class Parts:
    """Where a measurement is kept.

    Attributes
    ----------
    table : Path
        File of the whole; notes and parts stand beside it.
    key : str
        Tells the measurement from those of other models or clips.
    """

    table: Path
    key: str

    @property
    def _notes(self) -> Path:
        return self.table.with_suffix(".json")

    @property
    def _parts(self) -> Path:
        return self.table.with_name(f"{self.table.stem}-parts")

    def of(self, condition: Condition) -> Path:
        """File of what was answered under a condition."""
        versions = [Chain.from_text(text).to_list() for text in condition.chains]
        return self._parts / f"{condition.name}-{canonical_hash({'key': self.key, 'chains': versions})}.parquet"

    def import_finished(self) -> None:
        """Make parts of what an earlier measurement of the same models and clips left: it is not done again."""
        try:
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
            if notes.get("key") != self.key:
                return
            table = read_parquet(self.table)
        except (OSError, ValueError):
            return
        for name, rows in table.groupby("condition", observed=True):
            if name in CONDITIONS and not (part := self.of(CONDITIONS[name])).is_file():
                write_table(rows.reset_index(drop=True), part)

    def finish(self, share: float) -> pd.DataFrame:
        """Join the parts, also those of conditions asked for earlier, into the table.

        Parameters
        ----------
        share : float
            Of the clips that were judged, for the notes.
        """
        tables = [read_parquet(part) for part in map(self.of, CONDITIONS.values()) if part.is_file()]
        table = pd.concat(tables, ignore_index=True)
        small = ["condition", "clip_id", "speaker", "emotion", "answer"]
        table = table.astype({**dict.fromkeys(small, "category"), "confidence": np.float32})
        write_table(table, self.table)
        write_json(self._notes, {"key": self.key, "share": share, "conditions": sorted(set(table["condition"]))})
        shutil.rmtree(self._parts)
        return table
