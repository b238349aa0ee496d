"""The models that a run kept, one for each fold, and what they say of clips."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ser_core.errors import RunError
from ser_core.labels import EMOTIONS
from ser_core.voices import INPUTS, voice_inputs

MODELS = "models"
_INPUT, _OUTPUT = "features", "probabilities"
_FILE = re.compile(r"seed(\d+)-fold(\d+)\.onnx")
#: Clips judged at a time, which bounds the memory.
_BATCH = 64
#: Each takes more than 1 GB where a voice has a hundred clips: more threads would not fit into small machines.
_MOST_THREADS = 2

_Part, _Answer = TypeVar("_Part"), TypeVar("_Answer")


def kept_models(folder: Path | str) -> dict[tuple[int, int], Path]:
    """The models that a run kept: (seed, fold) -> file."""
    found = {}
    for file in sorted((Path(folder) / MODELS).glob("*.onnx")):
        if match := _FILE.fullmatch(file.name):
            found[int(match[1]), int(match[2])] = file
    return found


def open_model(file: Path) -> Any:
    """An ONNX Runtime session of a kept model, on one core: whoever has many clips judges parts of them side by side.

    Raises
    ------
    RunError
        If it takes anything but features, and perhaps a voice.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Optional inputs are no constants, of which it would warn.
    options.log_severity_level = 3
    model = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    inputs = [node.name for node in model.get_inputs()]
    if inputs != [_INPUT]:
        raise RunError(f"{file.name} reads {', '.join(inputs)}; only models that read `{_INPUT}` can be measured here.")
    return model


def hears_voices(model: Any) -> bool:
    """Whether an opened model can be adapted to a voice by clips of it."""
    return {node.name for node in model.get_overridable_initializers()} >= set(INPUTS)


def probabilities(model: Any, x: np.ndarray, *, enrolled: np.ndarray | None = None) -> np.ndarray:
    """What a model says of clips.

    Parameters
    ----------
    model : onnxruntime.InferenceSession
        The model.
    x : np.ndarray [shape=(n_clips, ...)]
        Features.
    enrolled : np.ndarray [shape=(n_enrolled, ...)], optional
        Features of unlabelled clips of the voice to which the model is adapted first.

    Returns
    -------
    np.ndarray [shape=(n_clips, 8)]
        float32.
    """
    of_voice = {} if enrolled is None else voice_inputs(model, enrolled)
    batches = (np.ascontiguousarray(x[i : i + _BATCH], np.float32) for i in range(0, len(x), _BATCH))
    found = [model.run([_OUTPUT], {_INPUT: batch, **of_voice})[0] for batch in batches]
    return np.concatenate(found) if found else np.zeros((0, len(EMOTIONS)), np.float32)


def side_by_side(judge: Callable[[_Part], _Answer], parts: Iterable[_Part]) -> Iterator[_Answer]:
    """What `judge` gives for each part, in their order, on as many cores as there are.

    Whoever takes no more of them leaves the rest undone.
    """
    threads = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1))
    try:
        yield from threads.map(judge, parts)
    finally:
        threads.shutdown(cancel_futures=True)
