"""Predictions over HTTP: the same answers as `ser_core.serving`, with proper status codes.

``python -m ser_core serve`` runs it; ``uvicorn --factory ser_core.api:create_app`` does the same. Nothing that is sent
is stored.
"""

import contextlib
import os
import threading
from pathlib import Path
from typing import Any

import anyio
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ser_core import __version__
from ser_core.errors import AudioError, ConfigError, LargeAudioError, ModelError, UnreadableAudioError
from ser_core.serving import Predictor, available_models
from ser_core.settings import LIMITS, models_dir

#: What a multipart envelope (boundaries, headers) may add to the clip itself, bytes.
ENVELOPE_BYTES = 64 * 1024

_CLIP = {"type": "string", "format": "binary"}
_REQUEST_BODY = {
    "required": True,
    "description": f"One clip of at most {LIMITS.max_bytes // 2**20} MB and {LIMITS.max_duration_s:g} s: WAV, MP3, "
    "FLAC, OGG, Opus, M4A or WebM, as the form field `file` or as the bare body.",
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": _CLIP}},
        },
        "application/octet-stream": {"schema": _CLIP},
        "audio/*": {"schema": _CLIP},
    },
}


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
    reason: str | None = Field(description="Why the answer should not be relied on.")
    model: str
    seconds: float = Field(description="Time from the encoded clip to the answer.")
    duration_s: float = Field(description="Length of the clip, seconds.")


class Problem(BaseModel):
    """Why there is no answer, and what to do."""

    detail: str
    kind: str


class _Models:
    """The predictors of a folder, each loaded when first asked for."""

    def __init__(self, folder: Path | str | None):
        self.folder = models_dir() if folder is None else Path(folder)
        self._loaded: dict[str, Predictor] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Predictor:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = Predictor.load(name, folder=self.folder)
            return self._loaded[name]


def create_app(folder: Path | str | None = None) -> FastAPI:
    """The application.

    Parameters
    ----------
    folder : Path or str, optional
        Folder of model folders; `ser_core.settings.models_dir` if None.
    """
    models = _Models(folder)
    limiter = anyio.CapacityLimiter(os.cpu_count() or 1)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI):
        # The first caller should not wait for the runtime; a missing model is what /ready tells.
        with contextlib.suppress(ModelError):
            await anyio.to_thread.run_sync(models.get, "default")
        yield

    # FastAPI's pages at /docs fetch their scripts from an outside host; /openapi.json says the same.
    app = FastAPI(
        title="Speech Emotion Lab",
        version=__version__,
        description="What does this voice sound like?",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    _report_problems(app)

    @app.post(
        "/predict",
        response_model=Answer,
        openapi_extra={"requestBody": _REQUEST_BODY},
        responses={status: {"model": Problem} for status in (400, 404, 413, 415, 422, 503)},
    )
    async def predict(request: Request, model: str = Query("default", max_length=100)) -> Any:
        """Judge one clip."""
        clip = await _clip(request)

        def judge() -> dict[str, Any]:
            return models.get(model).predict(clip).to_dict()

        return await anyio.to_thread.run_sync(judge, limiter=limiter)

    @app.get("/models")
    def list_models() -> dict[str, Any]:
        """The models with their cards, the default first."""
        cards = available_models(models.folder)
        return {"default": cards[0].id if cards else None, "models": [card.to_dict() for card in cards]}

    @app.get("/health")
    def health() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok", "version": __version__}

    @app.get("/ready", responses={503: {"model": Problem}})
    def ready() -> dict[str, str]:
        """Whether predictions can be made."""
        return {"status": "ready", "model": models.get("default").card.id}

    return app


async def _clip(request: Request) -> bytes:
    """The clip in a request, as a form field or as the bare body.

    Raises
    ------
    LargeAudioError
        As soon as more has come, or was announced, than is allowed.
    ConfigError
        If a form holds no file.
    """
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    body = await _body(request, limit=LIMITS.max_bytes + (ENVELOPE_BYTES if is_form else 0))
    if not is_form:
        return body

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, receive).form(max_files=1, max_fields=8) as form:
        upload = form.get("file")
        if upload is None or isinstance(upload, str):
            raise _BadRequest("The form holds no file. Send the clip as the field 'file', or as the bare body.")
        return await upload.read()


async def _body(request: Request, *, limit: int) -> bytes:
    announced = request.headers.get("content-length", "")
    received = bytearray()
    too_large = announced.isdecimal() and int(announced) > limit
    if not too_large:
        async for chunk in request.stream():
            received += chunk
            if too_large := len(received) > limit:
                break
    if too_large:
        raise LargeAudioError(
            f"The clip has more than {LIMITS.max_bytes / 2**20:.0f} MB.",
            advice="Cut out the part to be judged, or convert it to FLAC or MP3.",
        )
    return bytes(received)


class _BadRequest(Exception):
    """A request without a clip in it."""


def _report_problems(app: FastAPI) -> None:
    """Turn errors into status codes, all with the body `Problem`."""

    def respond(status: int, error: Exception, detail: str | None = None) -> JSONResponse:
        kind = type(error).__name__.lstrip("_")
        return JSONResponse({"detail": detail or str(error), "kind": kind}, status_code=status)

    @app.exception_handler(AudioError)
    async def audio(request: Request, error: AudioError) -> JSONResponse:
        if isinstance(error, LargeAudioError):
            return respond(413, error)
        return respond(415 if isinstance(error, UnreadableAudioError) else 422, error)

    @app.exception_handler(ConfigError)
    async def unknown(request: Request, error: ConfigError) -> JSONResponse:
        return respond(404, error)

    @app.exception_handler(ModelError)
    async def model(request: Request, error: ModelError) -> JSONResponse:
        return respond(503, error)

    @app.exception_handler(_BadRequest)
    async def no_clip(request: Request, error: _BadRequest) -> JSONResponse:
        return respond(422, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        problems = (f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
        return respond(422, error, "; ".join(problems))
