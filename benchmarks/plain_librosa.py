"""A feature extractor as published projects write it: one librosa call per feature, each with its own STFT.

This is the yardstick for the throughput of `ser_core.features`: the same kinds of features, librosa's defaults
(22.05 kHz, frames of 2048, hop of 512), mean and standard deviation of each track.
"""

import numpy as np


def extract(path: str, *, pitch: bool) -> np.ndarray:
    """Statistics of librosa's features of one file.

    Parameters
    ----------
    path : str
        Audio file.
    pitch : bool
        Whether to track the pitch as well (YIN), which many published projects leave out.
    """
    import librosa

    y, sr = librosa.load(path)
    mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=20)
    tracks = [
        mfcc,
        librosa.feature.delta(mfcc),
        librosa.feature.delta(mfcc, order=2),
        librosa.feature.chroma_stft(y=y, sr=sr),
        librosa.feature.melspectrogram(y=y, sr=sr),
        librosa.feature.spectral_contrast(y=y, sr=sr),
        librosa.feature.spectral_centroid(y=y, sr=sr),
        librosa.feature.spectral_bandwidth(y=y, sr=sr),
        librosa.feature.spectral_rolloff(y=y, sr=sr),
        librosa.feature.spectral_flatness(y=y),
        librosa.feature.zero_crossing_rate(y),
        librosa.feature.rms(y=y),
    ]
    if pitch:
        tracks.append(librosa.yin(y, fmin=60, fmax=500, sr=sr)[None])
    return np.concatenate([np.concatenate([track.mean(axis=1), track.std(axis=1)]) for track in tracks])
