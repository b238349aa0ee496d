"""Augmentation of a spectrogram."""

import numpy as np

from ser_core.errors import ConfigError


def spec_augment(
    logmel: np.ndarray,
    *,
    freq_masks: int = 2,
    freq_width: int = 8,
    time_masks: int = 2,
    time_width: int = 20,
    rng: np.random.Generator,
) -> np.ndarray:
    """Blank out random bands and spans.

    Park et al., "SpecAugment", Interspeech 2019, section 2, without its time warping. The width
    of each mask is drawn uniformly from 0 to its greatest width, its place uniformly from where it fits. Masks may
    overlap. Each spectrogram of a batch gets masks of its own.

    Parameters
    ----------
    logmel : np.ndarray [shape=(..., n_mels, t)]
        Log-mel spectrograms, dB or standardised.
    freq_masks, time_masks : int
        Bands and spans per spectrogram.
    freq_width : int
        Greatest width of a band, mel bands; at most `n_mels`.
    time_width : int
        Greatest length of a span, frames; a spectrogram that is shorter than this takes its own length.
    rng : np.random.Generator
        Source of widths and places.

    Returns
    -------
    np.ndarray [shape=(..., n_mels, t)]
        A copy, float32, in which masked cells hold the mean of their spectrogram.

    Raises
    ------
    ConfigError
        If there are fewer than two dimensions, or a number or width is negative or wider than the bands.
    """
    logmel = np.asarray(logmel, dtype=np.float32)
    if logmel.ndim < 2:
        raise ConfigError(f"logmel must have the shape (..., n_mels, t), got {logmel.shape}.")
    *batch, n_mels, frames = logmel.shape
    if min(freq_masks, freq_width, time_masks, time_width) < 0 or freq_width > n_mels:
        raise ConfigError(
            f"Masks and widths must not be negative and freq_width at most {n_mels} bands, got "
            f"freq_masks={freq_masks}, freq_width={freq_width}, time_masks={time_masks}, time_width={time_width}."
        )
    bands = _masked(n_mels, batch=batch, masks=freq_masks, width=freq_width, rng=rng)
    spans = _masked(frames, batch=batch, masks=time_masks, width=min(time_width, frames), rng=rng)
    if not logmel.size:
        return logmel.copy()
    mean = logmel.mean(axis=(-2, -1), keepdims=True, dtype=np.float64).astype(np.float32)
    return np.where(bands[..., :, None] | spans[..., None, :], mean, logmel)


def _masked(length: int, *, batch: list[int], masks: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Which places lie under a mask [shape=(*batch, length)]."""
    widths = rng.integers(0, width, endpoint=True, size=(*batch, masks, 1))
    starts = rng.integers(0, length - widths, endpoint=True)
    places = np.arange(length)
    return ((places >= starts) & (places < starts + widths)).any(axis=-2)
