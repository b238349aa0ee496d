"""What is here against what was published, and how labels and speakers are spread."""

from collections import Counter

import pandas as pd

from ser_core.audit.finding import Finding
from ser_core.audit.subjects import Group
from ser_core.labels import EMOTIONS

MOST_NAMED = 20
"""Up to this many missing clips are named one by one; more, as in a sample of a corpus, are counted by speaker."""
UNEVEN = 1.2
"""Clips of the most frequent emotion over those of the rarest from which a spread is called uneven."""


def check(clips: pd.DataFrame, groups: list[Group]) -> list[Finding]:
    """Findings of the kinds count, missing, extra, table, label, balance and sex.

    Parameters
    ----------
    clips : pd.DataFrame
        From `ser_core.audit.run.look`.
    groups : list of Group
        What they belong to.
    """
    found = []
    for group in groups:
        rows = clips[clips["group"] == group.name]
        own = rows[~rows["extra"]]
        found += _extra(rows[rows["extra"]], group)
        if group.corpus is not None:
            found += _published(own, group)
            found += _missing(own, group)
            found += _table(group)
            found += _sex(own, group)
        if group.corpus is not None or own["label"].notna().any() or own["emotion"].notna().any():
            found += _labels(own, group)
            found += _balance(own, group)
    return found


def _published(clips: pd.DataFrame, group: Group) -> list[Finding]:
    """The numbers of clips, of speakers and of clips by label."""
    expected = group.corpus.expected
    found = []
    for what, number in (("clips", len(clips)), ("speakers", clips["speaker"].nunique())):
        if what in expected and number != expected[what]:
            detail = f"{number:,} {what} here, {expected[what]:,} were published."
            found.append(Finding("count", None, detail, "warning", (), group.name))
    counts = clips["label"].value_counts()
    wrong = [
        f"{label} {counts.get(label, 0):,} of {number:,}"
        for label, number in group.corpus.expected_labels.items()
        if counts.get(label, 0) != number
    ]
    if wrong:
        detail = f"Clips by label, here and published: {', '.join(wrong)}."
        found.append(Finding("count", None, detail, "warning", (), group.name))
    return found


def _missing(clips: pd.DataFrame, group: Group) -> list[Finding]:
    """Clips that the shipped manifest knows, and rows of the audited manifest without a file."""
    here = clips[clips["file"].notna()]
    known = pd.concat([clips[clips["file"].isna()], _shipped(group)])
    gone = known[~known["clip_id"].isin(here["clip_id"])].drop_duplicates("clip_id")
    if len(gone) <= MOST_NAMED:
        return [
            Finding("missing", clip_id, f"{group.title} has this clip; it is not here.", "warning", (), group.name)
            for clip_id in gone["clip_id"]
        ]
    by_speaker = Counter(gone["speaker"].fillna("unknown"))
    all_gone = set(by_speaker) - set(here["speaker"])
    parts = [f"{count} of speaker {name}" for name, count in sorted(by_speaker.items()) if name not in all_gone]
    parts += [f"every clip of {len(all_gone)} speakers"] if all_gone else []
    detail = f"{len(gone):,} clips of the release are not here: {', '.join(parts)}."
    return [Finding("missing", None, detail, "warning", (), group.name)]


def _shipped(group: Group) -> pd.DataFrame:
    if not group.corpus.manifest_file().is_file():
        return pd.DataFrame({"clip_id": [], "speaker": []}, dtype="str")
    return group.corpus.shipped_manifest()[["clip_id", "speaker"]]


def _table(group: Group) -> list[Finding]:
    """What the reading of a user's own corpus said, row by row."""
    if not getattr(group.corpus, "own", False):
        return []
    return [
        Finding(
            "table",
            each.file or None,
            f"Row {each.row}: {each.message}" if each.row else each.message,
            "warning",
            (),
            group.name,
        )
        for each in group.corpus.reading().findings
    ]


def _extra(clips: pd.DataFrame, group: Group) -> list[Finding]:
    if len(clips) > MOST_NAMED:
        detail = f"{len(clips):,} audio files lie beside the clips and are none, or are second copies of them."
        return [Finding("extra", None, detail, "info", tuple(clips["clip_id"]), group.name)]
    detail = "This audio file is no clip of the release, or a second copy of one."
    return [Finding("extra", clip_id, detail, "info", (), group.name) for clip_id in clips["clip_id"]]


def _labels(clips: pd.DataFrame, group: Group) -> list[Finding]:
    """Clips without a label, and labels without counterpart in the shared set."""
    found = []
    unknown = clips[clips["label"].isna() & clips["emotion"].isna()]
    if len(unknown):
        detail = f"{len(unknown):,} clips have no label."
        found.append(Finding("label", None, detail, "warning", tuple(unknown["clip_id"]), group.name))
    unmapped = clips[clips["label"].notna() & clips["emotion"].isna()]
    reasons = group.corpus.unmapped if group.corpus is not None else {}
    for label, rows in unmapped.groupby("label"):
        why = f" {reasons[label]}" if reasons.get(label) else ""
        detail = f"{len(rows):,} clips are labelled {label!r}, which has no counterpart in the shared label set.{why}"
        found.append(Finding("label", None, detail, "info", (), group.name))
    return found


def _balance(clips: pd.DataFrame, group: Group) -> list[Finding]:
    """Emotions that are rarer than others, and speakers without one that others have."""
    table = pd.crosstab(clips["speaker"].fillna("unknown"), clips["emotion"])
    if table.empty:
        return []
    total = table.sum()
    found = []
    most, least = total.idxmax(), total.idxmin()
    if total[most] > UNEVEN * total[least]:
        counts = ", ".join(f"{name} {total[name]:,}" for name in EMOTIONS.ordered(total.index))
        detail = f"Emotions are spread unevenly: {counts}."
        found.append(Finding("balance", None, detail, "info", (), group.name))
    without = [
        f"{speaker} has no {', no '.join(EMOTIONS.ordered(row.index[row == 0]))}"
        for speaker, row in table.iterrows()
        if (row == 0).any()
    ]
    if without and clips["speaker"].notna().any():
        detail = f"Speakers without an emotion that others have: {'; '.join(without)}."
        found.append(Finding("balance", None, detail, "info", (), group.name))
    return found


def _sex(clips: pd.DataFrame, group: Group) -> list[Finding]:
    speakers = sorted(clips.loc[clips["sex"].isna() & clips["speaker"].notna(), "speaker"].unique())
    if not speakers:
        return []
    detail = f"The sex of {len(speakers)} speakers is unknown: {', '.join(speakers)}."
    return [Finding("sex", None, detail, "info", (), group.name)]
