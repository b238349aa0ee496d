"""What lossy compression leaves of a voice."""

import io

import numpy as np

from ser_core.audio import decode, resample
from ser_core.augment.parameters import require_in_range
from ser_core.augment.waveform import clip, fit

_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_MP3_LOW_RATE, _MP3_LOW_KBPS = 24000, 32.0
"""MPEG-1, for sampling rates above, has no bit rate below: such a clip is coded at that sampling rate (MPEG-2)."""
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)


def mp3(signal: np.ndarray, *, sr: int, kbps: float) -> np.ndarray:
    """Code a signal as MP3 at a constant bit rate (LAME) and decode it.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    kbps : float
        Bit rate, kbit/s. Of sampling rates above 24 kHz, less than 32 kbit/s are coded at 24 kHz; up to 12 kHz the
        format ends at 64 kbit/s, which is taken for more.

    Returns
    -------
    np.ndarray [shape=(t,)]
        Without the delay of the codec.

    Raises
    ------
    ConfigError
        If `kbps` is not allowed.
    """
    kbps = require_in_range("kbps", kbps)
    rate = _at_least(sr, _MP3_RATES)
    if kbps < _MP3_LOW_KBPS:
        rate = min(rate, _MP3_LOW_RATE)
    return _coded(signal, sr=sr, rate=rate, codec="libmp3lame", container="mp3", form="fltp", kbps=kbps)


def opus(signal: np.ndarray, *, sr: int, kbps: float) -> np.ndarray:
    """Code a signal as Opus, what calls over the internet and voice messages use, at a constant bit rate; decode it.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    kbps : float
        Bit rate, kbit/s.

    Returns
    -------
    np.ndarray [shape=(t,)]
        Without the delay of the codec.

    Raises
    ------
    ConfigError
        If `kbps` is not allowed.
    """
    kbps = require_in_range("kbps", kbps)
    rate = _at_least(sr, _OPUS_RATES)
    options = {"vbr": "off", "application": "voip"}
    return _coded(signal, sr=sr, rate=rate, codec="libopus", container="ogg", form="flt", kbps=kbps, options=options)


def _at_least(sr: int, rates: tuple[int, ...]) -> int:
    """The lowest of a codec's sampling rates that keeps the band of `sr`; its highest where none does."""
    return next((rate for rate in rates if rate >= sr), rates[-1])


def _coded(signal: np.ndarray, *, sr: int, rate: int, kbps: float, **how) -> np.ndarray:
    signal = np.asarray(signal, dtype=np.float32)
    if not signal.any():
        return signal.copy()
    content = _encode(resample(signal, sr=sr, to=rate), sr=rate, kbps=kbps, **how)
    return clip(fit(decode(content, sr=sr).signal, length=signal.size))


def _encode(
    signal: np.ndarray, *, sr: int, kbps: float, codec: str, container: str, form: str, options: dict | None = None
) -> bytes:
    """A file in memory; it tells the decoder how many samples the codec's delay adds."""
    import av  # FFmpeg's libraries take time and memory that nothing else here needs.

    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=sr, layout="mono", options=options or {})
        stream.bit_rate = round(1000 * kbps)
        stream.codec_context.thread_count = 1
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(signal[np.newaxis]), format=form, layout="mono")
        frame.sample_rate, frame.pts = sr, 0
        for flush in (frame, None):
            for packet in stream.encode(flush):
                out.mux(packet)
    return file.getvalue()
