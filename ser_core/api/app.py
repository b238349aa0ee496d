"""The endpoints."""

import contextlib
import functools
import os
import threading
from pathlib import Path
from typing import Any, Literal

import anyio
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel, Field

from ser_core import __version__
from ser_core.api import bodies, problems
from ser_core.api.guard import Guard
from ser_core.api.metrics import CONTENT_TYPE, Counted, Metrics
from ser_core.api.options import Options
from ser_core.api.recordings import Recordings
from ser_core.errors import AudioError, ModelError
from ser_core.recordings import FORMATS, export
from ser_core.serving import Prediction, Predictor, available_models
from ser_core.settings import LIMITS, models_dir

_KINDS = "WAV, MP3, FLAC, OGG, Opus, M4A or WebM"
_CLIP = f"One clip of at most {LIMITS.max_bytes // 2**20} MB and {LIMITS.max_duration_s:g} s: {_KINDS}"
_TYPES = {"csv": "text/csv", "json": "application/json", "eaf": "application/xml"}


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
    abstained: bool = Field(description="Whether there is no answer; label and probabilities are then none.")
    reason: str | None = Field(description="Why the answer should not be relied on, or why there is none.")
    model: str
    seconds: float = Field(description="Time from the encoded clip to the answer.")
    duration_s: float = Field(description="Length of the clip, seconds.")


class BatchItem(BaseModel):
    """The answer for one clip of several, or why there is none."""

    name: str
    answer: Answer | None = None
    problem: problems.Problem | None = None
    status: int = Field(description="The status code that the clip alone would have got.")


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


class _Server:
    """What the endpoints share."""

    def __init__(self, folder: Path | str | None, options: Options):
        self.options = options
        self.models = _Models(folder)
        self.metrics = Metrics()
        self.guard = Guard(options)
        self.recordings = Recordings(options, heard=self.metrics.heard.inc)
        # As many at once as there are cores; the others wait their turn.
        self.limiter = anyio.CapacityLimiter(os.cpu_count() or 1)

    async def run(self, work, *arguments) -> Any:
        """Do work that would hold up the other callers on a thread."""
        return await anyio.to_thread.run_sync(functools.partial(work, *arguments), limiter=self.limiter)

    def judge(self, clip: bytes, model: str) -> Prediction:
        """The answer for one clip, counted."""
        prediction = self.models.get(model).predict(clip)
        self.metrics.clips.labels(prediction.model, prediction.label).inc()
        return prediction

    def judge_item(self, clip: bytes, name: str, model: str) -> BatchItem:
        """The same for one clip of several."""
        try:
            return BatchItem(name=name, answer=Answer(**self.judge(clip, model).to_dict()), status=200)
        except AudioError as error:
            return BatchItem(name=name, problem=problems.problem(error), status=problems.status_of(error))


