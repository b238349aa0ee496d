"""The endpoints."""

import contextlib
import functools
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from starlette.requests import ClientDisconnect

from ser_core import __version__
from ser_core.api import answers, bodies, problems
from ser_core.api.guard import Guard
from ser_core.api.judging import Judges, Models
from ser_core.api.metrics import CONTENT_TYPE, Counted, Metrics
from ser_core.api.options import Options
from ser_core.api.recordings import Recordings
from ser_core.api.transport import Drained, Sealed
from ser_core.errors import AudioError
from ser_core.recordings import FORMATS, export
from ser_core.serving import Prediction, available_models
from ser_core.settings import LIMITS, models_dir

_KINDS = "WAV, MP3, FLAC, OGG, Opus, M4A or WebM"
_CLIP = f"One clip of at most {LIMITS.max_bytes // 2**20} MB and {LIMITS.max_duration_s:g} s: {_KINDS}"
_FILE = {
    "description": "The timeline, as JSON or as asked for.",
    "content": {kind: {} for kind in ("application/json", "text/csv", "application/xml", "text/plain")},
}
_TYPES = {"csv": "text/csv", "json": "application/json", "eaf": "application/xml"}


class _Server:
    """What the endpoints share."""

    def __init__(self, folder: Path | str | None, options: Options):
        self.options = options
        self.models = Models(models_dir() if folder is None else Path(folder))
        self.metrics = Metrics()
        self.guard = Guard(options)
        self.recordings = Recordings(options, heard=self.metrics.heard.inc)
        self.judges = Judges(self.models, workers=options.workers)

    async def judge(self, clip: bytes, model: str) -> Prediction:
        """The answer for one clip, counted."""
        prediction = await self.judges.judge(clip, model)
        self.metrics.clips.labels(prediction.model, prediction.label).inc()
        return prediction

    async def judge_item(self, clip: bytes, name: str, model: str) -> answers.BatchItem:
        """The same for one clip of several."""
        try:
            answer = answers.Answer(**(await self.judge(clip, model)).to_dict())
            return answers.BatchItem(name=name, answer=answer, status=200)
        except AudioError as error:
            return answers.BatchItem(name=name, problem=problems.problem(error), status=problems.status_of(error))

    def hold(self, request: Request) -> bodies.Hold:
        """Keeps account of the memory that a request takes."""
        return functools.partial(self.guard.hold, request)


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
        await server.judges.start()
        yield
        server.recordings.close()
        server.judges.close()

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
    for middleware, said in ((Drained, {}), (Sealed, {}), (Counted, {"metrics": server.metrics})):
        app.add_middleware(middleware, **said)
    app.include_router(_open(server), responses=problems.responses(500))
    # The rate first, so that keys cannot be guessed faster than it allows.
    guarded = [Depends(server.guard.rated), Depends(server.guard.known)]
    for router in (_clips(server), _recordings(server), _about(server)):
        app.include_router(router, dependencies=guarded, responses=problems.responses(401, 429, 500))
    return app


def _open(server: _Server) -> APIRouter:
    """What a supervisor asks, without a key."""
    router = APIRouter()

    @router.get("/health")
    async def health() -> answers.Health:
        """Whether the process answers."""
        return answers.Health(status="ok", version=__version__)

    @router.get("/ready", responses=problems.responses(503))
    def ready() -> answers.Ready:
        """Whether predictions can be made."""
        return answers.Ready(status="ready", model=server.models.get("default").card.id)

    return router


def _about(server: _Server) -> APIRouter:
    router = APIRouter()

    @router.get("/models")
    def list_models() -> answers.Models:
        """The models with their cards, the default first."""
        cards = available_models(server.models.folder)
        return answers.Models(default=cards[0].id if cards else None, models=[card.to_dict() for card in cards])

    @router.get("/metrics", response_class=Response, responses={200: {"content": {CONTENT_TYPE: {}}}})
    def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(server.metrics.text(), media_type=CONTENT_TYPE)

    return router


def _clips(server: _Server) -> APIRouter:
    router = APIRouter(dependencies=[Depends(server.guard.admitted)])

    @router.post(
        "/predict",
        response_model=answers.Answer,
        openapi_extra=bodies.described(f"{_CLIP}, as the form field `file` or as the bare body."),
        responses=problems.responses(400, 404, 408, 413, 415, 422, 503),
    )
    async def predict(request: Request, model: str = Query("default", max_length=100)) -> Any:
        """Judge one clip."""
        clip, _ = await bodies.one_file(request, limit=LIMITS.max_bytes, hold=server.hold(request))
        return (await server.judge(clip, model)).to_dict()

    @router.post(
        "/batch",
        openapi_extra=bodies.described(
            f"Up to {server.options.batch_files} clips and {server.options.batch_bytes // 2**20} MB together, as the "
            "form field `files`, again for each, or in a zip file that is the bare body; what "
            "it holds under names that not every system can hold is left out.",
            several=True,
        ),
        responses=problems.responses(400, 404, 408, 413, 422, 503),
    )
    async def batch(request: Request, model: str = Query("default", max_length=100)) -> list[answers.BatchItem]:
        """Judge several clips; one that cannot be judged says why, and the others go on."""
        clips = await bodies.several_files(request, options=server.options, hold=server.hold(request))
        # Found before any clip is judged, so that an unknown model is one problem and not one per clip.
        await server.judges.run(server.models.get, model)
        items = []
        for clip, name in clips:
            if await request.is_disconnected():
                raise ClientDisconnect
            items.append(await server.judge_item(clip, name, model))
        return items

    return router


def _recordings(server: _Server) -> APIRouter:
    router = APIRouter(prefix="/recordings")
    unknown = problems.responses(404)

    @router.post(
        "",
        status_code=202,
        response_model=answers.Recording,
        dependencies=[Depends(server.guard.admitted)],
        openapi_extra=bodies.described(
            f"A recording of at most {server.options.recording_bytes // 2**20} MB: {_KINDS}, as the bare body, or, up "
            f"to {bodies.FORM_BYTES // 2**20} MB, as the form field `file`."
        ),
        responses=problems.responses(400, 404, 408, 413, 422, 503),
    )
    async def add(
        request: Request,
        response: Response,
        model: str = Query("default", max_length=100),
        smoothing_s: float = Query(0.0, ge=0, le=3600, description="How long an emotion is expected to last, seconds."),
    ) -> dict[str, Any]:
        """Send a long recording. The answer names a job; ask for it until its state is `done`."""
        predictor = await server.judges.run(server.models.get, model)
        id_, file = server.recordings.reserve()
        try:
            name = await bodies.to_file(request, file, limit=server.options.recording_bytes, hold=server.hold(request))
        except BaseException:  # The caller went away, too.
            server.recordings.release(id_)
            raise
        job = server.recordings.start(id_, name=name, predictor=predictor, smoothing_s=smoothing_s)
        response.headers["Location"] = f"/recordings/{job.id}"
        return job.to_dict()

    @router.get("/{id}", responses=unknown, response_model=answers.Recording)
    def state(id: str) -> dict[str, Any]:
        """How far a recording is, and the segments known by now."""
        return server.recordings.get(id).to_dict()

    @router.get("/{id}/timeline", response_class=Response, responses={200: _FILE, **problems.responses(404, 422)})
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
