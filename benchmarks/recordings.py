"""Timelines: how long hours of speech take, and how well segments match what is known to be said.

The recordings are stitched of clips, so that it is known who speaks when and how it is meant. Accuracy is measured on
the speakers of corpora that the model never saw, on whose single clips it is judged, too: what a timeline loses is the
difference. Of an hour it matters only that it is speech, so the demo voices that ship will do.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.speakers import rows as speaker_rows
from ser_core import corpora, settings
from ser_core.corpora import Corpus
from ser_core.errors import AudioError
from ser_core.evaluation import Interval
from ser_core.labels import EMOTIONS
from ser_core.recordings import Segment, make_timeline
from ser_core.recordings.stitching import Clip, Spoken, clips_of, stitch
from ser_core.serving import Predictor, available_models

HOUR_S = 3600.0
NEAR_S = 0.3
"""How far a boundary may lie from the beginning or end of a clip's speech, seconds."""

CLIPS = 480
_ROUNDS = 1000
# Pauses of who hardly stops speaking, seconds: the more speech in an hour, the longer it takes.
_BREATH_S = (0.2, 0.5)
SIZES = {"quick": 1.0, "full": 10.0}
"""Size -> hours of the longest recording; quick measures accuracy with the default model only."""

_JOB = """
import json, resource, sys, time
from ser_core.recordings import segments
from ser_core.serving import Predictor
predictor = Predictor(sys.argv[1])
start, used, first, count = time.perf_counter(), time.process_time(), None, 0
for segment in segments(sys.argv[2], predictor):
    count += 1
    if first is None:
        first = time.perf_counter() - start
wall, used = time.perf_counter() - start, time.process_time() - used
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"wall": wall, "cpu": used, "first": first, "segments": count, "peak": peak}))
"""


def measure(folder: Path, *, size: str = "quick") -> list[dict]:
    """Rows for the time that recordings take and for how well they are cut and judged."""
    cards = available_models()
    if not cards:
        return [{"what": "recordings: no model ships yet, see `make models`", "value": None, "unit": "", "limit": None}]
    rows = []
    for hours in sorted({1.0, SIZES[size]}):
        rows += _speed(folder, hours=hours, cards=cards if hours == 1 else cards[:1])
    for card in cards if size == "full" else cards[:1]:
        predictor = Predictor(settings.models_dir() / card.id)
        for corpus in _measured():
            unseen = corpus.name not in card.corpora
            # Where speech is cut has nothing to do with what the model was trained on.
            if unseen or card == cards[0]:
                rows += _accuracy(folder, predictor, corpus, judged=unseen)
    return rows + speaker_rows(folder)


# how long it takes


def _speed(folder: Path, *, hours: float, cards) -> list[dict]:
    demo = corpora.get("demo")
    file = folder / f"hours-{hours:g}.flac"
    clips = clips_of(demo, demo.manifest().sample(frac=1.0, random_state=0))
    stitch(file, clips, lasting_s=hours * HOUR_S, pause_s=_BREATH_S)
    rows = []
    for card in cards:
        command = [sys.executable, "-c", _JOB, str(settings.models_dir() / card.id), str(file)]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        words = f"{hours:g} h of speech ({found['segments']:,} segments), {card.id}"
        rows += [
            {"what": f"{words}: timeline", "value": found["wall"], "unit": "s", "limit": f"<= {60 * hours:g}"},
            {"what": f"{words}: processor time", "value": found["cpu"], "unit": "s", "limit": None},
            {"what": f"{words}: first segment", "value": found["first"], "unit": "s", "limit": "<= 3"},
            {"what": f"{words}: peak memory", "value": found["peak"], "unit": "MiB", "limit": "<= 800"},
        ]
    file.unlink()
    return rows


# how well it is cut and judged


def _measured() -> list[Corpus]:
    found = [corpora.get(name) for name in corpora.names()]
    return [corpus for corpus in found if not corpus.synthetic and corpus.is_present()]


@dataclass(frozen=True)
class Match:
    """What a timeline made of the clips.

    Attributes
    ----------
    covered : float
        Share of the speech that lies in segments.
    near : float
        Share of the boundaries, first and last of each clip, that lie within `NEAR_S`.
    clear : int
        Clips of which both are measured: in a noisy one nobody knows where the voice begins.
    truth, said : list of str
        Emotion of the clip that each segment lies in, and what the segment was called.
    """

    covered: float
    near: float
    clear: int
    truth: list[str]
    said: list[str]


