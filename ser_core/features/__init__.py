"""Acoustic features: a spec says what is computed, `extract` computes it, `table.matrix` does so for a corpus.

Each kind of spec is computed by one module of this package, which offers ``extract(signal, *, spec)`` for a signal
at the spec's own sampling rate, and ``feature_names(spec)``.
"""

from importlib import import_module

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.sound import Sound
from ser_core.features.spec import (
    AudioSetSpec,
    EncoderSpec,
    FeatureSpec,
    FramesSpec,
    FunctionalsSpec,
    LogMelSpec,
    spec_from_dict,
)

__all__ = [
    "AudioSetSpec",
    "EncoderSpec",
    "FeatureSpec",
    "FramesSpec",
    "FunctionalsSpec",
    "LogMelSpec",
    "Sound",
    "extract",
    "feature_names",
    "most_workers",
    "spec_from_dict",
]


def _module(spec: FeatureSpec):
    # Imported when first needed: a server that runs one family loads the code of one.
    return import_module(f"ser_core.features.{spec.kind}")


def extract(signal: np.ndarray | Sound, *, sr: int, spec: FeatureSpec) -> np.ndarray:
    """Compute the features of one clip.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)] or Sound
        Samples in [-1, 1]. Any length from one sample on; what is too short for a feature counts as silence there.
        Where several kinds are computed of one clip, a `Sound` spares them what they have in common.
    sr : int
        Its sampling rate, Hz; the signal is resampled when the spec asks for another.
    spec : FeatureSpec
        What to compute.

    Returns
    -------
    np.ndarray
        float32, always finite: ``[shape=(n_features,)]`` for functionals, ``[shape=(n_mels, n_frames)]`` for log-mel.
        The same signal gives the same bits, alone or in a table.

    Raises
    ------
    ConfigError
        If the spec is of a version that this code does not compute.

    Examples
    --------
    >>> extract(np.zeros(16_000), sr=16_000, spec=LogMelSpec()).shape
    (64, 188)
    """
    if spec.version != type(spec).version:
        raise ConfigError(
            f"Features of kind {spec.kind!r} are computed in version {type(spec).version} here, got {spec.version}. "
            "Train the model again, or use the release that it was trained with."
        )
    if sr != spec.sr:
        from ser_core.audio import resample

        signal = resample(np.asarray(signal, dtype=np.float32), sr=sr, to=spec.sr)
    return _module(spec).extract(signal, spec=spec)


def feature_names(spec: FeatureSpec) -> tuple[str, ...]:
    """Name of each row of what `extract` returns: one per functional, or one per mel band."""
    return _module(spec).feature_names(spec)


def most_workers(spec: FeatureSpec) -> int | None:
    """Processes that may compute these features at once; None where the memory sets no bound."""
    bound = getattr(_module(spec), "most_workers", None)
    return None if bound is None else bound(spec)
