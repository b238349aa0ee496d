"""What an audit says: findings, each with its kind, its weight and the clips it is about."""

from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from ser_core.errors import ConfigError

KINDS = {
    "unreadable": "Cannot be read as audio",
    "empty": "Holds no samples",
    "truncated": "Breaks off",
    "silent": "Silent",
    "no-speech": "Steady noise or tone, no speech",
    "clipped": "Clipped",
    "mislabelled-rate": "Plays at the wrong speed",
    "sampling-rate": "Another sampling rate",
    "band-limited": "Empty upper band",
    "duplicate": "The same recording twice",
    "near-duplicate": "The same recording, processed",
    "split-duplicate": "The same recording in training and test",
    "shared-sentences": "The same sentences in training and test",
    "level": "Far louder or softer than the others",
    "edge-silence": "Long silence before or after the sound",
    "dc-offset": "Constant offset",
    "count": "Other numbers than published",
    "missing": "Clip of the release that is not here",
    "extra": "File that is no clip of the release",
    "table": "Row of a user's table that is not as it should be",
    "label": "Label unknown or without counterpart",
    "balance": "Emotions unevenly spread",
    "sex": "Sex of a speaker unknown",
}
"""Kind of a finding -> what it means, in the order of a report."""

SEVERITIES = ("error", "warning", "info")
"""``error``: the clip cannot be used as what it is said to be; ``warning``: somebody should look and decide; ``info``:
good to know about the corpus, nothing to mend."""

COLUMNS = ("severity", "kind", "corpus", "clip_id", "detail", "others")


@dataclass(frozen=True)
class Finding:
    """One thing that an audit found.

    Attributes
    ----------
    kind : str
        Key of `KINDS`.
    clip_id : str or None
        The clip; None where the finding is about a whole corpus.
    detail : str
        What was found, with its numbers, for a reader.
    severity : str
        One of `SEVERITIES`.
    others : tuple of str
        Further clips it is about: the other one of two duplicates, or every clip of a group.
    corpus : str or None
        Corpus or folder that was looked at; None where it is about several.
    """

    kind: str
    clip_id: str | None
    detail: str
    severity: str
    others: tuple[str, ...] = ()
    corpus: str | None = None

    def __post_init__(self):
        if self.kind not in KINDS or self.severity not in SEVERITIES:
            raise ConfigError(
                f"A finding has a kind of {', '.join(KINDS)} and a severity of {', '.join(SEVERITIES)}, "
                f"got {self.kind!r} and {self.severity!r}."
            )

    @property
    def clips(self) -> tuple[str, ...]:
        """Every clip it is about, the one it is listed under first."""
        return self.others if self.clip_id is None else (self.clip_id, *self.others)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "others": list(self.others)}


@dataclass(frozen=True)
class Report:
    """The answer of an audit.

    Attributes
    ----------
    findings : tuple of Finding
        The grave ones first, then by kind, corpus and clip.
    facts : dict
        ``clips`` that were looked at, ``readable`` ones, ``errors, warnings, infos`` (numbers of findings),
        ``protocol``, and ``corpora``: for each ``title, clips, readable, hours, speakers, rates`` (Hz -> clips) and
        ``expected`` (clips, None where nothing is published).
    clips : pd.DataFrame
        One row per clip: ``clip_id, corpus, speaker, emotion`` and the numbers of `ser_core.audit.measure.NUMBERS`.
    """

    findings: tuple[Finding, ...]
    facts: dict[str, Any]
    clips: pd.DataFrame = field(repr=False, compare=False, default_factory=pd.DataFrame)

    @property
    def looks(self) -> int:
        """Number of findings that somebody should look at: errors and warnings."""
        return self.facts["errors"] + self.facts["warnings"]

    def of(self, kind: str) -> tuple[Finding, ...]:
        """Findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    def to_frame(self) -> pd.DataFrame:
        """One row per finding: ``severity, kind, corpus, clip_id, detail, others`` (names joined by blanks)."""
        return to_frame(self.findings)

    def to_dict(self) -> dict[str, Any]:
        """For JSON: ``facts`` and ``findings``."""
        return {"facts": self.facts, "findings": [finding.to_dict() for finding in self.findings]}


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of a report, none twice."""
    kinds = list(KINDS)

    def place(finding: Finding) -> tuple:
        weight = SEVERITIES.index(finding.severity)
        return weight, kinds.index(finding.kind), finding.corpus or "", finding.clip_id or "", finding.detail

    return tuple(sorted(dict.fromkeys(findings), key=place))


def to_frame(findings: tuple[Finding, ...] | list[Finding]) -> pd.DataFrame:
    """Findings as a table, see `Report.to_frame`."""
    rows = [{**finding.to_dict(), "others": " ".join(finding.others)} for finding in findings]
    return pd.DataFrame(rows, columns=list(COLUMNS))
