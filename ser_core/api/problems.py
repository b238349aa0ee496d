"""Errors as status codes, all with the same body."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from ser_core.errors import AudioError, ConfigError, LargeAudioError, ModelError, UnreadableAudioError


class Problem(BaseModel):
    """Why there is no answer, and what to do."""

    detail: str
    kind: str


class BadRequest(Exception):
    """A request that does not hold what it should: 422."""


class Unauthorized(Exception):
    """A request without the key: 401."""


class NotFound(Exception):
    """Nothing of that name: 404."""


class Busy(Exception):
    """More than is allowed at once, or in a while: 429.

    Parameters
    ----------
    message : str
        What is too much.
    retry_s : int
        When to come back, seconds.
    """

    def __init__(self, message: str, *, retry_s: int):
        super().__init__(f"{message} Try again in {retry_s} s.")
        self.retry_s = retry_s


def problem(error: Exception) -> Problem:
    """What an error says, as it stands in an answer."""
    return Problem(detail=str(error), kind=type(error).__name__)


def status_of(error: AudioError) -> int:
    """The status code for a clip that cannot be judged: too large, no audio, or nothing to hear."""
    if isinstance(error, LargeAudioError):
        return 413
    return 415 if isinstance(error, UnreadableAudioError) else 422


def responses(*statuses: int) -> dict[int, dict]:
    """The problems of an endpoint for its description."""
    return {status: {"model": Problem} for status in statuses}


def report(app: FastAPI) -> None:
    """Turn errors into status codes, all with the body `Problem`."""

    def respond(status: int, error: Exception, headers: Mapping[str, str] | None = None) -> JSONResponse:
        return JSONResponse(problem(error).model_dump(), status_code=status, headers=headers)

    @app.exception_handler(AudioError)
    async def audio(request: Request, error: AudioError) -> JSONResponse:
        return respond(status_of(error), error)

    @app.exception_handler(ModelError)
    async def model(request: Request, error: ModelError) -> JSONResponse:
        return respond(503, error)

    @app.exception_handler(Busy)
    async def busy(request: Request, error: Busy) -> JSONResponse:
        return respond(429, error, {"Retry-After": str(error.retry_s)})

    @app.exception_handler(Unauthorized)
    async def unauthorized(request: Request, error: Unauthorized) -> JSONResponse:
        return respond(401, error, {"WWW-Authenticate": "Bearer"})

    @app.exception_handler(ConfigError)
    @app.exception_handler(NotFound)
    async def not_found(request: Request, error: Exception) -> JSONResponse:
        return respond(404, error)

    @app.exception_handler(BadRequest)
    async def bad(request: Request, error: BadRequest) -> JSONResponse:
        return respond(422, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        problems = (f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
        return respond(422, BadRequest("; ".join(problems)))
