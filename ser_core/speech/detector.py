"""Where somebody speaks: Silero's voice activity detector, run on a recording as it comes.

The network is `silero_vad_16k_sequence.onnx` of silero-vad 6.2.3 (MIT licence, Silero Team, https://github.com/
snakers4/silero-vad), unchanged. It ships with this package because that library brings it with PyTorch, which serving
has no other use for.
"""

import functools
from pathlib import Path

import numpy as np

from ser_core.errors import ConfigError

SAMPLING_RATE = 16_000
"""The rate that the network hears, Hz."""

FRAME = 512
"""Samples per answer: 32 ms."""

FRAME_S = FRAME / SAMPLING_RATE

# The network sees the end of the frame before, too.
_CONTEXT = 64
_STATE = (1, 1, 128)


class SpeechDetector:
    """The probability that somebody speaks, for each 32 ms of a recording. One instance per recording.

    Examples
    --------
    >>> detector = SpeechDetector()
    >>> detector(np.zeros(16_000, np.float32)).shape, detector.finish().shape
    ((31,), (1,))
    """

    def __init__(self):
        self._session = _session()
        self._rest = np.empty(0, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """The next part of the recording.

        Parameters
        ----------
        block : np.ndarray [shape=(t,)]
            float32 in [-1, 1] at `SAMPLING_RATE`, of any length.

        Returns
        -------
        np.ndarray [shape=(n,)]
            Probabilities of the frames that are complete by now.
        """
        block = np.asarray(block, dtype=np.float32)
        if block.ndim != 1:
            raise ConfigError(f"A block has shape (t,), got {block.shape}.")
        signal = np.concatenate([self._rest, block])
        n = len(signal) // FRAME
        self._rest = signal[n * FRAME :]
        return self._run(signal[: n * FRAME].reshape(n, FRAME))

    def finish(self) -> np.ndarray:
        """The last frame, filled up with silence; empty if there is no rest."""
        if not len(self._rest):
            return np.empty(0, np.float32)
        last = np.zeros((1, FRAME), np.float32)
        last[0, : len(self._rest)] = self._rest
        self._rest = self._rest[:0]
        return self._run(last)

    def _run(self, frames: np.ndarray) -> np.ndarray:
        if not len(frames):
            return np.empty(0, np.float32)
        before = np.vstack([self._context, frames[:-1, -_CONTEXT:]])
        inputs = {"input": np.hstack([before, frames]), "h": self._h, "c": self._c}
        probabilities, self._h, self._c = self._session.run(["speech_probs", "hn", "cn"], inputs)
        self._context = frames[-1, -_CONTEXT:]
        return probabilities


def speech_probabilities(signal: np.ndarray) -> np.ndarray:
    """The probability that somebody speaks, for each 32 ms of a clip.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        float32 in [-1, 1] at `SAMPLING_RATE`.

    Returns
    -------
    np.ndarray [shape=(ceil(t / FRAME),)]
        In [0, 1].

    Examples
    --------
    >>> speech_probabilities(np.zeros(1000, np.float32)).shape
    (2,)
    """
    detector = SpeechDetector()
    return np.concatenate([detector(signal), detector.finish()])


@functools.cache
def _session():
    """The network, loaded once: it keeps nothing of what it hears, a `SpeechDetector` does."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Keeps the memory of a long-lived server flat.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return ort.InferenceSession(
        Path(__file__).with_name("silero_vad.onnx"), options, providers=["CPUExecutionProvider"]
    )
