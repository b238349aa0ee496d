"""The demo corpus that ships: synthetic voices, made by a script of this project, to look around without a download."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ser_core import settings
from ser_core.corpora.base import Corpus
from ser_core.corpora.records import Clip
from ser_core.labels import EMOTIONS


class Demo(Corpus):
    """The synthetic demo corpus. Its ``manifest.csv`` holds the labels; paths are relative to its own folder."""

    name = "demo"
    title = "Synthetic demo voices"
    description = (
        "Speech made by a machine with emotional prosody, several voices, all eight emotions. It shows how the pages "
        "work; it says nothing about how people sound."
    )
    language = "en"
    licence = "CC0 1.0"
    licence_url = "https://creativecommons.org/publicdomain/zero/1.0/"
    citation = "Made by a script of this project."
    how_to_get = "It ships with the project: restore data/demo from the repository."
    synthetic = True
    labels = {name: name for name in EMOTIONS}
    words = labels

    def base(self, root: Path | str | None = None) -> Path:
        """Folder that ships, whatever the data root."""
        return settings.demo_dir()

    def folder(self, root: Path | str | None = None) -> Path:
        """Folder that ships, whatever the data root."""
        return settings.demo_dir()

    @property
    def expected(self) -> dict[str, int]:
        """Counts of its manifest."""
        table = self._table()
        return {"clips": len(table), "speakers": int(table["speaker"].nunique())}

    def clips(self, root: Path | str | None = None) -> Iterator[Clip]:
        """The clips of its manifest whose files are here."""
        table = self._table()
        for row in table.astype(object).where(table.notna(), None).to_dict("records"):
            file = self.clip_path(row["file"])
            if file is not None:
                yield Clip(
                    key=file.stem,
                    file=file,
                    speaker=row["speaker"],
                    sex=row["sex"],
                    language=row["language"],
                    emotion=EMOTIONS[row["emotion"]].name,
                    label=row["emotion"],
                    intensity=row["intensity"],
                    text=row["text"],
                )

    def _table(self) -> pd.DataFrame:
        columns = ["file", "speaker", "sex", "emotion", "intensity", "text", "language"]
        file = self.folder() / "manifest.csv"
        if not file.is_file():
            return pd.DataFrame(columns=columns, dtype="str")
        # Only an empty cell is unknown: "None" or "NA" may be a text.
        return pd.read_csv(file, dtype="str", keep_default_na=False, na_values=[""]).reindex(columns=columns)


CORPUS = Demo()
