"""Where the published AudioSet weights lie; without TensorFlow, so that a page may ask whether they are here."""

from pathlib import Path

from ser_core import settings
from ser_core.errors import ModelError

WEIGHTS_FILE = "mobilenetv3_w04_audioset.npz"


def weights_path() -> Path:
    """The file of the AudioSet weights.

    Raises
    ------
    ModelError
        If it is not there; the message says where to get it and where to put it.
    """
    path = settings.pretrained_dir() / WEIGHTS_FILE
    if not path.is_file():
        raise ModelError(
            f"The AudioSet weights are not at {path}. Fine-tuning starts from EfficientAT's mn04_as (MIT): download "
            "mn04_as_mAP_432.pt from the v0.0.1 release of github.com/fschmid56/EfficientAT, save its state "
            f"dictionary's arrays under their names with numpy.savez as {WEIGHTS_FILE}, and set SER_PRETRAINED_DIR to "
            "the folder that holds it."
        )
    return path
