"""The clips behind a figure: where one recogniser is right and the other wrong, and who was taken for whom."""

import pandas as pd

from ser_core.evaluation.metrics import PROBABILITY_COLUMNS
from ser_core.evaluation.significance import answers
from ser_core.labels import EMOTIONS

OUTCOMES = ("both right", "only first", "only second", "both wrong")
"""What can come of a clip that two recognisers judge."""


def outcomes(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """What came of each clip that both judged, by the first seed of each: the clips that McNemar's test counts.

    Parameters
    ----------
    first, second : pd.DataFrame
        Stored predictions of one training size each.

    Returns
    -------
    pd.DataFrame
        ``clip_id, speaker, emotion, first, second`` (answers), ``p_first, p_second`` (their probabilities),
        ``outcome`` (one of `OUTCOMES`), the surest contradictions first.
    """
    one, two = answers(first), answers(second)
    table = one.join(two[["answer", "probability", "right"]], how="inner", suffixes=("", "_second")).reset_index()
    by_right = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}
    outcome = [OUTCOMES[by_right[pair]] for pair in zip(table["right"], table["right_second"], strict=True)]
    table = table.rename(
        columns={
            "answer": "first",
            "answer_second": "second",
            "probability": "p_first",
            "probability_second": "p_second",
        }
    ).assign(outcome=outcome)
    surest = (table["p_first"] + table["p_second"]).sort_values(ascending=False, kind="stable").index
    columns = ["clip_id", "speaker", "emotion", "first", "second", "p_first", "p_second", "outcome"]
    return table.loc[surest, columns].reset_index(drop=True)


def outcome_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Clips by emotion (rows, in the fixed order) and outcome (columns `OUTCOMES`) of an `outcomes` table."""
    counts = pd.crosstab(table["emotion"], table["outcome"])
    return counts.reindex(index=EMOTIONS.ordered(table["emotion"].unique()), columns=list(OUTCOMES), fill_value=0)


def taken_for(predictions: pd.DataFrame, *, emotion: str, answer: str) -> pd.DataFrame:
    """The clips of one cell of a confusion matrix.

    Parameters
    ----------
    predictions : pd.DataFrame
        Stored predictions of one training size.
    emotion, answer : str
        The clip's emotion and what was answered.

    Returns
    -------
    pd.DataFrame
        ``clip_id, speaker, emotion, answer, probability`` (mean, of those answers), ``times`` (how many of the
        clip's judgements, over seeds, gave this answer), ``judged`` (their number); the surest and most frequent first.
    """
    of_emotion = predictions[(predictions["emotion"] == emotion).to_numpy()]
    probabilities = of_emotion[list(PROBABILITY_COLUMNS)].to_numpy()
    hit = probabilities.argmax(axis=1) == EMOTIONS.index(answer)
    table = pd.DataFrame(
        {
            "clip_id": of_emotion["clip_id"].astype(str).to_numpy(),
            "speaker": of_emotion["speaker"].astype(str).to_numpy(),
            "hit": hit,
            "p": probabilities.max(axis=1),
        }
    )
    judged = table.groupby("clip_id").size()
    hits = (
        table[table["hit"]]
        .groupby("clip_id")
        .agg(speaker=("speaker", "first"), probability=("p", "mean"), times=("hit", "size"))
    )
    found = hits.assign(emotion=emotion, answer=answer, judged=judged.reindex(hits.index)).reset_index()
    found = found.sort_values(["times", "probability"], ascending=False, kind="stable", ignore_index=True)
    return found[["clip_id", "speaker", "emotion", "answer", "probability", "times", "judged"]]