def create_app(folder: Path | str | None = None, *, options: Options | None = None) -> FastAPI:
    """The application.

    Parameters
    ----------
    folder : Path or str, optional
        Folder of model folders; `ser_core.settings.models_dir` if None.
    options : Options, optional
        What callers may ask of it; as the environment says if None.

    Raises
    ------
    ConfigError
        If the environment's options make no sense.
    """
    server = _Server(folder, options or Options.from_environment())

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI):
        # The first caller should not wait for the runtime; a missing model is what /ready tells.
        with contextlib.suppress(ModelError):
            await anyio.to_thread.run_sync(server.models.get, "default")
        yield
        server.recordings.close()

    # FastAPI's pages at /docs fetch their scripts from an outside host; /openapi.json says the same.
    app = FastAPI(
        title="Speech Emotion Lab",
        version=__version__,
        description="What does this voice sound like?",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    problems.report(app)
    app.add_middleware(Counted, metrics=server.metrics)
    app.include_router(_open(server))
    guarded = [Depends(server.guard.known), Depends(server.guard.rated)]
    for router in (_clips(server), _recordings(server), _about(server)):
        app.include_router(router, dependencies=guarded, responses=problems.responses(401, 429))
    return app


def _open(server: _Server) -> APIRouter:
    """What a supervisor asks, without a key."""
    router = APIRouter()

    @router.get("/health")
    def health() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok", "version": __version__}

    @router.get("/ready", responses=problems.responses(503))
    def ready() -> dict[str, str]:
        """Whether predictions can be made."""
        return {"status": "ready", "model": server.models.get("default").card.id}

    return router


def _about(server: _Server) -> APIRouter:
    router = APIRouter()

    @router.get("/models")
    def list_models() -> dict[str, Any]:
        """The models with their cards, the default first."""
        cards = available_models(server.models.folder)
        return {"default": cards[0].id if cards else None, "models": [card.to_dict() for card in cards]}

    @router.get("/metrics", response_class=Response, responses={200: {"content": {CONTENT_TYPE: {}}}})
    def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(server.metrics.text(), media_type=CONTENT_TYPE)

    return router


def _clips(server: _Server) -> APIRouter:
    router = APIRouter(dependencies=[Depends(server.guard.admitted)])

    @router.post(
        "/predict",
        response_model=Answer,
        openapi_extra=bodies.described(f"{_CLIP}, as the form field `file` or as the bare body."),
        responses=problems.responses(400, 404, 413, 415, 422, 503),
    )
    async def predict(request: Request, model: str = Query("default", max_length=100)) -> Any:
        """Judge one clip."""
        clip, _ = await bodies.one_file(request, limit=LIMITS.max_bytes)
        return (await server.run(server.judge, clip, model)).to_dict()

    @router.post(
        "/batch",
        openapi_extra=bodies.described(
            f"Up to {server.options.batch_files} clips and {server.options.batch_bytes // 2**20} MB together, as the "
            "form field `files`, again for each.",
            several=True,
        ),
        responses=problems.responses(400, 404, 413, 422, 503),
    )
    async def batch(request: Request, model: str = Query("default", max_length=100)) -> list[BatchItem]:
        """Judge several clips; one that cannot be judged says why, and the others go on."""
        clips = await bodies.several_files(request, limit=server.options.batch_bytes, most=server.options.batch_files)
        # Found before any clip is judged, so that an unknown model is one problem and not one per clip.
        await server.run(server.models.get, model)
        return [await server.run(server.judge_item, clip, name, model) for clip, name in clips]

    return router


def _recordings(server: _Server) -> APIRouter:
    router = APIRouter(prefix="/recordings")
    unknown = problems.responses(404)

    @router.post(
        "",
        status_code=202,
        dependencies=[Depends(server.guard.admitted)],
        openapi_extra=bodies.described(
            f"A recording of at most {server.options.recording_bytes // 2**20} MB: {_KINDS}, as the bare body, or, up "
            f"to {bodies.FORM_BYTES // 2**20} MB, as the form field `file`."
        ),
        responses=problems.responses(400, 404, 413, 422, 503),
    )
    async def add(
        request: Request,
        response: Response,
        model: str = Query("default", max_length=100),
        smoothing_s: float = Query(0.0, ge=0, le=3600, description="How long an emotion is expected to last, seconds."),
    ) -> dict[str, Any]:
        """Send a long recording. The answer names a job; ask for it until its state is `done`."""
        predictor = await server.run(server.models.get, model)
        id_, file = server.recordings.reserve()
        try:
            name = await bodies.to_file(request, file, limit=server.options.recording_bytes)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        job = server.recordings.start(id_, name=name, predictor=predictor, smoothing_s=smoothing_s)
        response.headers["Location"] = f"/recordings/{job.id}"
        return job.to_dict()

    @router.get("/{id}", responses=unknown)
    def state(id: str) -> dict[str, Any]:
        """How far a recording is, and the segments known by now."""
        return server.recordings.get(id).to_dict()

    @router.get("/{id}/timeline", responses=problems.responses(404, 422))
    def timeline(id: str, form: Literal[tuple(FORMATS)] = "json") -> Response:
        """The timeline as a file, once the recording is judged."""
        job = server.recordings.get(id)
        if job.timeline is None:
            raise problems.NotFound(f"The recording is {job.state}; there is no timeline of it yet.")
        text = export(job.timeline, form=form, name=job.name or "recording")
        return Response(
            text.encode(),
            media_type=_TYPES.get(form, "text/plain"),
            headers={"Content-Disposition": f'attachment; filename="timeline.{form}"'},
        )

    @router.delete("/{id}", status_code=204, responses=unknown)
    def delete(id: str) -> None:
        """Stop a recording if it runs, and forget it."""
        server.recordings.delete(id)

    return router
