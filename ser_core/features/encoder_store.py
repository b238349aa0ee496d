"""Where the user's speech encoders lie: by the SHA-256 of their files, so that a feature spec names one for good."""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from ser_core import settings
from ser_core.errors import ConfigError, ModelError
from ser_core.features.encoder_file import Encoder, read
from ser_core.files import write_bytes

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST_NAME = 40
_LEAST_DIGITS = 8
#: Files that model folders brought along, by SHA-256.
_brought: dict[str, Path] = {}
_opened: OrderedDict[str, Encoder] = OrderedDict()
_opening = threading.Lock()
#: Each holds its weights in memory.
_MOST_OPEN = 4


@dataclass(frozen=True)
class Stored:
    """An encoder that is here.

    Attributes
    ----------
    sha256 : str
        Of its file.
    name : str
        As its user called the file, for readers.
    file : Path
        Where it lies.
    """

    sha256: str
    name: str
    file: Path


def add(file: Path | str) -> Stored:
    """Take in an encoder: it is checked, tried out and copied to where later trainings find it.

    Parameters
    ----------
    file : Path or str
        An ONNX file, see `ser_core.features.encoder_file.Encoder`.

    Raises
    ------
    ModelError
        If it is none, or no encoder; nothing is kept then.
    """
    content, sha256 = read(file)
    Encoder(content)
    for known in stored():
        if known.sha256 == sha256:
            return known
    name = _NAME.sub("-", Path(file).stem).strip("-.")[:_LONGEST_NAME] or "encoder"
    place = settings.encoders_dir() / f"{name}-{sha256}.onnx"
    write_bytes(place, content)
    return Stored(sha256, name, place)


def stored() -> list[Stored]:
    """All that were taken in, by name."""
    found = []
    for file in settings.encoders_dir().glob("*.onnx"):
        name, _, sha256 = file.stem.rpartition("-")
        if name and not name.startswith(".") and _DIGEST.fullmatch(sha256):
            found.append(Stored(sha256, name, file))
    return sorted(found, key=lambda each: (each.name, each.sha256))


def find(text: str) -> Stored:
    """The encoder of this name, or whose SHA-256 begins so.

    Raises
    ------
    ConfigError
        If there is none, or more than one.
    """
    known = stored()
    fits = [each for each in known if each.name == text or each.sha256 == text]
    if not fits and len(text) >= _LEAST_DIGITS:
        fits = [each for each in known if each.sha256.startswith(text)]
    if len(fits) != 1:
        names = ", ".join(f"{each.name} ({each.sha256[:_LEAST_DIGITS]})" for each in known) or "none yet"
        many = "is not one encoder" if fits else "is no encoder"
        raise ConfigError(
            f"{text!r} {many} on this machine; there are {names}. `python -m ser_core train encoder --encoder FILE` "
            "takes one in."
        )
    return fits[0]


def bring(file: Path, *, sha256: str) -> None:
    """Let the encoder that lies in a model folder be found as if it had been taken in.

    Raises
    ------
    ModelError
        If it cannot be read, is another one, or cannot run.
    """
    content = _checked(file, sha256)
    with _opening:
        if sha256 not in _opened:
            _keep(sha256, Encoder(content))
        _brought[sha256] = file


def locate(sha256: str) -> Path:
    """The file of an encoder.

    Raises
    ------
    ModelError
        If it is not on this machine.
    """
    places = [each.file for each in stored() if each.sha256 == sha256]
    if sha256 in _brought:
        places.append(_brought[sha256])
    for file in places:
        if file.is_file():
            return file
    raise ModelError(
        f"The speech encoder {sha256[:12]}... is not on this machine. Take it in with "
        "`python -m ser_core train encoder --encoder FILE`; it must be the very same file."
    )


def open_encoder(sha256: str) -> Encoder:
    """An encoder, checked against its SHA-256; the last few stay open.

    Raises
    ------
    ModelError
        If it is not on this machine, is another one, or cannot run.
    """
    with _opening:
        if sha256 not in _opened:
            _keep(sha256, Encoder(_checked(locate(sha256), sha256)))
        _opened.move_to_end(sha256)
        return _opened[sha256]


def _keep(sha256: str, encoder: Encoder) -> None:
    _opened[sha256] = encoder
    while len(_opened) > _MOST_OPEN:
        _opened.popitem(last=False)


def _checked(file: Path, sha256: str) -> bytes:
    content, found = read(file)
    if found != sha256:
        raise ModelError(
            f"{file} is not the encoder {sha256[:12]}... that is asked for (its SHA-256 begins {found[:12]}). Put the "
            "right file there, or take it away."
        )
    return content
