"""Made-up functionals: emotions at corners of their own, speakers shifted, features of very different size."""

import numpy as np

from ser_core.models.base import Data


def clips(*, emotions=range(8), speakers=6, per_speaker=3, n_features=40, seed=0, scale=1.0, shift=1.0) -> Data:
    """`per_speaker` clips of each emotion and speaker.

    Parameters
    ----------
    emotions : iterable of int
        Which emotions; their corners are always the same.
    speakers, per_speaker, n_features : int
        Sizes.
    seed : int
        Decides speakers and clips.
    scale, shift : float
        Spread of a speaker's clips of one emotion, and of the speakers; corners spread by 2.
    """
    rng = np.random.default_rng(7)
    centres = 2.0 * rng.normal(size=(8, n_features))
    size = np.logspace(-3, 4, n_features)
    noise = np.random.default_rng(seed)
    x, y, group = [], [], []
    for speaker in range(speakers):
        habit = shift * noise.normal(size=n_features)
        for emotion in emotions:
            x.append(centres[emotion] + habit + scale * noise.normal(size=(per_speaker, n_features)))
            y += [emotion] * per_speaker
            group += [f"{speaker:02d}"] * per_speaker
    return Data((np.concatenate(x) * size + 5 * size).astype(np.float32), np.array(y), np.array(group))


#: No clips at all.
NOTHING = clips(speakers=1).take(np.arange(0))
