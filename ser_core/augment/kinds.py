"""The kinds of augmentation there are."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ser_core.augment import codecs, noise, room, spectrogram, telephone, waveform
from ser_core.augment.parameters import PARAMETERS, Parameter


@dataclass(frozen=True)
class Kind:
    """A kind of augmentation.

    Attributes
    ----------
    name, title : str
        Identifier, and name as shown to a reader.
    description : str
        What it does, in a sentence.
    defaults : mapping
        Its parameters, by name, with the values they have where none are given.
    function : callable
        ``function(signal, *, sr, <parameters>)``, or ``function(logmel, *, <parameters>)`` where `domain` is
        ``"spectrogram"``; with `rng` too if `random`.
    random : bool
        Whether it draws random numbers.
    domain : str
        What it changes: ``"waveform"`` or ``"spectrogram"``.
    version : int
        Raised whenever the same parameters give other samples.
    """

    name: str
    title: str
    description: str
    defaults: Mapping[str, Any]
    function: Callable[..., np.ndarray]
    random: bool = False
    domain: str = "waveform"
    version: int = 1

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What can be set about it."""
        return tuple(PARAMETERS[name] for name in self.defaults)


def _noise(name: str, title: str, description: str, colour: str) -> Kind:
    function = functools.partial(noise.noise, colour=colour)
    return Kind(name, title, description, MappingProxyType({"snr_db": 20.0}), function, random=True)


def _kind(name: str, title: str, description: str, function: Callable, defaults: dict, **rest) -> Kind:
    return Kind(name, title, description, MappingProxyType(defaults), function, **rest)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _noise("noise", "White noise", "A hiss: equal power at all frequencies.", "white"),
        _noise("pink-noise", "Pink noise", "As of rain or a fan: equal power in each octave.", "pink"),
        _noise("brown-noise", "Brown noise", "A rumble as of traffic: most power at low frequencies.", "brown"),
        _noise("speech-noise", "Speech-shaped noise", "A hum with the spectrum of the clip itself.", "speech"),
        _kind("shift", "Time shift", "Moves the clip in time.", waveform.shift, {"seconds": 0.2}),
        _kind("pitch", "Pitch shift", "Changes the pitch and keeps the pace.", waveform.pitch, {"semitones": 1.0}),
        _kind("stretch", "Time stretch", "Changes the pace and keeps the pitch.", waveform.stretch, {"rate": 0.9}),
        _kind("speed", "Speed", "Changes pace and pitch together, as a tape.", waveform.speed, {"speed": 1.1}),
        _kind("gain", "Gain", "Makes the clip louder or softer.", waveform.gain, {"gain_db": -6.0}),
        _kind(
            "room",
            "Room",
            "Adds the reverberation of a room, made by chance from its time of decay.",
            room.room,
            {"rt60_s": 0.5, "drr_db": 0.0},
            random=True,
        ),
        _kind(
            "telephone",
            "Telephone",
            "Keeps 300 to 3400 Hz at 8 kHz, coded in 8 bits if asked.",
            telephone.telephone,
            {"law": "mu-law"},
        ),
        _kind("mp3", "MP3", "Codes the clip as MP3.", codecs.mp3, {"kbps": 32.0}),
        _kind("opus", "Opus", "Codes the clip as internet calls do.", codecs.opus, {"kbps": 16.0}),
        _kind("clipping", "Clipping", "Records too loudly, peaks cut off.", waveform.clipping, {"percent": 5.0}),
        _kind(
            "rate",
            "Sampling rate",
            "Records with fewer samples per second, which loses the highest frequencies.",
            waveform.rate,
            {"rate_hz": 8000.0},
        ),
        _kind("crop", "Cut ends", "Cuts off both ends of the clip.", waveform.crop, {"cut_s": 0.2}),
        _kind(
            "spec-augment",
            "SpecAugment",
            "Blanks out bands and spans of the log-mel spectrogram.",
            spectrogram.spec_augment,
            {"freq_masks": 2, "freq_width": 8, "time_masks": 2, "time_width": 20},
            random=True,
            domain="spectrogram",
        ),
    )
}
"""Name -> kind of augmentation."""
