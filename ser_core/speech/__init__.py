"""Where somebody speaks: the detector that recordings are cut by, and that tells single clips without a voice.

Examples
--------
>>> import numpy as np
>>> bool(SpeechDetector()(np.zeros(SAMPLING_RATE, np.float32)).max() < 0.5)
True
"""

from ser_core.speech.detector import FRAME, FRAME_S, SAMPLING_RATE, SpeechDetector, speech_probabilities

__all__ = ["FRAME", "FRAME_S", "SAMPLING_RATE", "SpeechDetector", "speech_probabilities"]
