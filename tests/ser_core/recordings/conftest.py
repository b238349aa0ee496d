import pytest

from ser_core.serving import Predictor
from ser_core.serving.testing import make_model


@pytest.fixture(scope="session")
def predictor(tmp_path_factory) -> Predictor:
    """A model that finds every clip sad, at .7."""
    folder = tmp_path_factory.mktemp("models") / "always-sad"
    make_model(folder, probabilities={"sad": 0.7})
    return Predictor(folder)
