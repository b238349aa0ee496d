"""Random changes of training spectrograms, drawn anew for every batch. Numpy only."""

from typing import Any

import numpy as np

from ser_core.augment import spec_augment


def augment(
    logmel: np.ndarray, targets: np.ndarray, *, config: dict[str, Any], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Change a batch as other voices, microphones and speaking rates would, then mask and mix.

    Parameters
    ----------
    logmel : np.ndarray [shape=(batch, n_mels, n_frames)]
        Log-mel spectrograms, dB.
    targets : np.ndarray [shape=(batch, k)]
        Probability of each emotion.
    config : dict
        Strengths: ``time_warp`` and ``freq_warp`` (largest relative change of scale), ``time_shift`` (frames),
        ``freq_shift`` (bands), ``gain_db``, the ``freq_masks, freq_width, time_masks, time_width`` of SpecAugment,
        and ``mixup`` (alpha). 0 turns a change off.
    rng : np.random.Generator
        Source of all that is random.

    Returns
    -------
    tuple of np.ndarray
        Spectrograms and targets of the same shapes, float32.
    """
    n, n_mels, n_frames = logmel.shape
    floor = logmel.min(axis=(1, 2), keepdims=True)
    # Another tempo and another place in time: what comes in from outside is silence, i.e. the floor.
    onto = _interpolation(_places(n_frames, n, config["time_warp"], config["time_shift"], rng))
    x = (logmel - floor) @ onto + floor
    # Another vocal tract: bands move up or down (Jaitly and Hinton, "Vocal tract length perturbation", ICML workshop
    # 2013; on the mel axis a change of length is close to a shift above 1 kHz and to a scaling below).
    places = _places(n_mels, n, config["freq_warp"], config["freq_shift"], rng, centre=0.0)
    x = _interpolation(np.clip(places, 0, n_mels - 1)).transpose(0, 2, 1) @ x
    gain = rng.uniform(-config["gain_db"], config["gain_db"], (n, 1, 1))
    x = np.where(x > floor, np.maximum(x + gain, floor), floor).astype(np.float32)
    if config["freq_masks"] or config["time_masks"]:
        x = spec_augment(
            x,
            freq_masks=config["freq_masks"],
            freq_width=config["freq_width"],
            time_masks=config["time_masks"],
            time_width=config["time_width"],
            rng=rng,
        )
    return _mixup(x, targets, alpha=config["mixup"], rng=rng)


def _places(size: int, n: int, warp: float, shift: float, rng, *, centre: float | None = None) -> np.ndarray:
    """Where each of `size` new positions is read from, per example [shape=(n, size)]."""
    centre = (size - 1) / 2 if centre is None else centre
    scale = rng.uniform(1 - warp, 1 + warp, (n, 1))
    return (np.arange(size) - centre) * scale + centre + rng.uniform(-shift, shift, (n, 1))


def _interpolation(places: np.ndarray) -> np.ndarray:
    """Matrices [shape=(n, size, size)] that read a row vector at `places` linearly; 0 outside of it.

    Examples
    --------
    >>> (np.array([10.0, 20.0]) @ _interpolation(np.array([[0.5, 3.0]]))).tolist()
    [[15.0, 0.0]]
    """
    sources = np.arange(places.shape[1])[:, None]
    return np.maximum(0.0, 1.0 - np.abs(places[:, None, :] - sources)).astype(np.float32)


def _mixup(x: np.ndarray, targets: np.ndarray, *, alpha: float, rng) -> tuple[np.ndarray, np.ndarray]:
    """Zhang et al., "mixup: Beyond empirical risk minimization", ICLR 2018: each example with another of the batch."""
    if not alpha:
        return x, targets.astype(np.float32)
    share = rng.beta(alpha, alpha, (len(x), 1)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(x))
    mixed = share[:, :, None] * x + (1 - share[:, :, None]) * x[other]
    return mixed, (share * targets + (1 - share) * targets[other]).astype(np.float32)
