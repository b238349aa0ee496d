"""Augmentation: changed copies of a signal or a spectrogram that keep what it says about the emotion."""

from ser_core.augment.augmentation import KINDS, Augmentation, Kind
from ser_core.augment.spectrogram import spec_augment
from ser_core.augment.waveform import RANGES, gain, noise, pitch, shift, stretch

__all__ = [
    "KINDS",
    "RANGES",
    "Augmentation",
    "Kind",
    "gain",
    "noise",
    "pitch",
    "shift",
    "spec_augment",
    "stretch",
]
