"""The routes of the service: parse, take a place, call, answer."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from inference import wire
from inference.service import metrics, openapi
from inference.service.bodies import FRAME_BYTES, Allowance, form_of, json_of, read, received_file
from inference.service.doors import Doors
from inference.service.settings import Settings
from inference.service.work import Work
from modelship.lib.errors import BadRequest, Unprocessable

HEX = "0123456789abcdef"


async def health(request: Request) -> Response:
    """That it lives; what it is at is told to who may call it."""
    if not request.state.is_known:
        return answer(wire.Health(status="ok"))
    work = work_of(request)
    stock = work.shelf.stock
    told = wire.Health(
        status="ok",
        lanes=wire.Count(now=work.gate.busy, limit=work.gate.lanes),
        queue=wire.Count(now=work.gate.waiting, limit=work.gate.queue),
        open_models=work.open_models,
        memory=wire.Count(now=stock.bytes, limit=stock.most_bytes),
        versions=openapi.versions(),
    )
    return answer(told)


async def numbers(request: Request) -> Response:
    work = work_of(request)
    stock = work.shelf.stock
    gauges = {
        "queue_length": ("Requests that wait for a lane.", work.gate.waiting),
        "places_taken": ("Requests that were let in.", work.gate.places),
        "lanes_busy": ("Lanes at work.", work.gate.busy),
        "lanes": ("Lanes in all.", work.gate.lanes),
        "models_open": ("Models that have children.", stock.count),
        "models_open_bytes": ("Memory that open models take, as last measured.", stock.bytes),
        "models_open_most_bytes": ("Memory that they may take.", stock.most_bytes),
        "models_kept_bytes": ("Bytes of models on the disk.", work.keeping.bytes),
    }
    found: metrics.Metrics = request.app.state.metrics
    return Response(found.text(gauges), media_type=metrics.CONTENT_TYPE)


async def schema(request: Request) -> Response:
    return Response(msgspec.json.encode(openapi.document()), media_type="application/json")


async def models(request: Request) -> Response:
    """What is known of each; a model that nobody has asked about since the start is looked at now."""
    work = work_of(request)
    with work.gate.place():
        found = [await work.describe(name, request.is_disconnected) for name in work.keeping.names]
    return answer(wire.Models(results=found, bytes=work.keeping.bytes, limit=work.keeping.most_bytes))


async def model(request: Request) -> Response:
    work = work_of(request)
    with work.gate.place():
        return answer(await work.describe(sha256_of(request), request.is_disconnected))


async def put_model(request: Request) -> Response:
    """The bytes of a model under their own name; whatever the engine refuses is not kept."""
    work, sha256 = work_of(request), sha256_of(request)
    allowed = _allowance(work.settings, work.settings.max_model_bytes)
    with work.gate.place():
        handle, name = tempfile.mkstemp(dir=work.keeping.folder, prefix=".new-")
        os.close(handle)
        path = Path(name)
        try:
            received = await received_file(request, path, allowed)
            if received != sha256:
                raise Unprocessable(
                    "The bytes are not those of that name: their SHA-256 differs.",
                    code="bad_checksum",
                )
            return answer(await work.take(path, sha256, request.is_disconnected), status=201)
        finally:
            path.unlink(missing_ok=True)


async def try_model(request: Request) -> Response:
    work, sha256 = work_of(request), sha256_of(request)
    with work.gate.place():
        asked = await json_of(request, wire.TryOptions, _allowance(work.settings, 0))
        return answer(await work.try_out(sha256, asked, request.is_disconnected))


async def prove_model(request: Request) -> Response:
    work, sha256 = work_of(request), sha256_of(request)
    with work.gate.place():
        async with form_of(request, _allowance(work.settings, work.settings.max_file_bytes)) as sent:
            asked = read(sent.options, wire.ProveOptions)
            return answer(await work.prove(sha256, sent.path, asked, request.is_disconnected))


async def detect(request: Request) -> Response:
    """Refused before the body is read while there is no room for one more."""
    work = work_of(request)
    with work.gate.place():
        async with form_of(request, _allowance(work.settings, work.settings.max_file_bytes)) as sent:
            asked = read(sent.options, wire.DetectOptions)
            if sent.path is None:
                raise BadRequest("Send the picture, in the field 'file'.", code="no_files")
            return answer(await work.detect(sent.path, asked, request.is_disconnected))


async def slices(request: Request) -> Response:
    """What a look that is under way has seen since the client asked last."""
    since = request.query_params.get("since", "0")
    if not (since.isascii() and since.isdigit() and len(since) < 10):
        raise BadRequest("'since' must be a whole number.", field="since")
    return answer(work_of(request).looks.since(request.path_params["look"], int(since)))


async def stop_look(request: Request) -> Response:
    """The look answers with what its finished slices gave."""
    return answer(work_of(request).looks.stop(request.path_params["look"]))


def answer(told: msgspec.Struct, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(told), status, media_type="application/json")


def work_of(request: Request) -> Work:
    return cast(Work, request.app.state.work)


def sha256_of(request: Request) -> str:
    name = str(request.path_params["sha256"])
    if len(name) != 64 or not set(name) <= set(HEX):
        raise BadRequest("A model's name is its SHA-256: 64 digits of 0 to 9 and a to f.", field="sha256")
    return name


def _allowance(settings: Settings, most: int) -> Allowance:
    return Allowance(most + FRAME_BYTES, settings.idle_seconds, settings.body_seconds)


ROUTES = [
    Route("/api/ml/health", health, methods=["GET"]),
    Route("/api/ml/metrics", numbers, methods=["GET"]),
    Route("/api/ml/openapi.json", schema, methods=["GET"]),
    Route("/api/ml/models", models, methods=["GET"]),
    Route("/api/ml/models/{sha256}", model, methods=["GET"]),
    Route("/api/ml/models/{sha256}", put_model, methods=["PUT"]),
    Route("/api/ml/models/{sha256}/try", try_model, methods=["POST"]),
    Route("/api/ml/models/{sha256}/prove", prove_model, methods=["POST"]),
    Route("/api/ml/detect", detect, methods=["POST"]),
    Route("/api/ml/looks/{look}", slices, methods=["GET"]),
    Route("/api/ml/looks/{look}", stop_look, methods=["DELETE"]),
]


def make_app(settings: Settings) -> Starlette:
    """The application; its children and folders are there from the start of its lifespan to the end."""
    counted = metrics.Metrics()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.work, app.state.metrics = Work(settings), counted
        yield
        await app.state.work.close()

    doors = Middleware(Doors, token=settings.token, metrics=counted)
    # Starlette's own words for what it refuses; ours come from the doors.
    raised: dict[int | type[Exception], ExceptionHandler] = {404: _raise, 405: _raise}
    return Starlette(routes=ROUTES, middleware=[doors], lifespan=lifespan, exception_handlers=raised)


async def _raise(request: Request, error: Exception) -> Response:
    raise error
