"""What the tests of several packages share."""

import contextlib
from dataclasses import dataclass

import numpy as np
import pytest

from ser_core import corpora
from ser_core.audio import SAMPLING_RATE, decode, sound_bounds


@dataclass(frozen=True)
class Stitched:
    """A recording of which is known who speaks when."""

    signal: np.ndarray
    speech: tuple[tuple[float, float], ...]


@pytest.fixture(scope="session")
def stitched() -> Stitched:
    """Eight demo clips with a second or two of faint noise between them."""
    demo = corpora.get("demo")
    rng = np.random.default_rng(0)
    parts, speech, at = [], [], 0
    for row in demo.manifest().iloc[::15].itertuples():
        noise = rng.normal(0, 1e-4, rng.integers(SAMPLING_RATE, 2 * SAMPLING_RATE)).astype(np.float32)
        voice = decode(demo.clip_path(row.path)).signal
        start, stop = sound_bounds(voice, sr=SAMPLING_RATE, top_db=30.0)
        at += len(noise)
        speech.append(((at + start) / SAMPLING_RATE, (at + stop) / SAMPLING_RATE))
        at += len(voice)
        parts += [noise, voice]
    return Stitched(np.concatenate([*parts, np.zeros(SAMPLING_RATE, np.float32)]), tuple(speech))


@pytest.fixture(scope="session")
def two_workers():
    """Gives a Dask cluster two worker processes, and starts them anew where they do not come: a start may be lost."""

    def give(cluster) -> None:
        for _ in range(3):
            cluster.scale(2)
            with contextlib.suppress(TimeoutError):
                return cluster.wait_for_workers(2, timeout=60)
            cluster.scale(0)
        raise AssertionError("no two workers came within three minutes")

    return give