def match(spoken: list[Spoken], segments: list[Segment]) -> Match:
    """Compare a timeline with what is known; a segment outside all clips belongs to none and is not counted."""
    covered = total = near = 0.0
    clear = [each for each in spoken if each.clear]
    for each in clear:
        inside = [s for s in segments if s.end > each.start and s.start < each.end]
        covered += sum(min(each.end, s.end) - max(each.start, s.start) for s in inside)
        total += each.end - each.start
        if inside:
            near += (abs(inside[0].start - each.start) <= NEAR_S) + (abs(inside[-1].end - each.end) <= NEAR_S)
    truth, said = [], []
    for segment in segments:
        overlaps = [min(each.end, segment.end) - max(each.start, segment.start) for each in spoken]
        best = int(np.argmax(overlaps))
        if overlaps[best] > 0:
            truth.append(spoken[best].clip.emotion)
            said.append(segment.label)
    return Match(covered / max(total, 1e-9), near / max(2 * len(clear), 1), len(clear), truth, said)


def _accuracy(folder: Path, predictor: Predictor, corpus: Corpus, *, judged: bool) -> list[dict]:
    clips = _sample(corpus, predictor.card.labels)
    file = folder / "stitched.flac"
    spoken = stitch(file, clips)
    timeline = make_timeline(file, predictor)
    file.unlink()
    found = match(spoken, list(timeline.segments))
    words = f"{len(clips)} clips of {corpus.title}, {predictor.card.id}"
    cut = [*_cut_rows(words, found), *_sound_rows(words, spoken, list(timeline.segments))]
    if not judged:
        return cut
    return [*cut, *uar_rows(words, found, [(clip.emotion, alone(predictor, clip)) for clip in clips])]


def uar_rows(words: str, found: Match, clips: list[tuple[str, str | None]]) -> list[dict]:
    """How well segments are judged, against the same clips one by one: their emotion, and what each was called."""
    segments_uar = _uar(found.truth, found.said)
    clips_uar = _uar([truth for truth, _ in clips], [said for _, said in clips])
    return [
        {"what": f"{words}: segment UAR {_text(segments_uar)}", "value": segments_uar.value, "unit": "", "limit": None},
        {"what": f"{words}: clip UAR {_text(clips_uar)}", "value": clips_uar.value, "unit": "", "limit": None},
        {
            "what": f"{words}: lost by the timeline",
            "value": clips_uar.value - segments_uar.value,
            "unit": "UAR",
            "limit": "<= 0.03",
        },
    ]


def _cut_rows(words: str, found: Match) -> list[dict]:
    if not found.clear:
        return []
    of = f"{words}, {found.clear} of them without noise"
    return [
        {"what": f"{of}: speech in segments", "value": found.covered, "unit": "", "limit": ">= 0.95"},
        {"what": f"{of}: boundaries within {NEAR_S:g} s", "value": found.near, "unit": "", "limit": ">= 0.95"},
    ]


def _sound_rows(words: str, spoken: list[Spoken], segments: list[Segment]) -> list[dict]:
    """The same against all sound, breath, offset and room included: what a rule that hears only levels would say."""
    found = match([replace(each, start=each.sound[0], end=each.sound[1]) for each in spoken], segments)
    if not found.clear:
        return []
    return [
        {"what": f"{words}: sound of any kind in segments", "value": found.covered, "unit": "", "limit": None},
        {"what": f"{words}: boundaries near sound of any kind", "value": found.near, "unit": "", "limit": None},
    ]


def _sample(corpus: Corpus, labels) -> list[Clip]:
    """As many clips of each emotion that the model knows, in random order."""
    table = corpus.manifest()
    table = table[table["emotion"].isin(labels)]
    each = CLIPS // table["emotion"].nunique()
    some = table.groupby("emotion", group_keys=False).sample(
        n=min(each, table["emotion"].value_counts().min()), random_state=0
    )
    return clips_of(corpus, some.sample(frac=1.0, random_state=0))


def alone(predictor: Predictor, clip: Clip) -> str | None:
    """What a clip by itself is called; None where it cannot be judged."""
    try:
        return predictor.predict(clip.file).label
    except AudioError:
        return None


def _uar(truth: list[str], said: list[str | None]) -> Interval:
    """Unweighted average recall over the emotions that occur; its 95% interval over clips (bootstrap)."""
    right = {
        name: np.array([t == s for t, s in zip(truth, said, strict=True) if t == name])
        for name in EMOTIONS.ordered(truth)
    }
    rng = np.random.default_rng(0)
    draws = [np.mean([rng.choice(hits, len(hits)).mean() for hits in right.values()]) for _ in range(_ROUNDS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(float(np.mean([hits.mean() for hits in right.values()])), float(low), float(high))


def _text(interval: Interval) -> str:
    return f"[{interval.low:.2f}, {interval.high:.2f}]"
