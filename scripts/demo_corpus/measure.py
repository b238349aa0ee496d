"""What came out: the prosody of finished clips, measured, not taken from the settings."""

import numpy as np

from .finish import active_db, frame_db
from .vocoder import world

FRAME_S = 0.005
WINDOW_S = 0.032
FUNCTIONALS = ("f0_hz", "f0_sd_st", "final_st", "duration_s", "level_db", "centroid_hz", "high_db")


def functionals(signal: np.ndarray, *, sr: int) -> dict[str, float]:
    """Prosody of a clip.

    Parameters
    ----------
    signal : np.ndarray
        [shape=(t,)].
    sr : int
        Hz.

    Returns
    -------
    dict
        ``f0_hz`` geometric mean of the pitch; ``f0_sd_st`` its standard deviation, semitones; ``final_st`` its last
        sixteenth against the end of its third quarter and on, semitones; ``duration_s`` without the ends;
        ``level_db`` active level, dBFS; ``centroid_hz`` of the mean power spectrum; ``high_db`` energy above against
        below 1 kHz.
    """
    signal = np.ascontiguousarray(signal, dtype=float)
    found, _ = world().harvest(signal, sr, f0_floor=60.0, f0_ceil=650.0, frame_period=1000 * FRAME_S)
    size, hop = int(WINDOW_S * sr), int(FRAME_S * sr)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(signal, size // 2), size)[::hop]
    n = min(len(found), len(frames))
    power = np.abs(np.fft.rfft(frames[:n] * np.hanning(size))) ** 2
    level = 10.0 * np.log10(power.sum(axis=1) + 1e-12)
    pitch = 12.0 * np.log2(found[:n][(found[:n] > 0) & (level > level.max() - 25.0)])
    pitch = pitch[np.abs(pitch - np.median(pitch)) < 14.0]
    last, before = pitch[-max(8, len(pitch) // 16) :], pitch[-len(pitch) // 4 : -len(pitch) // 9]
    spectrum = power[level > level.max() - 30.0].mean(axis=0)
    frequencies = np.fft.rfftfreq(size, 1.0 / sr)
    above, below = spectrum[frequencies > 1000.0].sum(), spectrum[frequencies <= 1000.0].sum()
    loud = np.flatnonzero(frame_db(signal, sr=sr) > frame_db(signal, sr=sr).max() - 40.0)
    values = (
        2.0 ** (pitch.mean() / 12.0),
        pitch.std(),
        np.median(last) - np.median(before),
        (loud[-1] - loud[0] + 1) * 0.02,
        active_db(signal, sr=sr),
        (spectrum * frequencies).sum() / spectrum.sum(),
        10.0 * np.log10(above / below),
    )
    return {name: float(value) for name, value in zip(FUNCTIONALS, values, strict=True)}


def leave_one_voice_out(x: np.ndarray, emotions: np.ndarray, speakers: np.ndarray) -> float:
    """Mean recall over emotions of the nearest class mean, each voice unseen in its turn.

    Parameters
    ----------
    x : np.ndarray
        Functionals [shape=(n_clips, n_functionals)]; they are standardised within each voice.
    emotions, speakers : np.ndarray
        Of each clip [shape=(n_clips,)].
    """
    z = np.empty_like(x, dtype=float)
    for speaker in np.unique(speakers):
        own = speakers == speaker
        z[own] = (x[own] - x[own].mean(axis=0)) / x[own].std(axis=0)
    names = np.unique(emotions)
    found = np.empty_like(emotions)
    for speaker in np.unique(speakers):
        test = speakers == speaker
        means = np.stack([z[~test & (emotions == name)].mean(axis=0) for name in names])
        distance = ((z[test][:, None, :] - means) ** 2).sum(axis=2)
        found[test] = names[distance.argmin(axis=1)]
    return float(np.mean([(found[emotions == name] == name).mean() for name in names]))


def table(rows: list[dict[str, str]], measured: list[dict[str, float]], *, order: tuple[str, ...]) -> str:
    """Means by emotion, intensity and sex, as a Markdown table.

    Parameters
    ----------
    rows : list of dict
        Rows of the manifest.
    measured : list of dict
        Their functionals, in the same order.
    order : tuple of str
        Order of the emotions.
    """
    lines = [
        "| emotion | intensity | F0 women, Hz | F0 men, Hz | F0 spread, st | end, st | length, s | level, dBFS "
        "| centroid, Hz | above/below 1 kHz, dB |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for emotion in order:
        for intensity in ("normal", "strong"):
            chosen = [
                (row["sex"], values)
                for row, values in zip(rows, measured, strict=True)
                if row["emotion"] == emotion and row["intensity"] == intensity
            ]
            if not chosen:
                continue
            mean = {name: np.mean([values[name] for _, values in chosen]) for name in FUNCTIONALS}
            women, men = (np.mean([v["f0_hz"] for s, v in chosen if s == sex]) for sex in ("female", "male"))
            cells = [f"{women:.0f}", f"{men:.0f}", f"{mean['f0_sd_st']:.1f}", f"{mean['final_st']:+.1f}"]
            cells += [f"{mean['duration_s']:.2f}", f"{mean['level_db']:.1f}", f"{mean['centroid_hz']:.0f}"]
            lines.append(f"| {emotion} | {intensity} | " + " | ".join([*cells, f"{mean['high_db']:+.1f}"]) + " |")
    return "\n".join(lines)
