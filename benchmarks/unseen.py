"""Clips that no bound of a shipped model was fitted on: those of the first test fold of each corpus at hand."""

import pandas as pd

from ser_core import corpora
from ser_core.evaluation import protocols


def corpora_at_hand() -> list[str]:
    """Corpora of real speech on this machine; the synthetic one where there are none."""
    known = [corpora.get(name) for name in corpora.builtin_names()]
    spoken = [each.name for each in known if not each.synthetic and each.name != "ravdess-song" and each.is_present()]
    return spoken or [each.name for each in known if each.synthetic]


def clips_of_unseen_speakers(name: str, *, most: int, seed: int) -> pd.DataFrame:
    """Some clips of a corpus by speakers of its first test fold, drawn at random, with their ``file``."""
    corpus, protocol = corpora.get(name), protocols.get("speaker-independent")
    manifest = corpus.manifest()
    pool = protocol.pool(manifest[manifest["emotion"].notna()])
    clips = pool.iloc[next(iter(protocol.splits(pool, seed=0))).test]
    clips = clips.sample(min(most, len(clips)), random_state=seed)
    return clips.assign(file=[corpus.clip_path(path) for path in clips["path"]])
