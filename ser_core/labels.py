"""The emotion label set as one object: names, order, colours, how they sound, and where they lie in V-A-D space."""

from collections.abc import Iterator
from dataclasses import dataclass

from ser_core.errors import ConfigError


@dataclass(frozen=True)
class Emotion:
    """One emotion of the shared label set.

    Attributes
    ----------
    name : str
        Identifier, lower case.
    title : str
        Name as shown to a reader.
    adjective : str
        Completes "sounds ...".
    colour : str
        Hex colour, the same in every figure. The set is that of Wong (Nature Methods 8, 441, 2011) and Tol's muted
        scheme, told apart by colour-blind readers and on light and dark ground.
    symbol : str
        Plotly marker symbol: colour is never the only sign.
    valence, arousal, dominance : float
        Coordinates in [-1, 1], from Russell and Mehrabian, "Evidence for a three-factor theory of emotions",
        J. Research in Personality 11, 273-294 (1977); calm stands at their "relaxed", neutral at the origin.
    """

    name: str
    title: str
    adjective: str
    colour: str
    symbol: str
    valence: float
    arousal: float
    dominance: float


class LabelSet:
    """An ordered set of emotions. Iterates over their names; ``labels["sad"]`` gives the `Emotion`.

    Examples
    --------
    >>> EMOTIONS.names[:3]
    ('neutral', 'calm', 'happy')
    >>> EMOTIONS.index("sad")
    3
    >>> EMOTIONS["angry"].colour
    '#D55E00'
    """

    def __init__(self, emotions: tuple[Emotion, ...]):
        self.emotions = emotions
        self.names = tuple(emotion.name for emotion in emotions)
        self._index = {name: i for i, name in enumerate(self.names)}
        if len(self._index) != len(emotions):
            raise ConfigError(f"Emotion names must differ, got {self.names}.")

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __getitem__(self, name: str) -> Emotion:
        return self.emotions[self.index(name)]

    def index(self, name: str) -> int:
        """Position of an emotion in the fixed order.

        Raises
        ------
        ConfigError
            If `name` is not in the set.
        """
        try:
            return self._index[name]
        except KeyError:
            raise ConfigError(f"Unknown emotion {name!r}; the set is {', '.join(self.names)}.") from None

    def ordered(self, names) -> tuple[str, ...]:
        """The given names, once each, in the order of the set."""
        wanted = set(names)
        for name in wanted:
            self.index(name)
        return tuple(name for name in self.names if name in wanted)

    @property
    def colours(self) -> dict[str, str]:
        """Name -> hex colour."""
        return {emotion.name: emotion.colour for emotion in self.emotions}


EMOTIONS = LabelSet(
    (
        Emotion("neutral", "Neutral", "neutral", "#8C8C8C", "circle", 0.0, 0.0, 0.0),
        Emotion("calm", "Calm", "calm", "#56B4E9", "square", 0.68, -0.46, 0.06),
        Emotion("happy", "Happy", "happy", "#E69F00", "triangle-up", 0.81, 0.51, 0.46),
        Emotion("sad", "Sad", "sad", "#0072B2", "triangle-down", -0.63, -0.27, -0.33),
        Emotion("angry", "Angry", "angry", "#D55E00", "diamond", -0.51, 0.59, 0.25),
        Emotion("fear", "Fear", "fearful", "#AA4499", "x", -0.64, 0.60, -0.43),
        Emotion("disgust", "Disgust", "disgusted", "#009E73", "cross", -0.60, 0.35, 0.11),
        Emotion("surprise", "Surprise", "surprised", "#C9B400", "star", 0.40, 0.67, -0.13),
    )
)
