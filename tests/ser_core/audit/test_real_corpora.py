"""Real recordings: clean ones are left alone, the one known duplicate of RAVDESS is found."""

import pandas as pd
import pytest

from ser_core import corpora
from ser_core.audit import audit, kept

PAIR = ["ravdess/03-01-03-01-02-01-07", "ravdess/03-01-03-01-02-02-07"]


@pytest.mark.corpus
def test_a_sample_of_ravdess(ravdess_root, tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path))
    table = corpora.get("ravdess").manifest(ravdess_root)
    pair = table[table["clip_id"].isin(PAIR)]
    sample = pd.concat([table[~table["clip_id"].isin(PAIR)].iloc[::24], pair])
    report = audit(sample, root=ravdess_root)
    (found,) = [finding for finding in report.findings if finding.clip_id and finding.severity != "info"]
    assert found.kind == "duplicate" and sorted(found.clips) == PAIR


def test_what_ships_names_what_is_known_of_the_releases():
    report = kept.shipped(kept.SHIPPED)
    assert report.facts["clips"] == report.facts["readable"] == 12_697
    assert [finding.clip_id for finding in report.of("silent")] == ["cremad/1076_MTI_SAD_XX"]
    assert PAIR in [sorted(finding.clips) for finding in report.of("duplicate")]
    assert not report.of("count") and not report.of("missing") and not report.of("mislabelled-rate")
