"""Robustness: what is left of a score when the test clips are degraded as real recordings are.

`CONDITIONS` says how; `ser_core.experiments.robustness` judges the degraded clips; the functions here score what it
wrote.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_core.evaluation.metrics import accuracy, interval, uar
from ser_core.labels import EMOTIONS

CLEAN = "clean"
TTA = "tta"
N_RESAMPLES = 2000


@dataclass(frozen=True)
class Condition:
    """One way to degrade a clip.

    Attributes
    ----------
    name : str
        Identifier.
    title : str
        As shown to a reader.
    group : str
        What it belongs to: "Noise", "Channel"...
    chains : tuple of str
        Augmentations as `ser_core.augment.Chain.from_text` reads them; "" leaves the clip as it is. The probabilities
        of several are averaged: augmentation at test time.
    """

    name: str
    title: str
    group: str
    chains: tuple[str, ...]


def _one(name: str, title: str, group: str, chain: str) -> Condition:
    return Condition(name, title, group, (chain,))


CONDITIONS: dict[str, Condition] = {
    each.name: each
    for each in (
        _one(CLEAN, "As recorded", "Clean", ""),
        _one("noise-20", "White noise, 20 dB", "Noise", "noise:snr_db=20"),
        _one("noise-10", "White noise, 10 dB", "Noise", "noise:snr_db=10"),
        _one("pink-20", "Pink noise, 20 dB", "Noise", "pink-noise:snr_db=20"),
        _one("pink-10", "Pink noise, 10 dB", "Noise", "pink-noise:snr_db=10"),
        _one("speech-10", "Speech-shaped noise, 10 dB", "Noise", "speech-noise:snr_db=10"),
        _one("telephone-band", "Telephone band", "Channel", "telephone:law=none"),
        _one("telephone", "Telephone, mu-law", "Channel", "telephone:law=mu-law"),
        _one("rate-8k", "Sampled at 8 kHz", "Channel", "rate:rate_hz=8000"),
        _one("mp3-64", "MP3, 64 kbit/s", "Codec", "mp3:kbps=64"),
        _one("mp3-16", "MP3, 16 kbit/s", "Codec", "mp3:kbps=16"),
        _one("opus-16", "Opus, 16 kbit/s", "Codec", "opus:kbps=16"),
        _one("room-0.4", "Living room, 0.4 s", "Room", "room:rt60_s=0.4,drr_db=0"),
        _one("room-1", "Hall, 1 s", "Room", "room:rt60_s=1,drr_db=0"),
        _one("gain--20", "20 dB softer", "Level", "gain:gain_db=-20"),
        _one("gain-12", "12 dB louder", "Level", "gain:gain_db=12"),
        _one("clipping-5", "Clipped, 5% of samples", "Level", "clipping:percent=5"),
        _one("crop-0.2", "0.2 s cut off both ends", "Trimming", "crop:cut_s=0.2"),
        Condition(
            TTA,
            "Mean of four slightly changed copies",
            "Augmentation at test time",
            ("", "speed:speed=0.95", "speed:speed=1.05", "pitch:semitones=0.5"),
        ),
    )
}
"""Name -> condition; noise levels, telephone band, MP3 at 64 kbit/s as published test suites take them."""

COLUMNS = ("condition", "seed", "fold", "clip_id", "speaker", "emotion", "answer", "confidence")
"""Of a run's ``robustness.parquet``: one row for each condition and clip that was judged."""


def robustness(table: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """UAR under each condition and what it loses against clean clips.

    Parameters
    ----------
    table : pd.DataFrame
        `COLUMNS`; every condition judges the same clips as `CLEAN`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        ``condition, uar, low, high, accuracy, loss`` (UAR clean minus UAR), ``loss_low, loss_high`` (95% by a paired
        bootstrap over speakers), ``confidence`` (mean probability of the answers), ``clips, speakers``, in the order of
        `CONDITIONS`.
    """
    present = [name for name in CONDITIONS if (table["condition"] == name).any()]
    speakers = sorted(table["speaker"].astype(str).unique())
    seeds = sorted(table["seed"].unique())
    n = len(speakers)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
    values, draws, shares, sure = {}, {}, {}, {}
    for name in present:
        part = table[table["condition"] == name]
        counts = _counts(part, speakers, seeds)
        pooled = counts.sum(axis=1)
        values[name] = float(uar(pooled).mean())
        shares[name] = float(accuracy(pooled).mean())
        sure[name] = float(part["confidence"].astype(float).mean())
        draws[name] = uar(np.einsum("rs,nsij->rnij", weights, counts, optimize=True)).mean(axis=1)
    rows = []
    for name in present:
        found = interval(values[name], draws[name])
        loss = interval(values[CLEAN] - values[name], draws[CLEAN] - draws[name])
        rows.append(
            {
                "condition": name,
                "uar": found.value,
                "low": found.low,
                "high": found.high,
                "accuracy": shares[name],
                "loss": loss.value,
                "loss_low": loss.low,
                "loss_high": loss.high,
                "confidence": sure[name],
                "clips": table.loc[table["condition"] == name, "clip_id"].nunique(),
                "speakers": n,
            }
        )
    return pd.DataFrame(rows)


def _counts(part: pd.DataFrame, speakers: list[str], seeds: list[int]) -> np.ndarray:
    """Clips by seed, speaker, true and predicted emotion, as in `ser_core.evaluation.metrics.Tally`."""
    k = len(EMOTIONS)
    counts = np.zeros((len(seeds), len(speakers), k, k))
    true, answer = (pd.Categorical(part[name], categories=list(EMOTIONS)).codes for name in ("emotion", "answer"))
    speaker = pd.Categorical(part["speaker"].astype(str), categories=speakers).codes
    seed = pd.Categorical(part["seed"], categories=seeds).codes
    np.add.at(counts, (seed, speaker, true, answer), 1)
    return counts
