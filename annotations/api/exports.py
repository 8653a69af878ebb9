"""Exports: order, list, look, download, delete; small ones at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.export import (
    check_exportable,
    delete_export,
    filename_of,
    kind_of,
    made,
    request_export,
)
from annotations.contents import contents_of
from annotations.export_order import FIELDS, ExportOrder, number_in, whole_in
from annotations.export_queries import export_dict, export_for, exports_of, state_of
from annotations.formats import FORMAT_NAMES
from datasets.api.files import FilePart, Served, ranged_response
from datasets.api.images import FileView
from datasets.queries import dataset_for
from datasets.storage import open_blob
from modelship.api.paging import page
from modelship.api.values import id_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest, Conflict, TooLarge

# A direct export keeps a request waiting, so it ends where people would want progress and a cancel button.
DIRECT_IMAGES, DIRECT_BOXES = 2_000, 50_000
NEWEST_FIRST = ("-created_at", "id")
FILE = {
    (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, "The file."),
    (200, "application/zip", "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "The file."),
    (206, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, "The part that `Range` asks for."),
    304: None,
}
DIRECT = [
    OpenApiParameter("format", str, enum=list(FORMAT_NAMES)),
    OpenApiParameter("version", int, description="A version's number; the dataset as it is now by default."),
    OpenApiParameter("states", str, description="Box states, separated by commas; accepted by default."),
    OpenApiParameter("min_score", float, description="Proposals below it stay out."),
    OpenApiParameter("image_states", str, description="Image states, separated by commas; all by default."),
]


class DatasetExports(ApiView):
    """POST {"format", "version", "states", "min_score", "include_images", "include_previews", "include_gps",
    "image_states", "by_split", "classes", "images" or "filter"}.

    `by_split` gives train, val and test files of their own (YOLO and COCO). `version` is the number of a
    version; without it the dataset goes out as it is now. `include_gps` adds where pictures were taken, to
    the pictures and in JSON. `classes` gives classes other names, the same to several to merge them, null to leave them out. `images` (ids) or `filter` (a search) choose pictures of the dataset as it is now.
    The same order while its job lives is answered with the export that is under way.
    """

    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        order = ExportOrder.parse(self.fields(*FIELDS), self.actor.user_id)
        export, job = request_export(self.actor, dataset, order)
        return Response({"export": export_dict(export), "job": job_dict(job)}, status=202)


class Exports(ApiView):
    """The tenant's exports, newest first: `?dataset=`."""

    @extend_schema(parameters=[OpenApiParameter("dataset", UUID)])
    def get(self, request: Request) -> Response:
        dataset = None
        if asked := request.query_params.get("dataset"):
            dataset = dataset_for(self.actor, id_of(asked, "dataset"), "view")
        rows = exports_of(self.actor, dataset)
        return Response(page(request._request, rows, order=NEWEST_FIRST, to_dict=export_dict))


class OneExport(ApiView):
    """One export with its job. DELETE also deletes its file, and stops a job that still makes it."""

    def get(self, request: Request, export_id: UUID) -> Response:
        return Response(export_dict(export_for(self.actor, export_id)))

    def delete(self, request: Request, export_id: UUID) -> Response:
        delete_export(self.actor, export_for(self.actor, export_id, "manage"))
        return Response(status=204)


class ExportDownload(FileView):
    """The file, whole or in ranges; its ETag is its SHA-256. 409 until it is ready."""

    @extend_schema(responses=FILE)
    def get(self, request: Request, export_id: UUID) -> HttpResponse | FilePart:
        export = export_for(self.actor, export_id)
        if export.blob is None:
            state = state_of(export)
            is_coming = state in ("queued", "running")
            advice = "Wait for its job to end." if is_coming else "Retry its job, or order a new one."
            raise Conflict(
                f"The export is {state}, so there is no file. {advice}", code="not_ready", state=state
            )
        served = Served(export.blob.content_type, export.filename, export.blob.sha256)
        return ranged_response(request._request, open_blob(export.blob), export.blob.size, served)


class DirectExport(FileView):
    """A small dataset's labels at once, without pictures; 413 for a large one, which needs a job."""

    @extend_schema(parameters=DIRECT, responses=FILE)
    def get(self, request: Request, dataset_id: UUID) -> HttpResponse | FilePart:
        dataset = dataset_for(self.actor, dataset_id, "view")
        order = direct_order(request.query_params.dict())
        check_exportable(dataset)
        contents = contents_of(dataset, order.version)
        check_small(contents.image_count(order.image_states), contents.box_count(order.image_states))
        with made(contents, order) as stage:
            served = Served(kind_of(order).content_type, filename_of(dataset, order), stage.sha256)
            # The file loses its name with the block; the open one is read to its end.
            return ranged_response(request._request, open(stage.path, "rb"), stage.size, served)


def direct_order(asked: dict[str, str]) -> ExportOrder:
    """The query string as an order; raises BadRequest for what it may not hold."""
    known = [parameter.name for parameter in DIRECT]
    data: dict[str, Any] = {key: asked[key] for key in known if key in asked}
    check_known(asked, known)
    for key in ("states", "image_states"):
        if key in data:
            data[key] = data[key].split(",")
    if "version" in data:
        data["version"] = whole_in(data["version"])
    if "min_score" in data:
        data["min_score"] = number_in(data["min_score"])
    return ExportOrder.parse(
        {"format": "json", **data, "include_images": False, "include_previews": False}, None
    )


def check_known(asked: Iterable[str], known: list[str]) -> None:
    for key in asked:
        if key not in known:
            detail = f"'{key}' is not known here. Allowed: {', '.join(known)}."
            raise BadRequest(detail, code="unknown_field", field=key)


def check_small(images: int, boxes: int) -> None:
    if images > DIRECT_IMAGES or boxes > DIRECT_BOXES:
        raise TooLarge(
            f"There are {images:,} images and {boxes:,} boxes; at once go {DIRECT_IMAGES:,} and {DIRECT_BOXES:,}. "
            "Order an export, which is a job with a download.",
            code="needs_a_job",
        )
