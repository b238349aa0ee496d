"""What the endpoints answer, for their description and for programs that read it."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from ser_core.api.problems import Problem

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Ready(BaseModel):
    """Predictions can be made."""

    status: Literal["ready"]
    model: str


class Models(BaseModel):
    """The models that can be asked for."""

    default: str | None
    models: list[dict[str, Any]] = Field(description="Their cards, the default's first.")


class Choice(BaseModel):
    """One emotion with its probability."""

    label: str
    probability: float = Field(ge=0, le=1)


class Answer(BaseModel):
    """What a clip sounds like; see `ser_core.serving.Prediction`."""

    label: str
    probabilities: dict[str, float] = Field(description="Calibrated, in a fixed order; they sum to 1.")
    top: list[Choice]
    uncertain: bool
    abstained: bool = Field(description="Whether there is no answer; `label` then only names what was most probable.")
    reason: str | None = Field(description="Why the answer should not be relied on, or why there is none.")
    model: str
    seconds: float = Field(description="Time from the encoded clip to the answer.")
    duration_s: float = Field(description="Length of the clip, seconds.")


class BatchItem(BaseModel):
    """The answer for one clip of several, or why there is none."""

    name: str
    answer: Answer | None = None
    problem: Problem | None = None
    status: int = Field(description="The status code that the clip alone would have got.")


class Part(BaseModel, extra="allow"):
    """One stretch of speech of a recording; see `ser_core.recordings.Segment`."""

    start: float = Field(description="Seconds from the start of the recording.")
    end: float
    label: str
    probabilities: dict[str, float]
    uncertain: bool
    abstained: bool = False
    reason: str | None


class Recording(BaseModel):
    """How far the judging of a recording is, with the segments that are known by now."""

    id: str
    name: str
    state: State
    model: str
    heard_s: float = Field(description="Judged so far, seconds.")
    duration_s: float | None
    seconds_left: float | None
    segments: list[Part]
    summary: dict[str, Any] | None = Field(description="Once it is done.")
    problem: Problem | None = Field(description="Once it has failed.")
