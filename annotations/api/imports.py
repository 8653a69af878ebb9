"""Imports: send a file with labels, read what the doctor says of it, take it over."""

from typing import Any, ClassVar
from uuid import UUID

import orjson
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.imports import apply_import, delete_import, look_again, request_import
from annotations.formats.reading import READER_NAMES
from annotations.import_queries import import_dict, import_for, imports_of
from annotations.importing.wish import BOX_STATES, FIELDS, MODES, NEW_CLASSES, ImportWish
from datasets.queries import dataset_for
from modelship.api.paging import page
from modelship.api.values import choice_of, id_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

NEWEST_FIRST = ("-created_at", "id")
SWITCH = {"type": "string", "enum": ["true", "false"]}
IMPORT_SCHEMA = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "An archive, or one label file."},
            "dry_run": {**SWITCH, "description": "true by default: look, and change nothing."},
            "format": {"type": "string", "enum": list(READER_NAMES)},
            "mode": {"type": "string", "enum": list(MODES)},
            "classes": {
                "type": "string",
                "description": "JSON: name in the file -> class id, create or skip.",
            },
            "new_classes": {"type": "string", "enum": list(NEW_CLASSES)},
            "box_states": {"type": "string", "enum": list(BOX_STATES)},
            **dict.fromkeys(("pictures", "splits", "review", "threads"), SWITCH),
        },
        "required": ["file"],
    }
}
SWITCHES = ("dry_run", "pictures", "splits", "review", "threads")


class DatasetImports(ApiView):
    """POST multipart `file`: a job looks through it and writes a report of what would happen to each file, class
    and picture; `dry_run=false` takes it over at once. The other fields are those of `imports/{id}/apply`.
    """

    parser_classes = (MultiPartParser,)
    request_schema: ClassVar[dict[str, Any]] = IMPORT_SCHEMA
    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        # The gate comes before the body is looked at.
        dataset = dataset_for(self.actor, dataset_id, "manage")
        file, form = request.FILES.get("file"), request.POST.dict()
        for name in form:
            if name not in ("dry_run", *FIELDS):
                allowed = ", ".join(("file", "dry_run", *FIELDS))
                raise BadRequest(
                    f"'{name}' is not known here. Allowed: {allowed}.", code="unknown_field", field=name
                )
        if file is None:
            raise BadRequest("Send the file, in the field 'file'.", code="no_files", field="file")
        data = _typed(form)
        dry_run = data.pop("dry_run", True)
        row, job = request_import(self.actor, dataset, file, ImportWish.read(data), dry_run=dry_run)
        return Response({"import": import_dict(row), "job": job_dict(job)}, status=202)


def _typed(form: dict[str, str]) -> dict[str, Any]:
    """The texts of a form as the values that they stand for; empty ones as if they were not there."""
    data: dict[str, Any] = {name: text for name, text in form.items() if text != ""}
    for name in SWITCHES:
        if name in data:
            data[name] = choice_of({name: data[name].lower()}, name, ("true", "false")) == "true"
    if "classes" in data:
        try:
            data["classes"] = orjson.loads(data["classes"])
        except orjson.JSONDecodeError as error:
            raise BadRequest("'classes' must be JSON.", field="classes") from error
    return data


class Imports(ApiView):
    """The tenant's imports, newest first, without their reports: `?dataset=`."""

    @extend_schema(parameters=[OpenApiParameter("dataset", UUID)])
    def get(self, request: Request) -> Response:
        dataset = None
        if asked := request.query_params.get("dataset"):
            dataset = dataset_for(self.actor, id_of(asked, "dataset"), "view")
        rows = imports_of(self.actor, dataset)
        listed = page(
            request._request, rows, order=NEWEST_FIRST, to_dict=lambda row: import_dict(row, whole=False)
        )
        return Response(listed)


class OneImport(ApiView):
    """One import with its report. DELETE forgets its file, and stops a job that works on it."""

    def get(self, request: Request, import_id: UUID) -> Response:
        return Response(import_dict(import_for(self.actor, import_id)))

    def delete(self, request: Request, import_id: UUID) -> Response:
        delete_import(self.actor, import_for(self.actor, import_id, "manage"))
        return Response(status=204)


class ImportCheck(ApiView):
    """POST the wishes of `apply`: the file is looked through again, as another format or with other classes, say."""

    post_answers = (202,)

    def post(self, request: Request, import_id: UUID) -> Response:
        row = import_for(self.actor, import_id, "manage")
        job = look_again(self.actor, row, ImportWish.read(self.fields(*FIELDS)))
        return Response({"import": import_dict(_again(row)), "job": job_dict(job)}, status=202)


class ImportApply(ApiView):
    """POST {"format", "mode", "classes", "new_classes", "box_states", "pictures", "splits", "review", "threads"}: take it over.

    `mode` merge adds what a picture lacks, replace takes its other boxes away. `classes` maps names of the file to
    ids of classes, `create` or `skip`. The dataset is frozen before and after. 409 while a job works on the
    file, and once it was taken over.
    """

    post_answers = (202,)

    def post(self, request: Request, import_id: UUID) -> Response:
        row = import_for(self.actor, import_id, "manage")
        job = apply_import(self.actor, row, ImportWish.read(self.fields(*FIELDS)))
        return Response({"import": import_dict(_again(row)), "job": job_dict(job)}, status=202)


def _again(row: Any) -> Any:
    row.refresh_from_db()
    return row
