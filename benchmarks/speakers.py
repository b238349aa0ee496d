"""Likely speakers: how often they are wrong, on stitched talks of voices that the projection never saw."""

from pathlib import Path

import numpy as np
import pandas as pd

from scripts.make_voices import LAST_ACTOR, confusion
from ser_core import corpora
from ser_core.audio import open_recording
from ser_core.corpora import Corpus
from ser_core.recordings import Segment, Span
from ser_core.recordings.cutter import Cutter
from ser_core.recordings.speakers import likely_speakers, voices
from ser_core.recordings.stitching import clips_of, stitch
from ser_core.recordings.working_copy import WorkingCopy

TALKS, CLIPS = 10, 40
_COUNTS = (2, 3, 4)


def rows(folder: Path) -> list[dict]:
    """Rows for each corpus that is here and was not learnt from."""
    found = []
    for name in ("cremad", "emodb", "savee"):
        corpus = corpora.get(name)
        if corpus.is_present():
            found += _corpus(folder, corpus)
    return found


def _corpus(folder: Path, corpus: Corpus) -> list[dict]:
    table = corpus.manifest()
    if corpus.name == "cremad":
        table = table[table["speaker"].astype(int) > LAST_ACTOR]
    found = []
    for n in _COUNTS:
        wrong, wrong_unknown, counted = [], [], []
        for talk in range(TALKS):
            given, guessed, right = _talk(folder, corpus, table, n=n, seed=talk)
            wrong.append(given)
            wrong_unknown.append(guessed)
            counted.append(right)
        words = f"likely speakers, {n} of {corpus.title}, {TALKS} talks of {CLIPS} clips"
        found += [
            {"what": f"{words}: wrong, number given", "value": np.mean(wrong), "unit": "of time", "limit": None},
            {
                "what": f"{words}: wrong, number unknown",
                "value": np.mean(wrong_unknown),
                "unit": "of time",
                "limit": None,
            },
            {"what": f"{words}: number found out", "value": np.mean(counted), "unit": "of talks", "limit": None},
        ]
    return found


def _talk(folder: Path, corpus: Corpus, table: pd.DataFrame, *, n: int, seed: int) -> tuple[float, float, bool]:
    """Share of the time given to the wrong speaker where their number is known, where not, and whether it is found."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(np.sort(table["speaker"].unique()), n, replace=False)
    some = table[table["speaker"].isin(chosen)]
    some = some.groupby("speaker", group_keys=False).sample(n=CLIPS // n, random_state=seed)
    file = folder / "talk.wav"
    spoken = stitch(file, clips_of(corpus, some.sample(frac=1.0, random_state=seed)), seed=seed)
    copy = WorkingCopy(folder / "talk.copy")
    spans = _spans(file, copy)
    segments = [Segment(span.start, span.end, span.turn, "neutral", {"neutral": 1.0}, False, None) for span in spans]
    heard = voices(segments, copy.excerpt)
    who = np.array([_speaker(segment, spoken) for segment in segments])
    seconds = np.array([segment.duration_s for segment in segments])
    wrong = []
    for known in (n, None):
        letters = np.array([s.speaker or "-" for s in likely_speakers(segments, heard, n_speakers=known)])
        wrong.append(confusion(who, letters, seconds))
    return wrong[0], wrong[1], len(set(letters) - {"-"}) == n


def _spans(file: Path, copy: WorkingCopy) -> list[Span]:
    """Where somebody speaks, without any judgement of how."""
    cutter, found = Cutter(), []
    with open_recording(file) as recording:
        for block in recording.blocks:
            copy.add(block)
            found += [span for span, _ in cutter(block)]
    return found + [span for span, _ in cutter.finish()]


def _speaker(segment: Segment, spoken) -> str:
    overlaps = [min(each.end, segment.end) - max(each.start, segment.start) for each in spoken]
    return spoken[int(np.argmax(overlaps))].clip.speaker
