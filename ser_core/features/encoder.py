"""Embeddings of a speech encoder over a clip: means and standard deviations over time, one vector per clip."""

import os

import numpy as np

from ser_core.features.encoder_store import locate, open_encoder
from ser_core.features.sound import Sound
from ser_core.features.spec import EncoderSpec

#: Added to the variance, as in `Wav2Vec2FeatureExtractor` of the library transformers (zero_mean_unit_var_norm).
_TINY = 1e-7
#: Shorter sounds are filled up with silence to this, seconds: one frame of wav2vec 2.0 takes 0.025.
_SHORTEST_S = 0.1
#: What the processes of a table may take together, bytes, and what one takes besides the weights.
_MEMORY = 6 * 2**30
_WORK = 2**29


def feature_names(spec: EncoderSpec) -> tuple[str, ...]:
    """``e0:mean``...: a mean for each number of the encoder, then a standard deviation if it hears frames.

    Raises
    ------
    ModelError
        If the encoder is not on this machine.
    """
    encoder = open_encoder(spec.sha256)
    statistics = ("mean", "std") if encoder.per_frame else ("mean",)
    return tuple(f"e{i}:{statistic}" for statistic in statistics for i in range(encoder.dim))


def extract(signal: np.ndarray | Sound, *, spec: EncoderSpec) -> np.ndarray:
    """What the encoder hears in a clip without the silence around it.

    Sound longer than `spec.max_s` is heard in equal parts, for the memory of attention grows with the square of the
    length.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)] or Sound
        Samples in [-1, 1] at `spec.sr`.
    spec : EncoderSpec
        Which encoder, and how the signal is prepared for it.

    Returns
    -------
    np.ndarray [shape=(2 * dim,) or (dim,)]
        float32, finite, in the order of `feature_names`: over all frames, or of the parts.

    Raises
    ------
    ModelError
        If the encoder is not on this machine, or fails.
    """
    encoder = open_encoder(spec.sha256)
    whole = Sound.of(signal, sr=spec.sr)
    sound = np.asarray(whole.trimmed(spec.trim_db)) if len(whole) else np.zeros(1, np.float32)
    # A clip without any sound is heard as it is.
    sound = sound if sound.size else np.asarray(whole)
    if spec.normalise:
        sound = (sound - sound.mean()) / np.sqrt(sound.var() + _TINY)
    sound = np.pad(sound, (0, max(0, round(_SHORTEST_S * spec.sr) - sound.size)))
    n_parts = int(np.ceil(sound.size / (spec.max_s * spec.sr)))
    frames = np.concatenate([encoder.embed(part) for part in np.array_split(sound, n_parts)]).astype(np.float64)
    statistics = [frames.mean(axis=0)] + ([frames.std(axis=0)] if encoder.per_frame else [])
    return np.concatenate(statistics).astype(np.float32)


def most_workers(spec: EncoderSpec) -> int:
    """Processes that may hold the encoder at once: each has a copy of its weights."""
    size = locate(spec.sha256).stat().st_size
    return max(1, min(os.cpu_count() or 1, _MEMORY // (2 * size + _WORK)))
