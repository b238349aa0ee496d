"""Time-scale modification of speech by overlapping similar pieces of its waveform."""

import numpy as np

FRAME_S = 0.032
"""Length of a piece, seconds: two periods of the lowest voices, short enough to leave the sounds in their place."""

TOLERANCE_S = 0.010
"""How far a piece may lie from its nominal place, seconds: with both sides, a period of a voice of 50 Hz."""


def wsola(signal: np.ndarray, *, sr: int, rate: float) -> np.ndarray:
    """Change the pace of a signal and keep its pitch and timbre.

    Waveform similarity overlap-add: Verhelst and Roelands, "An overlap-add technique based on waveform similarity
    (WSOLA) for high quality time-scale modification of speech", ICASSP 1993, 554-557. Each piece is taken where, near
    its nominal place, it best continues the piece before. On a single voice this keeps the pulses whole, which a phase
    vocoder smears.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal of one voice.
    sr : int
        Sampling rate, Hz.
    rate : float
        Faster if above 1, slower if below.

    Returns
    -------
    np.ndarray [shape=(round(t / rate),)]
        float32; up to rounding in the signal's own range.
    """
    length = round(len(signal) / rate)
    hop = max(1, round(FRAME_S * sr / 2))
    frame, tolerance = 2 * hop, round(TOLERANCE_S * sr)
    if not len(signal) or not length:
        return np.zeros(length, dtype=np.float32)
    # Zeros around it, so that every piece and every candidate lies inside.
    margin = frame + 2 * tolerance
    padded = np.zeros(len(signal) + 2 * margin + int(hop * (rate + 1)) + 1)
    padded[margin : margin + len(signal)] = signal
    energy = np.concatenate(([0.0], np.cumsum(np.square(padded))))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)

    count = length // hop + 2
    stretched = np.zeros((count + 1) * hop)
    previous = None
    for piece in range(count):
        # Piece 0 is centred on the first sample.
        nominal = min(margin - hop + round(piece * hop * rate), len(padded) - frame - tolerance)
        start = nominal
        if previous is not None:
            wanted = padded[previous + hop : previous + hop + frame]
            start += _best_offset(padded, energy, wanted, nominal=nominal, tolerance=tolerance)
        stretched[piece * hop : piece * hop + frame] += window * padded[start : start + frame]
        previous = min(start, len(padded) - frame - hop)
    return stretched[hop : hop + length].astype(np.float32)


def _best_offset(padded: np.ndarray, energy: np.ndarray, wanted: np.ndarray, *, nominal: int, tolerance: int) -> int:
    """Offset from the nominal place, within the tolerance, of the piece most like the wanted one."""
    first, frame = nominal - tolerance, len(wanted)
    candidates = padded[first : nominal + tolerance + frame]
    likeness = np.correlate(candidates, wanted, mode="valid")
    places = np.arange(first, first + len(likeness))
    power = energy[places + frame] - energy[places]
    # The small constant keeps digital silence from dividing by zero.
    score = likeness / np.sqrt(power + 1e-9)
    best = int(np.argmax(score))
    # In silence and in plain noise nothing is better than staying where it belongs.
    return best - tolerance if score[best] > score[tolerance] else 0
