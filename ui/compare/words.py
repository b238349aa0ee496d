"""What the Compare page and the front page say about the runs: the words, computed from the scores."""

from collections.abc import Mapping

import pandas as pd

from ser_core.evaluation.protocols import ALL
from ser_core.evaluation.significance import ALPHA, MIN_SPEAKERS
from ser_core.figures.headline import Score
from ui.compare.scores import HONEST, Scored, sentence_name
from ui.format import headline_text, interval_text, score_text

Table = Mapping[str, Mapping[str, Scored]]

#: Order in which a reader meets the protocols: from what is often published to what counts.
TOLD = ("leaky", "random", HONEST)


def ranked(chosen: Mapping[str, Scored]) -> list[Scored]:
    """Entries by average recall, best first."""
    return sorted(chosen.values(), key=lambda each: -each.summary.uar.value)


def answer(table: Table, *, where: str = "", paired: pd.Series | None = None) -> str:
    """Which model to trust, in words (Markdown), from the runs on unseen speakers.

    Parameters
    ----------
    table : mapping
        Protocol -> label -> entry.
    where : str
        The corpus, as shown.
    paired : pd.Series, optional
        Row of `ser_core.evaluation.significance.compare_all` of the best and the second.
    """
    honest = ranked(table.get(HONEST, {}))
    if not honest:
        return (
            "**None yet.** No run here was tested on speakers the model had never heard, and figures of any other kind "
            "say little about a new voice."
        )
    best, *others = honest
    summary = best.summary
    lines = [
        f"On {summary.n_speakers} speakers{f' of {where}' if where else ''} it had never heard, the {best.name} finds "
        f"the right emotion in **{score_text(summary.uar.value)}** of the clips, averaged over the emotions "
        f"(95% interval {score_text(summary.uar.low)} to {score_text(summary.uar.high)}); "
        f"guessing finds {score_text(summary.chance, digits=3)}."
    ]
    if others:
        second = others[0]
        apart, why = _verdict(best, second, paired)
        lines.insert(0, f"**The {best.name}{'' if apart else ', by a margin that may be luck'}.**")
        lines.append(f"The {second.name} reaches {interval_text(second.summary.uar)}. {why}")
    else:
        lines.insert(0, f"**The {best.name}** is the only one tested so.")
    return " ".join(lines)


def _verdict(best: Scored, second: Scored, paired: pd.Series | None) -> tuple[bool, str]:
    """Whether the best is ahead by more than chance, and how that is known."""
    if paired is not None and paired["p"] == paired["p"]:
        sign = 1 if paired["first"] == best.label else -1
        low, high = sorted((sign * paired["low"], sign * paired["high"]))
        apart = paired["p"] < ALPHA and low > 0
        gap = f"{_signed(sign * paired['difference'])} [{_signed(low)}, {_signed(high)}]"
        return apart, (
            f"Speaker by speaker the lead is {gap}: "
            + (
                "larger than the choice of speakers explains."
                if apart
                else "other speakers might turn the order around."
            )
        )
    apart = best.summary.uar.low > second.summary.uar.high
    return apart, (
        "The intervals do not overlap: the difference is larger than the choice of speakers explains."
        if apart
        else "The intervals overlap, so these speakers alone do not settle which is better."
    )


def calibration_words(table: Table) -> str:
    """What speaker calibration brings on unseen speakers (Markdown); empty where no run tells.

    Parameters
    ----------
    table : mapping
        Entries of the runs with speaker calibration.
    """
    honest = ranked(table.get(HONEST, {}))
    if not honest:
        return ""
    best = honest[0]
    provided = ", provided that they show the emotions about as often as its training" if _aligned(best) else ""
    return (
        f"If the {best.name} may first listen to a speaker's other clips, without being told their emotions (speaker "
        f"calibration){provided}, it reaches {interval_text(best.summary.uar)}."
    )


def _aligned(scored: Scored) -> bool:
    return bool(scored.run.config.hyperparameters.get("align"))


def warning(table: Table) -> str:
    """What a leak pretends, in words (Markdown); empty where no leaky or random run shows it."""
    honest = table.get(HONEST, {})
    for protocol, why in (
        ("leaky", "when altered copies of the test clips are in its training"),
        ("random", "when other clips of the same speakers are in its training"),
    ):
        # Only where the leak flatters beyond what the choice of speakers explains.
        shared = [
            name
            for name, each in table.get(protocol, {}).items()
            if name in honest and each.summary.uar.low > honest[name].summary.uar.value
        ]
        if shared:
            name = shared[0]
            return (
                f"**Do not trust a figure without its test.** The same {honest[name].name} seems to reach "
                f"**{score_text(table[protocol][name].summary.uar.value)}** {why}."
            )
    return ""


