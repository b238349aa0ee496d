"""What a visitor's microphone has told: the listener, its sound on disk, and how late each answer was."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from ser_core.recordings.live import Listener
from ser_core.serving import Predictor
from ui.predict.live_microphone import Message
from ui.predict.recording_work import Heard, Work

_ANSWERS_TOLD = 50
# Most sound that a browser may have given up because the server was slow, seconds; after more, the run is over.
_GAP_S = 120


class LiveWork(Work):
    """A recording that is being made; else like one that was brought.

    Parameters
    ----------
    predictor : Predictor
        The model that judges it.
    """

    def __init__(self, predictor: Predictor):
        super().__init__("Live recording", b"")
        # Without their sound, answers of two runs could not be told apart in a history.
        self.name_in_history = f"{self.name} of {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        card = predictor.card
        self.heard = Heard(self.new_copy(), card.id, card.title, tuple(card.labels))
        self.listener = Listener(predictor, copy=self.heard.copy)
        self.heard.segments = self.listener.segments
        self.delays: dict[int, float] = {}
        self._run: str | None = None
        self._rate = 0
        self._taken = 0
        self._offset_s = 0.0
        self._first_answer = 0
        self._ended = True

    @property
    def is_running(self) -> bool:
        """Whether the microphone is on."""
        return not self._ended

    def take(self, message: Message) -> None:
        """Hear what the browser sent; what was heard before is passed over, what was lost counts as silence."""
        if message.run != self._run:
            self._begin(message)
        if self._ended or message.rate != self._rate:
            return
        for answer, delay in message.delays.items():
            if answer < len(self.heard.segments):
                self.delays.setdefault(answer, delay)
        gap = message.start - self._taken
        if gap > _GAP_S * self._rate:
            self.end()
            return
        if gap > 0:
            self.listener.hear(np.zeros(gap, np.float32), sr=self._rate)
        samples = message.samples[max(0, -gap) :]
        self._taken = max(self._taken, message.start + len(message.samples))
        self.listener.hear(samples, sr=self._rate)
        if message.end:
            self.end()

    def end(self) -> None:
        """The microphone was turned off."""
        if not self._ended:
            self.listener.finish()
            self._ended = True
            self.voices = None

    def told(self) -> dict[str, Any]:
        """What the browser is to know.

        Returns
        -------
        dict
            ``run``; ``taken`` (samples of the run that were heard); ``answers`` (pairs of the position of a segment
            and the sample of the run at which its words end); ``delays`` (position of the first segment whose delay is
            not known); ``ended``; ``full`` (nothing more is listened to).
        """
        first = max(self._first_answer, len(self.heard.segments) - _ANSWERS_TOLD)
        answers = [
            [i, round((self.heard.segments[i].end - self._offset_s) * self._rate)]
            for i in range(first, len(self.heard.segments))
        ]
        known = self._first_answer
        while known in self.delays:
            known += 1
        return {
            "run": self._run,
            "taken": self._taken,
            "answers": answers,
            "delays": known,
            "ended": self._ended,
            "full": self.listener.is_full,
        }

    def _begin(self, message: Message) -> None:
        self.end()
        self._run, self._rate, self._taken = message.run, message.rate, 0
        self._offset_s = self.listener.heard_s
        self._first_answer = len(self.heard.segments)
        self._ended = False
