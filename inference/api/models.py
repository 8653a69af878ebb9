"""Models: list, upload, look, rename, archive, delete, try on a picture, install from the catalogue."""

from contextlib import ExitStack
from pathlib import PurePath
from typing import Any, ClassVar
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.queries import etag_of
from datasets.storage import staged
from inference import queries
from inference.actions import models as actions
from inference.actions.catalog import queue_install
from inference.actions.models import Origin, install_file
from inference.api.photos import check_photo
from inference.catalog import entry_named
from inference.models import DetectorModel
from inference.options import check_fields
from inference.overrides import FIELDS, Overrides
from modelship.accounts.actions import need_role
from modelship.accounts.models import Tenant
from modelship.api.paging import page
from modelship.api.values import choice_of, flag_of, text_of
from modelship.api.views import ApiView, check_if_match
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest, Forbidden

FORM_FIELDS = ("name", "license", "shared", *FIELDS)
MODEL_SCHEMA = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "photo": {
                "type": "string",
                "format": "binary",
                "description": "A photo that shows what the model finds, for its self-test.",
            },
            "name": {"type": "string", "description": "The file's name where it is empty."},
            "license": {"type": "string"},
            "shared": {"type": "string", "enum": ["true", "false"]},
            **{field: {"type": "string"} for field in FIELDS},
        },
        "required": ["file"],
    }
}
FILTERS = [
    OpenApiParameter("state", str, enum=list(queries.STATES)),
    OpenApiParameter("task", str, enum=list(queries.TASKS)),
    OpenApiParameter("q", str, description="Part of the name."),
]


class Models(ApiView):
    """The models of the tenant and everybody's. POST takes an ONNX file and what is known about it.

    A detector that sees nothing in the `photo`, or in the reference picture where there is none, is a draft: it
    labels only after it was activated, which asks for a photo that it saw something in (`POST models/{id}/test`).
    """

    parser_classes = (MultiPartParser,)
    request_schema: ClassVar[dict[str, Any]] = MODEL_SCHEMA

    @extend_schema(parameters=FILTERS)
    def get(self, request: Request) -> Response:
        asked = request.query_params.dict()
        rows = queries.models_of(self.actor, q=text_of(asked, "q", most=200, default=""))
        if asked.get("state"):
            rows = rows.filter(state=choice_of(asked, "state", queries.STATES))
        if asked.get("task"):
            rows = rows.filter(task=choice_of(asked, "task", queries.TASKS))
        listed = page(request._request, rows, order=queries.NEWEST_FIRST, to_dict=queries.model_dict)
        return Response(listed)

    def post(self, request: Request) -> Response:
        # The role comes before the body is looked at.
        need_role(self.actor, "manage")
        file, form = request.FILES.get("file"), request.POST.dict()
        # A form whose photo was left empty sends an empty text in its place.
        if not form.get("photo"):
            form.pop("photo", None)
        check_fields(form, *FORM_FIELDS)
        if file is None:
            raise BadRequest("Send the model, in the field 'file'.", code="no_files", field="file")
        origin = Origin(source="upload", license=text_of(form, "license", most=100, default=""))
        with ExitStack() as stages:
            photo = request.FILES.get("photo")
            if photo is not None:
                check_photo(photo)
            model = install_file(
                stages.enter_context(staged(file)).path,
                name=_name(form, file),
                tenant=self._owner(form),
                actor=self.actor,
                overrides=Overrides.read(form),
                origin=origin,
                photo=stages.enter_context(staged(photo)).path if photo else None,
            )
        return _answer(model, status=201)

    def _owner(self, form: dict[str, str]) -> Tenant | None:
        if choice_of({"shared": form.get("shared", "").lower()}, "shared", ("", "false", "true")) != "true":
            return self.actor.tenant
        if not queries.is_staff(self.actor):
            raise Forbidden("Only the operators of this server install models for everybody.")
        return None


class OneModel(ApiView):
    """One model. PATCH renames it, or archives and activates it by its `state`."""

    def get(self, request: Request, model_id: UUID) -> Response:
        return _answer(queries.model_for(self.actor, model_id))

    def patch(self, request: Request, model_id: UUID) -> Response:
        model = queries.changeable_model(self.actor, model_id)
        check_if_match(request, _etag(model))
        data = self.fields("name", "state")
        changed = actions.change_model(
            self.actor,
            model,
            name=text_of(data, "name", most=actions.MAX_NAME) if "name" in data else None,
            state=choice_of(data, "state", queries.STATES) if "state" in data else None,
        )
        return _answer(changed)

    def delete(self, request: Request, model_id: UUID) -> Response:
        model = queries.changeable_model(self.actor, model_id)
        check_if_match(request, _etag(model))
        actions.delete_model(self.actor, model)
        return Response(status=204)


class Catalog(ApiView):
    """The models that can be installed by name: what each is for, its size, terms, source and how it is fed."""

    def get(self, request: Request) -> Response:
        return Response({"results": queries.catalog_dicts(self.actor)})


class Install(ApiView):
    """POST `{"name", "allow_unpinned"}`: a job fetches the model and lets it in."""

    post_answers = (202,)

    def post(self, request: Request) -> Response:
        need_role(self.actor, "manage")
        data = self.fields("name", "allow_unpinned", "shared")
        job, _ = queue_install(
            self.actor,
            entry_named(text_of(data, "name", most=200)),
            allow_unpinned=flag_of(data, "allow_unpinned", default=False),
            is_shared=flag_of(data, "shared", default=False),
        )
        return Response({"job": job_dict(job)}, status=202)


def _name(form: dict[str, str], file: UploadedFile) -> str:
    """The name that was given, or what is printable of the file's."""
    if form.get("name", "").strip():
        return form["name"]
    stem = "".join(char for char in PurePath(file.name or "").stem if char.isprintable())
    return stem.strip()[: actions.MAX_NAME] or "model"


def _etag(model: DetectorModel) -> str:
    return etag_of(queries.model_dict(model))


def _answer(model: DetectorModel, *, status: int = 200) -> Response:
    return Response(queries.model_dict(model), status=status, headers={"ETag": f'"{_etag(model)}"'})