# the leak


def leak_models(table: Table, *, most: int = 4) -> list[str]:
    """Labels that at least two protocols tested, those tested by most and best first; familiar order among them."""
    tested = {name: sum(name in models for models in table.values()) for models in table.values() for name in models}
    honest = {name: each.summary.uar.value for name, each in table.get(HONEST, {}).items()}
    several = [name for name, n in tested.items() if n > 1] or list(tested)
    chosen = sorted(several, key=lambda name: (-tested[name], -honest.get(name, 0.0)))[:most]
    return [name for name in tested if name in chosen]


def leak_scores(table: Table, *, most: int = 4) -> list[Score]:
    """The scores of all protocols for the figure of the leak, most flattering protocol first."""
    kept = leak_models(table, most=most)
    told = [*TOLD, *(name for name in table if name not in TOLD)]
    return [
        Score(
            model=name,
            protocol=protocol,
            protocol_title=ALL[protocol].title,
            interval=each.summary.uar,
            chance=each.summary.chance,
            n_test=each.summary.n_test,
        )
        for protocol in told
        for name, each in table.get(protocol, {}).items()
        if name in kept
    ]


def leak_title(table: Table) -> str:
    """The leak in one line, from the model that has most protocols: "The same SVM: .97 leaky, .81 random clips..."."""
    words = {"leaky": "when copies leak", "random": "on random clips", HONEST: "on voices it never heard"}
    models = [name for protocol in table.values() for name in protocol]
    if not models:
        return ""
    name = max(dict.fromkeys(models), key=lambda model: sum(model in protocol for protocol in table.values()))
    parts = [
        f"{score_text(table[protocol][name].summary.uar.value)} {words.get(protocol, protocol)}"
        for protocol in TOLD
        if name in table.get(protocol, {})
    ]
    return f"The same {sentence_name(name)}: {', '.join(parts)}"


def leak_words(table: Table) -> str:
    """What the figure of the leak means, for who reads one sentence only (Markdown)."""
    honest = ranked(table.get(HONEST, {}))
    if not honest:
        return "None of these figures was measured on voices that the models had never heard; they promise too much."
    best = honest[0]
    return (
        "Many published figures let clips of the test speakers, or even altered copies of the test clips, into the "
        "training. The model then recognises voices and recordings rather than emotions. On voices they never "
        f"heard, the best of these models reaches {headline_text('UAR', best.summary.uar, best.summary.chance)} "
        f"({best.title}). That is the figure to expect."
    )


# significance


def significance(row: pd.Series, *, pairs: int) -> str:
    """One pair in words (Markdown).

    Parameters
    ----------
    row : pd.Series
        Of `ser_core.evaluation.significance.compare_all`.
    pairs : int
        How many were compared, for which p is corrected.
    """
    first, second = sentence_name(row["first"]), sentence_name(row["second"])
    value, low, high = row["difference"], row["low"], row["high"]
    if value < 0:
        first, second, value, low, high = second, first, -value, -high, -low
    corrected = f", corrected for {pairs} comparisons" if pairs > 1 else ""
    gap = f"{_signed(value)} [{_signed(low)}, {_signed(high)}]"
    if row["p"] != row["p"]:
        speakers = (
            f"With {row['speakers']} speakers (fewer than {MIN_SPEAKERS}) nobody can tell how others would turn out"
        )
    elif row["p_holm"] < ALPHA:
        speakers = f"More than the choice of speakers explains (p {_p(row['p_holm'])}{corrected})"
    else:
        speakers = f"Other speakers might turn the order around (p {_p(row['p_holm'])}{corrected})"
    differ = row["only_first"] + row["only_second"]
    one, other = row["only_first"], row["only_second"]
    if row["difference"] < 0:
        one, other = other, one
    return (
        f"**{first[:1].upper()}{first[1:]} against {second}: {gap}** average recall. {speakers}. They differ on "
        f"{differ:,} of {row['clips']:,} clips: {one:,} only the {first} gets right, {other:,} only the {second} "
        f"(McNemar's test, p {_p(row['mcnemar_holm'])}{corrected})."
    )


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"= {score_text(value, digits=3)}"


def _signed(value: float) -> str:
    text = score_text(abs(value), digits=3)
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text
