"""What models that ship have in common, whatever they are trained on."""

from pathlib import Path

import numpy as np
import pandas as pd

from ser_core.errors import ModelError
from ser_core.models import Data, Fitted
from ser_core.models.onnx_tools import session

#: Below this top probability an answer is marked uncertain: calibrated, it is then more likely wrong than right.
MIN_CONFIDENCE = 0.5
#: Largest difference of any probability between the trained model and its ONNX form.
MAX_DIFFERENCE = 1e-4
SEED = 0

INTENDED_USE = (
    "Research, teaching and demonstration: to see what a recogniser of this kind hears in acted speech, and how sure "
    "it is. Not for decisions about people."
)


def onnx_difference(onnx: bytes, fitted: Fitted, data: Data, *, most: float = MAX_DIFFERENCE) -> float:
    """Largest difference of any probability between a fitted model and its ONNX form over `data`.

    Raises
    ------
    ModelError
        If it exceeds `most`.
    """
    network = session(onnx)
    # One by one, as in serving.
    rows = (np.asarray(row[None], dtype=np.float32) for row in data.x)
    served = np.concatenate([network.run(["probabilities"], {"features": row})[0] for row in rows])
    difference = float(np.abs(served - fitted.predict_proba(data.x)).max())
    if not difference <= most:
        raise ModelError(f"The ONNX form differs from the model by {difference:.2g}, more than {most:g}.")
    return difference


def audio_of(pool: pd.DataFrame) -> str:
    """What the training audio was: a release's WAV at 48 kHz and a copy at 16 kHz do not give the same model."""
    rates = "/".join(str(rate) for rate in sorted(pool["sampling_rate"].dropna().unique()))
    endings = "/".join(sorted({Path(path).suffix.lstrip(".").upper() for path in pool["path"]}))
    return f"{endings} at {rates} Hz"
