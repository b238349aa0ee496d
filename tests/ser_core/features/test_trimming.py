"""Silence around a clip: left out as a rule, left in where the spec says so."""

import dataclasses

import numpy as np
import pytest

from ser_core.features import AudioSetSpec, FramesSpec, FunctionalsSpec, LogMelSpec, extract
from ser_core.testing import speechlike

SPECS = (FunctionalsSpec(), FramesSpec(), LogMelSpec(), AudioSetSpec(n_frames=0))
#: A whole number of hops of all of them and of the trimming, samples.
GRID = 1280


def features(signal, spec, **changes):
    return extract(signal, sr=spec.sr, spec=dataclasses.replace(spec, **changes))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_silence_counts_only_where_it_is_left_in(spec):
    signal = speechlike(0.6, sr=spec.sr, f0=150.0, seed=0)
    padded = np.pad(signal, (4 * GRID, 5 * GRID))
    trimmed, kept = features(padded, spec), features(padded, spec, trim_db=0)
    np.testing.assert_array_equal(trimmed, features(padded[GRID : -2 * GRID], spec))
    assert kept.shape != trimmed.shape or np.abs(kept - trimmed).max() > 0.1


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
@pytest.mark.parametrize("signal", [np.zeros(1600), np.zeros(0), np.ones(1)], ids=["silence", "nothing", "a sample"])
def test_features_of_hardly_anything_are_finite_untrimmed(spec, signal):
    assert np.isfinite(features(signal.astype(np.float32), spec, trim_db=0)).all()
