"""Augmentation: changed copies of a signal or a spectrogram that keep what it says about the emotion.

`KINDS` lists what there is, `Augmentation` is one of them with its parameters, `Chain` several in order. The functions
behind them can be called by themselves.
"""

from ser_core.augment.augmentation import Augmentation
from ser_core.augment.chain import MAX_STEPS, Chain
from ser_core.augment.codecs import mp3, opus
from ser_core.augment.kinds import KINDS, Kind
from ser_core.augment.noise import COLOURS, noise
from ser_core.augment.parameters import PARAMETERS, Parameter
from ser_core.augment.room import impulse_response, room
from ser_core.augment.spectrogram import spec_augment
from ser_core.augment.telephone import a_law, mu_law, telephone
from ser_core.augment.waveform import clipping, crop, gain, pitch, rate, shift, speed, stretch

__all__ = [
    "COLOURS",
    "KINDS",
    "MAX_STEPS",
    "PARAMETERS",
    "Augmentation",
    "Chain",
    "Kind",
    "Parameter",
    "a_law",
    "clipping",
    "crop",
    "gain",
    "impulse_response",
    "mp3",
    "mu_law",
    "noise",
    "opus",
    "pitch",
    "rate",
    "room",
    "shift",
    "spec_augment",
    "speed",
    "stretch",
    "telephone",
]
