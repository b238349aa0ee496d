"""The errors: one root, the built-ins a caller would expect, and advice."""

import inspect

import pytest

from ser_core import errors
from ser_core.errors import AudioError, SERError

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
AUDIO = [kind for kind in ALL if issubclass(kind, AudioError)]


@pytest.mark.parametrize("kind", ALL)
def test_all_have_one_root_and_say_what_they_mean(kind):
    assert issubclass(kind, SERError)
    assert kind.__name__.endswith("Error")
    assert kind.__doc__


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.ConfigError, ValueError),
        (errors.AudioError, ValueError),
        (errors.CorpusNotFoundError, FileNotFoundError),
        (errors.DownloadError, OSError),
        (errors.ModelError, RuntimeError),
        (errors.RunError, RuntimeError),
    ],
)
def test_children_are_what_a_caller_expects(kind, builtin):
    with pytest.raises(builtin, match="why"):
        raise kind("why", advice="what to do") if issubclass(kind, AudioError) else kind("why")


@pytest.mark.parametrize("kind", AUDIO)
def test_bad_audio_comes_with_advice(kind):
    error = kind("It is silent.", advice="Speak up.")
    assert (str(error), error.message, error.advice) == ("It is silent. Speak up.", "It is silent.", "Speak up.")
    with pytest.raises(TypeError):
        kind("It is silent.")


def test_a_message_without_errno_stays_as_it_is():
    # OSError turns two arguments into "[Errno ...]"; one must stay a plain sentence.
    assert str(errors.DownloadError("The server hung up.")) == "The server hung up."
    assert str(errors.CorpusNotFoundError("No corpus.")) == "No corpus."
