"""The numbers of a report that need no judgement."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ser_core.audit.finding import Finding
from ser_core.audit.subjects import Group


def facts(
    clips: pd.DataFrame, groups: list[Group], findings: Iterable[Finding], *, protocol: str | None = None
) -> dict[str, Any]:
    """``facts`` of a `Report`.

    Parameters
    ----------
    clips : pd.DataFrame
        ``corpus, speaker, decoded_s, sampling_rate`` of every clip.
    groups : list of Group
        What they belong to.
    findings : iterable of Finding
        To count.
    protocol : str, optional
        The protocol that was looked at.
    """
    weights = Counter(finding.severity for finding in findings)
    return {
        "clips": len(clips),
        "readable": int((clips["decoded_s"] > 0).sum()),
        "errors": weights["error"],
        "warnings": weights["warning"],
        "infos": weights["info"],
        "protocol": protocol,
        "corpora": {group.name: _of_group(clips[clips["corpus"] == group.name], group) for group in groups},
    }


def _of_group(clips: pd.DataFrame, group: Group) -> dict[str, Any]:
    rates = clips["sampling_rate"].dropna().astype(int).value_counts()
    return {
        "title": group.title,
        "clips": len(clips),
        "readable": int((clips["decoded_s"] > 0).sum()),
        "hours": round(float(clips["decoded_s"].sum()) / 3600, 3),
        "speakers": int(clips["speaker"].nunique()),
        "rates": {int(rate): int(number) for rate, number in rates.items()},
        "expected": group.corpus.expected.get("clips") if group.corpus is not None else None,
    }
