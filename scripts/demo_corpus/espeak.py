"""A plain, monotone reading by espeak-ng, with the time of every phone.

The shared library is called through `ctypes`, because the command-line tool does not tell when each phone begins.
"""

import ctypes
import ctypes.util
from dataclasses import dataclass

import numpy as np

NEEDED = (
    "Making the demo corpus needs espeak-ng 1.51 or later with its English voice (Debian, Ubuntu: "
    "'apt-get install espeak-ng'; macOS: 'brew install espeak-ng'). The app and the tests do not need it: "
    "the finished clips are in data/demo."
)

# Values of the enumerations in espeak-ng's speak_lib.h (1.51).
SYNCHRONOUS = 2
PHONEME_EVENTS = 1
EVENT_END, EVENT_WORD, EVENT_PHONE = 0, 1, 7
RATE, PITCH, RANGE = 1, 3, 4
POSITION_CHARACTER, CHARS_UTF8 = 1, 1


@dataclass(frozen=True)
class Phone:
    """One phone of a reading.

    Attributes
    ----------
    name : str
        espeak-ng's mnemonic; "_" is silence.
    start, stop : float
        Seconds from the start of the reading.
    word : int
        Index of the word in the text.
    """

    name: str
    start: float
    stop: float
    word: int


@dataclass(frozen=True)
class Reading:
    """What espeak-ng said.

    Attributes
    ----------
    signal : np.ndarray
        Float64 samples in [-1, 1] [shape=(t,)].
    sr : int
        Sampling rate, Hz.
    phones : tuple of Phone
        In order, without gaps.
    """

    signal: np.ndarray
    sr: int
    phones: tuple[Phone, ...]


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """espeak-ng as a function from text to `Reading`.

    Raises
    ------
    RuntimeError
        If the library or its data is not installed; the message says how to get it.
    """

    def __init__(self):
        try:
            self._library = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
        except OSError:
            raise RuntimeError(NEEDED) from None
        self.sr = self._library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS)
        if self.sr <= 0:
            raise RuntimeError(NEEDED)
        self._blocks: list[np.ndarray] = []
        self._events: list[tuple[int, int, object]] = []
        self._callback = _Callback(self._receive)  # kept: ctypes does not hold a reference for the library
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples, count, events):
        if samples and count:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        i = 0
        while events[i].type != EVENT_END:
            event = events[i]
            if event.type == EVENT_WORD:
                self._events.append((event.type, event.sample, event.id.number))
            elif event.type == EVENT_PHONE:
                self._events.append((event.type, event.sample, event.id.string.decode()))
            i += 1
        return 0

    def read(self, text: str, *, voice: str, words_per_minute: int, pitch: int) -> Reading:
        """Read a text on one note.

        Parameters
        ----------
        text : str
            What to say.
        voice : str
            File name of an espeak-ng voice, with a variant after "+".
        words_per_minute : int
            80 to 450.
        pitch : int
            0 to 99, relative to the voice.

        Raises
        ------
        RuntimeError
            If espeak-ng does not know the voice.
        """
        self._blocks.clear()
        self._events.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"espeak-ng does not know the voice {voice!r}. {NEEDED}")
        for parameter, value in ((RATE, words_per_minute), (PITCH, pitch), (RANGE, 0)):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        signal = np.concatenate(self._blocks) / 32768.0
        return Reading(signal, self.sr, phones_of(self._events, sr=self.sr, n_samples=len(signal)))


def phones_of(events, *, sr: int, n_samples: int) -> tuple[Phone, ...]:
    """Phones from the library's word and phone events.

    Parameters
    ----------
    events : list of (type, sample, value)
        In order of time; the value is the number of the word (from 1) or the phone's mnemonic.
    sr : int
        Sampling rate, Hz.
    n_samples : int
        Length of the reading.

    Returns
    -------
    tuple of Phone
        Each lasts until the next begins; phones without duration are left out.
    """
    starts, word = [], 0
    for kind, sample, value in events:
        if kind == EVENT_WORD:
            word = value - 1
        else:
            starts.append((sample, "_" if str(value).startswith("_") else value, word))
    ends = [sample for sample, _, _ in starts[1:]] + [n_samples]
    return tuple(
        Phone(name, start / sr, end / sr, word)
        for (start, name, word), end in zip(starts, ends, strict=True)
        if end > start
    )
