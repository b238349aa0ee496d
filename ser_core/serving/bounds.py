"""What the features of a model folder may ask of the machine: the folder may come from a stranger."""

import math

from ser_core.errors import ModelError
from ser_core.features import FeatureSpec

# The longest clip that is judged (60 s) stays below 1 GB in every step within these; what ships is far below them.
_AT_MOST = {
    "sr": 48_000,
    "n_fft": 2**14,
    "n_mels": 512,
    "n_mfcc": 512,
    "n_frames": 2**14,
    "step": 2**14,
    "level_row": 1,
}
_MOST_OVERLAP = 16  # Transforms that each sample may be in.
_MOST_CELLS = 2**21


def require_bounded(spec: FeatureSpec) -> None:
    """Refuse a feature spec that would take a server's memory.

    Raises
    ------
    ModelError
        If it would; the message says by what.
    """
    fields = spec.to_dict()
    for name, value in fields.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ModelError(f"The card's features must be finite numbers, got {name} of {value}.")
    for name, most in _AT_MOST.items():
        if fields.get(name, 0) > most:
            raise ModelError(f"The card's features may have {name} of at most {most}, got {fields[name]}.")
    if fields.get("n_fft", 0) > _MOST_OVERLAP * fields.get("hop_length", math.inf):
        raise ModelError(
            f"The card's features may overlap by a factor of at most {_MOST_OVERLAP}, got n_fft {fields['n_fft']} with "
            f"hop_length {fields['hop_length']}."
        )
    if fields.get("n_mels", 1) * fields.get("n_frames", 1) > _MOST_CELLS:
        raise ModelError(f"The card's features may have at most {_MOST_CELLS} values per clip.")
