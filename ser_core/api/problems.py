"""Errors as status codes, all with the same body."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ser_core.errors import AudioError, ConfigError, LargeAudioError, ModelError, UnreadableAudioError


class Problem(BaseModel):
    """Why there is no answer, and what to do."""

    detail: str = Field(description="In words, for the person who called.")
    kind: str = Field(description="In a word, for programs.")


class BadRequest(Exception):
    """A request that does not hold what it should: 422."""


class Unauthorized(Exception):
    """A request without the key: 401."""


class NotFound(Exception):
    """Nothing of that name: 404."""


class Slow(Exception):
    """A body that comes too slowly: 408."""


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


_MEANING = {
    400: "The form is broken.",
    401: "The key is missing or wrong.",
    404: "Nothing of that name.",
    408: "The body came too slowly.",
    413: "Too many bytes, seconds or channels.",
    415: "No audio, or none that can be decoded.",
    422: "A parameter or field is not as it should be, or there is nothing to hear.",
    429: "Too many calls in a while or at once; the header `Retry-After` says when to come back, seconds.",
    500: "The server failed.",
    503: "No model can be used.",
}
_RETRY = {"Retry-After": {"description": "When to come back, seconds.", "schema": {"type": "integer"}}}


def responses(*statuses: int) -> dict[int, dict]:
    """The problems of an endpoint for its description."""
    return {
        status: {"model": Problem, "description": _MEANING[status], **({"headers": _RETRY} if status == 429 else {})}
        for status in statuses
    }


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

    @app.exception_handler(Slow)
    async def slow(request: Request, error: Slow) -> JSONResponse:
        return respond(408, error, {"Connection": "close"})

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # Nobody hears it; the counters show it.

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        said = Problem(detail=str(error.detail), kind=HTTPStatus(error.status_code).phrase.replace(" ", ""))
        return JSONResponse(said.model_dump(), status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        # What went wrong is for the server's log, not for the caller.
        said = Problem(detail="The server failed; its log says why.", kind="InternalServerError")
        return JSONResponse(said.model_dump(), status_code=500)

    @app.exception_handler(BadRequest)
    async def bad(request: Request, error: BadRequest) -> JSONResponse:
        return respond(422, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        problems = (f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
        return respond(422, BadRequest("; ".join(problems)))
