"""What stands on both sides of a split: recordings, and sentences."""

import numpy as np
import pandas as pd

from ser_core.audit.copies import Copy, recordings
from ser_core.audit.finding import Finding
from ser_core.audit.subjects import Group
from ser_core.errors import ConfigError
from ser_core.evaluation import protocols
from ser_core.evaluation.protocols import Protocol

MOST_NAMED = 50
"""Up to this many pairs of a corpus are named one by one."""
_SEED = 0


def check(clips: pd.DataFrame, groups: list[Group], copies: list[Copy], *, protocol: str) -> list[Finding]:
    """Findings of the kinds split-duplicate and shared-sentences: the folds of a protocol, drawn with seed 0.

    Parameters
    ----------
    clips : pd.DataFrame
        From `ser_core.audit.run.look`.
    groups : list of Group
        What they belong to; each is split by itself.
    copies : list of Copy
        Pairs of one recording among the clips.
    protocol : str
        Name of the protocol.

    Raises
    ------
    ConfigError
        If there is no such protocol.
    """
    chosen = protocols.get(protocol)
    recording = recordings(clips, copies)
    found = []
    for group in groups:
        rows = clips[(clips["group"] == group.name) & ~clips["extra"] & clips["emotion"].notna()]
        if rows.empty:
            continue
        rows = rows.assign(recording=recording[rows.index])
        try:
            pool = chosen.pool(rows)
            splits = list(chosen.splits(pool, seed=_SEED))
        except (ConfigError, ValueError) as error:
            # Too few speakers, or too few clips of an emotion to stand in every fold.
            detail = f"The protocol {protocol!r} cannot be applied: {error}"
            found.append(Finding("split-duplicate", None, detail, "info", (), group.name))
            continue
        found += _recordings(pool, splits, group, chosen)
        found += _sentences(pool, splits, group, protocol=protocol)
    return found


def _recordings(pool: pd.DataFrame, splits: list, group: Group, protocol: Protocol) -> list[Finding]:
    """Test examples whose recording is known to the training, named by pairs of clips or counted."""
    pairs: dict[tuple[str, str], int] = {}
    known = tested = 0
    recording, clip_id = pool["recording"].to_numpy(), pool["clip_id"].str.partition("#")[0].to_numpy()
    for split in splits:
        seen = np.r_[split.train, split.validation]
        first = dict(zip(recording[seen][::-1], clip_id[seen][::-1], strict=True))
        inside = [row for row in split.test if recording[row] in first]
        known, tested = known + len(inside), tested + len(split.test)
        for row in inside:
            pairs.setdefault((clip_id[row], first[recording[row]]), split.fold)
    if not pairs:
        return []
    if len(pairs) > MOST_NAMED or "clips" in protocol.leaks:
        detail = f"Under {protocol.name!r}, {known:,} of {tested:,} test examples are recordings that are trained on."
        return [Finding("split-duplicate", None, detail, "error", tuple(sorted({a for a, _ in pairs})), group.name)]
    return [
        Finding(
            "split-duplicate",
            test,
            f"Under {protocol.name!r}, fold {fold + 1}, this recording is tested, and trained on as {train}.",
            "error",
            (train,),
            group.name,
        )
        for (test, train), fold in pairs.items()
    ]


def _sentences(pool: pd.DataFrame, splits: list, group: Group, *, protocol: str) -> list[Finding]:
    """How many sentences of the test clips also stand in training."""
    text = pool["text"]
    known = [text.iloc[split.test].isin(set(text.iloc[split.train].dropna())).sum() for split in splits]
    tested = [text.iloc[split.test].notna().sum() for split in splits]
    if not sum(known):
        return []
    detail = (
        f"Under {protocol!r}, {sum(known):,} of {sum(tested):,} test examples say a sentence that stands in training "
        f"too ({text.nunique()} sentences in all): what is learnt may lean on the words."
    )
    return [Finding("shared-sentences", None, detail, "info", (), group.name)]
