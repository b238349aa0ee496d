"""What a recogniser says about one clip: computed once, then only shown, printed or sent."""

from dataclasses import dataclass
from typing import Any

from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS

#: Probability from which the answer is stated plainly, and from which it is called probable; below, only possible.
#: Probabilities are calibrated, so these are the odds of being right: four in five, and even.
PLAIN, PROBABLE = 0.8, 0.5

#: Runner-up probability from which a second emotion is worth naming: one in five.
RUNNER_UP = 0.2


def opening(label: str, *, confidence: float, uncertain: bool, abstained: bool = False) -> str:
    """What something sounds like in a few words, hedged by the probability.

    Parameters
    ----------
    label : str
        Most probable emotion.
    confidence : float
        Its probability, in [0, 1].
    uncertain, abstained : bool
        As in `Prediction`.

    Examples
    --------
    >>> opening("angry", confidence=0.6, uncertain=False)
    'Probably sounds angry'
    """
    if abstained:
        return "No answer"
    adjective = EMOTIONS[label].adjective
    if uncertain:
        return f"Hard to tell, perhaps {adjective}"
    if confidence >= PLAIN:
        return f"Sounds {adjective}"
    if confidence >= PROBABLE:
        return f"Probably sounds {adjective}"
    return f"May sound {adjective}"


@dataclass(frozen=True)
class Prediction:
    """The answer for one clip.

    Attributes
    ----------
    label : str
        Most probable emotion.
    probabilities : dict of str to float
        Calibrated probability of each emotion that the model knows, in the order of ``EMOTIONS``; they sum to 1.
    uncertain : bool
        Whether the answer should not be relied on.
    reason : str or None
        Why it is uncertain; None where it is not.
    model : str
        Identifier of the model.
    seconds : float
        Time from the encoded clip to the answer, seconds.
    duration_s : float
        Length of the clip, seconds.
    abstained : bool
        Whether the model gives no answer, for the clip is nothing that it can judge, such as music: label and
        probabilities are then what it would have said, and not to be shown as an answer. Implies `uncertain`.

    Raises
    ------
    ConfigError
        If it abstained and yet is not uncertain, or says no reason.
    """

    label: str
    probabilities: dict[str, float]
    uncertain: bool
    reason: str | None
    model: str
    seconds: float
    duration_s: float
    abstained: bool = False

    def __post_init__(self):
        if self.abstained and not (self.uncertain and self.reason):
            raise ConfigError("A prediction that abstained is uncertain and says why.")

    @property
    def top(self) -> list[tuple[str, float]]:
        """All emotions with their probabilities, the most probable first; equals stay in the fixed order."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])

    @property
    def confidence(self) -> float:
        """Probability of `label`, in [0, 1]."""
        return self.probabilities[self.label]

    @property
    def opening(self) -> str:
        """What the clip sounds like in a few words, hedged by the probability."""
        return opening(self.label, confidence=self.confidence, uncertain=self.uncertain, abstained=self.abstained)

    @property
    def sentence(self) -> str:
        """The answer in words, with the other emotions that are worth naming.

        Examples
        --------
        >>> def prediction(angry, sad):
        ...     return Prediction("angry", {"sad": sad, "angry": angry}, False, None, "m", 0.01, 3.0)
        >>> prediction(0.9, 0.1).sentence
        'Sounds angry'
        >>> prediction(0.7, 0.3).sentence
        'Probably sounds angry; sad is possible'
        """
        if self.abstained:
            return self.opening
        others = [EMOTIONS[name].adjective for name, p in self.top[1:3] if p >= RUNNER_UP]
        return f"{self.opening}; {' or '.join(others)} is possible" if others else self.opening

    def to_dict(self) -> dict[str, Any]:
        """Everything above as JSON-ready values."""
        return {
            "label": self.label,
            "probabilities": dict(self.probabilities),
            "top": [{"label": name, "probability": p} for name, p in self.top[:3]],
            "uncertain": self.uncertain,
            "abstained": self.abstained,
            "reason": self.reason,
            "model": self.model,
            "seconds": self.seconds,
            "duration_s": self.duration_s,
        }
