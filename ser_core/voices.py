"""What a network that hears voices needs to know of one: batch-normalisation statistics, spectrum and mean level.

The network is an ONNX graph as `ser_core.models._audioset_onnx.to_onnx` describes it; nothing here needs TensorFlow.
"""

from typing import Any

import numpy as np

from ser_core.features.audioset import long_term_spectrum

INPUTS = ("statistics", "spectrum", "reference", "share")
"""What a network takes besides its features to hear a voice, see `voice_inputs`."""

MOST_CLIPS = 128
"""More clips say nothing new of a voice and take memory."""

PRIOR_CLIPS = 4.0
"""Clips that the statistics of all voices count for against those of the clips of one voice.

Measured on development speakers (RAVDESS 04, 10, 12, 14), UAR by the number of enrolled clips: 0 .43, 1 .52, 3 .59,
6 .68, 12 .76, 30 .75. The mixing is that of Schneider et al., "Improving robustness against common corruptions by
covariate shift adaptation", NeurIPS 2020, with a voice in the place of a corruption.
"""


def some_of(x: np.ndarray) -> np.ndarray:
    """At most `MOST_CLIPS` of the clips `x`, from all over.

    Examples
    --------
    >>> len(some_of(np.arange(1000))), some_of(np.arange(3)).tolist()
    (128, [0, 1, 2])
    """
    return x[np.unique(np.linspace(0, len(x) - 1, min(MOST_CLIPS, len(x))).round().astype(int))]


def share_of(n_clips: int) -> float:
    """How far the statistics of `n_clips` clips of a voice count against those of all voices, in [0, 1].

    Examples
    --------
    >>> share_of(0), share_of(4)
    (0.0, 0.5)
    """
    return n_clips / (n_clips + PRIOR_CLIPS)


def voice_inputs(session: Any, x: np.ndarray) -> dict[str, np.ndarray]:
    """What to give a network, besides its features, for it to hear a voice.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Of a network trained by voice.
    x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
        Log-mel images of unlabelled clips of the voice, the last row their levels.

    Returns
    -------
    dict of str to np.ndarray
        `INPUTS`, float32, as the network takes them.
    """
    share = np.float32([share_of(len(x))])
    clips = np.asarray(some_of(x), dtype=np.float32)
    spectrum = long_term_spectrum(clips[:, :-1])
    of_voice = {"spectrum": spectrum, "reference": clips[:, -1, 0].mean(keepdims=True), "share": share}
    (statistics,) = session.run(["statistics_used"], {"features": clips, **of_voice, "own": share})
    return {"statistics": statistics, **of_voice}
