"""What can be set about an augmentation: names, units and what is allowed."""

from dataclasses import dataclass

import numpy as np

from ser_core.errors import ConfigError


@dataclass(frozen=True)
class Parameter:
    """One thing to set.

    Attributes
    ----------
    name, title : str
        Identifier, and name as shown to a reader.
    unit : str
        As names and figures show it; empty for plain numbers and choices.
    low, high : float
        Least and greatest value allowed; without effect on choices.
    usual : tuple of float
        Ends of the range that sounds like something people meet: what a slider offers.
    step : float
        Distance of two values on a slider.
    whole : bool
        Whether only whole numbers are allowed.
    choices : tuple
        All values allowed, where they are few; numbers or words.
    help : str
        What it means, in a sentence.
    """

    name: str
    title: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    usual: tuple[float, float] = (0.0, 0.0)
    step: float = 1.0
    whole: bool = False
    choices: tuple = ()
    help: str = ""

    def require(self, value):
        """`value` in its own type: float, int where only whole numbers are allowed, str for words.

        Raises
        ------
        ConfigError
            If it is not allowed.
        """
        if self.choices:
            # True is 1 to Python, but nobody means it.
            if isinstance(value, bool) or value not in self.choices:
                allowed = ", ".join(map(str, self.choices))
                raise ConfigError(f"{self.name} must be one of {allowed}, got {value!r}.")
            return self.choices[self.choices.index(value)]
        number = not isinstance(value, bool) and isinstance(value, (int, float, np.number))
        if not number or not self.low <= value <= self.high or (self.whole and value != int(value)):
            kind = "whole number" if self.whole else "number"
            raise ConfigError(f"{self.name} must be a {kind} from {self.low:g} to {self.high:g}, got {value!r}.")
        return int(value) if self.whole else float(value)

    def text(self, value) -> str:
        """A value with its unit, such as "20dB" or "mu-law"."""
        return value if isinstance(value, str) else f"{value:g}{self.unit}"


PARAMETERS = {
    each.name: each
    for each in (
        Parameter(
            "snr_db",
            "Signal-to-noise ratio",
            "dB",
            -20.0,
            100.0,
            usual=(-10.0, 40.0),
            help="Mean power of the clip, its pauses included, over that of the noise. 0 dB: both are equally strong.",
        ),
        Parameter(
            "seconds", "Shift", "s", -60.0, 60.0, usual=(-1.0, 1.0), step=0.05, help="Later if positive; zeros come in."
        ),
        Parameter(
            "semitones",
            "Shift",
            "st",
            -24.0,
            24.0,
            usual=(-6.0, 6.0),
            step=0.5,
            help="Up if positive; 12 an octave.",
        ),
        Parameter(
            "rate",
            "Pace",
            "x",
            0.25,
            4.0,
            usual=(0.5, 2.0),
            step=0.05,
            help="Faster above 1, slower below.",
        ),
        Parameter(
            "speed",
            "Speed",
            "x",
            0.25,
            4.0,
            usual=(0.5, 2.0),
            step=0.05,
            help="As a tape that runs faster (above 1) or slower: pace, pitch and formants change together.",
        ),
        Parameter("gain_db", "Gain", "dB", -80.0, 80.0, usual=(-40.0, 40.0), help="Louder if positive."),
        Parameter(
            "rt60_s",
            "Reverberation time",
            "s",
            0.05,
            5.0,
            usual=(0.1, 2.0),
            step=0.05,
            help="RT60: until the sound in the room has decayed by 60 dB. Living room 0.4 s, hall 2 s.",
        ),
        Parameter(
            "drr_db",
            "Direct over reverberant sound",
            "dB",
            -30.0,
            40.0,
            usual=(-10.0, 20.0),
            help="Direct-to-reverberant ratio (DRR): high close to the microphone, below 0 dB far away from it.",
        ),
        Parameter(
            "law",
            "Coding",
            choices=("none", "mu-law", "a-law"),
            help="8 bits per sample as telephone networks code them (ITU-T G.711): mu-law in North America and Japan, "
            "A-law elsewhere.",
        ),
        Parameter(
            "kbps",
            "Bit rate",
            "kbps",
            choices=(8.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0),
            help="Kilobits per second, constant. The recording itself at 16 kHz and 16 bits has 256.",
        ),
        Parameter(
            "percent",
            "Samples beyond full scale",
            "%",
            0.0,
            90.0,
            usual=(0.0, 50.0),
            step=0.5,
            help="The clip is made louder until this share of its samples is cut off.",
        ),
        Parameter(
            "rate_hz",
            "Sampling rate",
            "Hz",
            choices=(4000.0, 6000.0, 8000.0, 11025.0, 12000.0),
            help="Of the recorder. It keeps what lies below half of it; the models hear up to 8 kHz.",
        ),
        Parameter(
            "cut_s",
            "Cut off at each end",
            "s",
            0.0,
            10.0,
            usual=(0.0, 1.0),
            step=0.05,
            help="At most a third of the clip at each end, so that its middle stays.",
        ),
        Parameter("freq_masks", "Bands blanked out", low=0, high=8, usual=(0, 8), whole=True, help="How many."),
        Parameter(
            "freq_width", "Widest band", "mel", 0, 64, usual=(0, 32), whole=True, help="In mel bands, of 64 in all."
        ),
        Parameter("time_masks", "Spans blanked out", low=0, high=8, usual=(0, 8), whole=True, help="How many."),
        Parameter(
            "time_width",
            "Longest span",
            "fr",
            0,
            500,
            usual=(0, 100),
            whole=True,
            help="In frames of 16 ms.",
        ),
    )
}
"""Name -> parameter; one that several kinds take is the same in all."""


def require_in_range(name: str, value):
    """The value of a parameter in its own type, see `Parameter.require`."""
    return PARAMETERS[name].require(value)
