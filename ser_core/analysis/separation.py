"""Which measures tell which emotions apart, and how sure that is.

Effect sizes are of clips. Tests are of speakers: the clips of a speaker are not independent, so what is tested is each
speaker's own difference between two emotions (the mean of the clips of the one minus that of the other). Fewer than
`speaker_tests.MIN_SPEAKERS` speakers cannot show a difference at the 5% level by such a test, so none is made then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ser_core.analysis import speaker_tests as tests
from ser_core.analysis.effects import Kind, effect, explained, standardised
from ser_core.analysis.speaker_tests import ALPHA, CORRECTIONS
from ser_core.labels import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contrast:
    """Emotions against one of them. Each frame has one row per measure and one column per emotion.

    Attributes
    ----------
    reference : str
        The emotion compared with.
    effect : pd.DataFrame
        Effect size over clips, above 0 where the emotion has more of the measure.
    difference, low, high : pd.DataFrame
        Mean over speakers of their own difference, in the measure's unit, and its 95% interval by a bootstrap over
        speakers (NaN with fewer than two).
    p, bh, holm : pd.DataFrame
        Two-sided p of Wilcoxon's signed-rank test over speakers, and adjusted for all tests of these frames; NaN
        where there are fewer than `speaker_tests.MIN_SPEAKERS`.
    speakers, clips : pd.Series
        Emotion -> speakers who have both emotions; clips of that emotion.
    """

    reference: str
    effect: "pd.DataFrame"
    difference: "pd.DataFrame"
    low: "pd.DataFrame"
    high: "pd.DataFrame"
    p: "pd.DataFrame"
    bh: "pd.DataFrame"
    holm: "pd.DataFrame"
    speakers: "pd.Series"
    clips: "pd.Series"

    @property
    def emotions(self) -> tuple[str, ...]:
        """Those compared with the reference, in the fixed order."""
        return tuple(self.effect.columns)

    @property
    def tested(self) -> bool:
        """Whether any emotion has enough speakers for a test."""
        return bool(self.p.notna().any(axis=None))

    def significant(self, *, correction: str = "bh") -> "pd.DataFrame":
        """Whether each difference stands after the correction, a key of `CORRECTIONS`."""
        return getattr(self, correction) < ALPHA

    def to_frame(self) -> "pd.DataFrame":
        """One row per measure and emotion: ``measure, emotion`` and all that is known."""
        names = ("effect", "difference", "low", "high", "p", "bh", "holm")
        long = {name: getattr(self, name).stack(future_stack=True) for name in names}
        frame = next(iter(long.values())).index.to_frame(index=False)
        frame.columns = ["measure", "emotion"]
        for name, values in long.items():
            frame[name] = values.to_numpy()
        return frame.assign(speakers=frame["emotion"].map(self.speakers), clips=frame["emotion"].map(self.clips))


def contrast(
    values: "pd.DataFrame",
    *,
    emotion: "pd.Series",
    speaker: "pd.Series",
    reference: str = "neutral",
    kind: Kind = "g",
    by_speaker: bool = False,
    seed: int = 0,
) -> Contrast:
    """Every emotion against one.

    Parameters
    ----------
    values : pd.DataFrame
        One row per clip, one column per measure; NaN where unknown.
    emotion, speaker : pd.Series
        Of each clip, with the index of `values`; clips without an emotion are left out.
    reference : str
        The emotion to compare with.
    kind : str
        Effect size: ``"g"`` or ``"delta"``, see `ser_core.analysis.effects`.
    by_speaker : bool
        Take the effect size of values relative to their speaker. Differences and tests are within speakers anyway.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Contrast
        Without any column where only the reference occurs.
    """
    import pandas as pd

    known = emotion.notna().to_numpy()
    values, emotion, speaker = values[known], emotion[known].to_numpy(), speaker[known]
    others = [name for name in EMOTIONS.ordered(set(emotion)) if name != reference]
    seen = (standardised(values, speaker) if by_speaker else values).to_numpy()
    means = tests.speaker_means(values, emotion=emotion, speaker=speaker)
    columns: dict[str, dict] = {name: {} for name in ("effect", "difference", "low", "high", "p")}
    speakers = {}
    for name in others:
        pairs = tests.pairs(means, name, reference)
        speakers[name] = len(pairs)
        columns["effect"][name] = effect(seen[emotion == name], seen[emotion == reference], kind=kind)
        columns["difference"][name], columns["low"][name], columns["high"][name] = tests.mean_interval(pairs, seed=seed)
        columns["p"][name] = tests.signed_rank(pairs)
    frames = {
        name: pd.DataFrame(column, index=values.columns, columns=others, dtype=np.float64)
        for name, column in columns.items()
    }
    clips = pd.Series({name: int((emotion == name).sum()) for name in others}, dtype="int64")
    adjusted = {name: _framed(tests.adjust(frames["p"].to_numpy(), how=name), frames["p"]) for name in CORRECTIONS}
    return Contrast(reference, **frames, **adjusted, speakers=pd.Series(speakers, dtype="int64"), clips=clips)


def overall(
    values: "pd.DataFrame", *, emotion: "pd.Series", speaker: "pd.Series", by_speaker: bool = False
) -> "pd.DataFrame":
    """How much of each measure's variation the emotions explain.

    Parameters
    ----------
    values, emotion, speaker, by_speaker
        As for `contrast`.

    Returns
    -------
    pd.DataFrame
        One row per measure, largest share first: ``eta, omega`` (see `effects.explained`), ``p`` of Friedman's test
        (J. American Statistical Association 32, 675-701, 1937) over the speakers who have all emotions that most
        speakers have, ``bh, holm`` (adjusted), ``speakers, emotions`` (numbers behind the test).
    """
    import pandas as pd

    known = emotion.notna().to_numpy()
    values, emotion, speaker = values[known], emotion[known].to_numpy(), speaker[known]
    seen = (standardised(values, speaker) if by_speaker else values).to_numpy()
    names = EMOTIONS.ordered(set(emotion))
    eta, omega = explained([seen[emotion == name] for name in names])
    blocks = tests.complete_blocks(tests.speaker_means(values, emotion=emotion, speaker=speaker))
    p = tests.friedman(blocks)
    table = pd.DataFrame({"eta": eta, "omega": omega, "p": p}, index=values.columns)
    for how in CORRECTIONS:
        table[how] = tests.adjust(p, how=how)
    table = table.assign(speakers=blocks.shape[0], emotions=blocks.shape[1])
    return table.sort_values("omega", ascending=False, kind="stable")


def pairwise(
    values: "pd.Series", *, emotion: "pd.Series", speaker: "pd.Series", kind: Kind = "g", by_speaker: bool = False
) -> "pd.DataFrame":
    """One measure, every emotion (rows) against every other (columns).

    Parameters
    ----------
    values : pd.Series
        One number per clip.
    emotion, speaker, kind, by_speaker
        As for `contrast`.

    Returns
    -------
    pd.DataFrame
        One row per ordered pair: ``emotion, other, effect, difference, p, speakers, bh, holm``; tests are adjusted
        over the unordered pairs.
    """
    import pandas as pd

    known = emotion.notna().to_numpy()
    frame, speaker, emotion = values[known].to_frame(), speaker[known], emotion[known].to_numpy()
    seen = (standardised(frame, speaker) if by_speaker else frame).iloc[:, 0].to_numpy()
    means = tests.speaker_means(frame, emotion=emotion, speaker=speaker)
    rows = []
    for a, b in combinations(EMOTIONS.ordered(set(emotion)), 2):
        pairs = tests.pairs(means, a, b)
        size = float(effect(seen[emotion == a], seen[emotion == b], kind=kind))
        rows.append((a, b, size, _mean(pairs), tests.signed_rank(pairs)[0], len(pairs)))
    columns = ["emotion", "other", "effect", "difference", "p", "speakers"]
    half = pd.DataFrame(rows, columns=columns)
    for how in CORRECTIONS:
        half[how] = tests.adjust(half["p"].to_numpy(), how=how)
    turned = half.rename(columns={"emotion": "other", "other": "emotion"})
    turned[["effect", "difference"]] *= -1
    return pd.concat([half, turned], ignore_index=True)[[*columns, *CORRECTIONS]]


def _mean(pairs: np.ndarray) -> float:
    known = pairs[~np.isnan(pairs)]
    return float(known.mean()) if len(known) else np.nan


def _framed(values: np.ndarray, like: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(values, index=like.index, columns=like.columns)


def strongest(
    found: Contrast, *, measures: Sequence[str], emotion: str, correction: str = "bh", top: int = 3
) -> list[str]:
    """Of some measures those in which an emotion differs most from the reference, strongest first.

    Where speakers suffice for a test, only differences that stand after correction count.
    """
    sizes = found.effect.loc[list(measures), emotion].abs().dropna()
    if found.p[emotion].notna().any():
        sizes = sizes[found.significant(correction=correction).loc[sizes.index, emotion]]
    return sizes.sort_values(ascending=False, kind="stable").index[:top].tolist()


def most_different(found: Contrast) -> str | None:
    """The emotion whose effect sizes are largest in the mean over all measures; None where there is none."""
    sizes = found.effect.abs().mean()
    return str(sizes.idxmax()) if sizes.notna().any() else None
