"""A speech encoder as an ONNX file: a waveform in, embeddings or classes out. Its bytes are all that is read.

wav2vec 2.0, HuBERT, WavLM, emotion2vec and their kin have this form once exported, see docs/encoders.md. The file comes
from outside and is plain data: ONNX Runtime runs the operators that it knows, loads no library for others, and reads no
further file.
"""

import hashlib
from pathlib import Path

import numpy as np

from ser_core.errors import ModelError

#: Largest file, bytes: what one ONNX file can hold (the limit of protocol buffers, 2 GiB).
MAX_BYTES = 2**31 - 2**20
#: Most numbers per frame; large encoders have 1024.
MAX_DIM = 8192
#: Inputs besides the waveform that exports have: which samples count. All do here.
_MASK = "attention_mask"
#: Lengths that an encoder is tried out with, samples: two, for one of fixed length would take only the first.
_TRIALS = (16_000, 11_000)
HOW_TO_EXPORT = "docs/encoders.md says how to export one."


class Encoder:
    """An encoder at work on one processor core. One instance may serve many threads at once.

    Parameters
    ----------
    content : bytes
        The ONNX file.

    Raises
    ------
    ModelError
        If ONNX Runtime cannot run it, or it is no encoder of waveforms; the message says what it is.

    Attributes
    ----------
    dim : int
        Numbers that it gives per frame, or per clip.
    per_frame : bool
        Whether it gives a row for each frame; else one for the clip.
    """

    def __init__(self, content: bytes):
        self._session = _session(content)
        self._waveform, self._masks = _inputs(self._session)
        self._output = _output(self._session)
        noise = np.random.default_rng(0).normal(size=_TRIALS[0]).astype(np.float32)
        tried = [self._run(noise[:length]) for length in _TRIALS]
        self.per_frame = tried[0].ndim == 3
        self.dim = int(tried[0].shape[-1])
        if tried[1].ndim != tried[0].ndim or tried[1].shape[-1] != self.dim or not 0 < self.dim <= MAX_DIM:
            raise ModelError(
                f"The encoder gives {list(tried[0].shape)} for {_TRIALS[0]} samples and {list(tried[1].shape)} for "
                f"{_TRIALS[1]}; wanted is (1, frames, n) or (1, n) with the same n, at most {MAX_DIM}. {HOW_TO_EXPORT}"
            )

    def embed(self, signal: np.ndarray) -> np.ndarray:
        """What the encoder gives for a waveform.

        Parameters
        ----------
        signal : np.ndarray [shape=(t,)]
            At 16 kHz, prepared as the encoder was trained with.

        Returns
        -------
        np.ndarray [shape=(n_frames, dim)]
            float32, finite; one row where it is not `per_frame`.

        Raises
        ------
        ModelError
            If it gives numbers that are not finite, or fails.
        """
        return self._run(signal).reshape(-1, self.dim)

    def _run(self, signal: np.ndarray) -> np.ndarray:
        """One clip through the network [shape=(1, ...)]."""
        batch = np.ascontiguousarray(signal, dtype=np.float32)[None]
        masks = {name: np.ones(batch.shape, np.int64) for name in self._masks}
        try:
            (found,) = self._session.run([self._output], {self._waveform: batch, **masks})
        except Exception as error:  # ONNX Runtime has a class per cause, all bare RuntimeErrors with internal messages
            raise ModelError(
                f"The encoder cannot hear {batch.shape[1]} samples ({_first_line(error)}). It must take any length: "
                f"export it with dynamic axes. {HOW_TO_EXPORT}"
            ) from error
        if found.ndim not in (2, 3) or len(found) != 1 or found.size == 0 or not np.isfinite(found).all():
            raise ModelError(
                f"For {batch.shape[1]} samples the encoder gives {list(found.shape)}, or numbers that are not finite; "
                f"wanted is (1, frames, n) or (1, n). {HOW_TO_EXPORT}"
            )
        return found


def read(file: Path | str) -> tuple[bytes, str]:
    """The bytes of an encoder and their SHA-256.

    Raises
    ------
    ModelError
        If there is no such file, or it is too large.
    """
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ModelError(f"The encoder {file} cannot be read ({error.strerror or error}).") from error
    if len(content) > MAX_BYTES:
        raise ModelError(f"The encoder {file} is larger than {MAX_BYTES // 2**20} MiB, more than one ONNX file can be.")
    return content, hashlib.sha256(content).hexdigest()


def _session(content: bytes):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: clips are many, and each process takes its own.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as in Encoder
        raise ModelError(
            f"The encoder is no model that ONNX Runtime runs by itself ({_first_line(error)}). Wanted is one ONNX file "
            f"of standard operators, its weights inside. {HOW_TO_EXPORT}"
        ) from error


def _inputs(session) -> tuple[str, list[str]]:
    """Name of the waveform and of masks.

    Raises
    ------
    ModelError
        If it takes anything else.
    """
    nodes = session.get_inputs()
    masks = [node.name for node in nodes if node.name == _MASK and node.type == "tensor(int64)"]
    waves = [node for node in nodes if node.name not in masks]
    told = ", ".join(f"{node.name} {node.type} {node.shape}" for node in nodes)
    if len(waves) != 1 or waves[0].type != "tensor(float)" or len(waves[0].shape) != 2:
        raise ModelError(
            f"An encoder takes a waveform, float (batch, samples), and perhaps {_MASK}; this one takes {told}. "
            f"{HOW_TO_EXPORT}"
        )
    batch, samples = waves[0].shape
    if isinstance(samples, int) or (isinstance(batch, int) and batch != 1):
        raise ModelError(f"The encoder takes {told}: export it with dynamic axes, so that clips of any length fit.")
    return waves[0].name, masks


def _output(session) -> str:
    """Name of the first output: by convention the last hidden state, or the scores of classes.

    Raises
    ------
    ModelError
        If it is no array of floats.
    """
    node = session.get_outputs()[0]
    if node.type != "tensor(float)":
        raise ModelError(f"The first output of an encoder is float; this one gives {node.name} {node.type}.")
    return node.name


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
