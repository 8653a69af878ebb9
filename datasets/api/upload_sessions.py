"""Uploads of one file each: announce it, send it by tus or to the store, ask for the verdict."""

import re
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions import uploads as actions
from datasets.imaging.names import display_path
from datasets.incoming import presigned_put
from datasets.models import UploadSession, UploadVerdict
from datasets.queries import dataset_for
from datasets.upload_queries import member_dict, upload_dict, upload_for, verdicts_of
from modelship.api.paging import page
from modelship.api.schema import REFUSALS
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView
from modelship.lib.clock import wire
from modelship.lib.errors import BadRequest

SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_SIZE = 1 << 50
ANSWER = OpenApiResponse(OpenApiTypes.OBJECT, "The upload, and its verdict as multipart uploads get it.")


class UploadSessions(ApiView):
    """POST {filename, size, dataset, sha256?, content_type?, metadata?} to announce a file.

    The answer says how to send it: by `put` (presigned, straight to the store) or by `tus`.
    """

    def post(self, request: Request) -> Response:
        data = self.fields("filename", "size", "dataset", "sha256", "content_type", "metadata")
        dataset = dataset_for(self.actor, id_of(data.get("dataset"), "dataset"), "manage")
        session = actions.create_upload(self.actor, dataset, _announced(data))
        return Response(_ways(session), status=201, headers={"Location": f"{request.path}/{session.id}"})


class OneUpload(ApiView):
    """An upload: how far it is, and its verdict. DELETE ends it and deletes what arrived."""

    def get(self, request: Request, upload_id: UUID) -> Response:
        return Response(_ways(upload_for(self.actor, upload_id, "manage")))

    def delete(self, request: Request, upload_id: UUID) -> Response:
        actions.abort_upload(self.actor, upload_for(self.actor, upload_id, "manage"))
        return Response(status=204)


class UploadComplete(ApiView):
    """POST when every byte is there: the file is checked and becomes a picture, or a job unpacks it.

    200 created or duplicate, 202 accepted (an archive), 207 refused; asked again, the same again.
    """

    @extend_schema(responses={200: ANSWER, 202: ANSWER, 207: ANSWER, **REFUSALS})
    def post(self, request: Request, upload_id: UUID) -> Response:
        session = actions.complete_upload(self.actor, upload_for(self.actor, upload_id, "manage"))
        shown = upload_dict(session)
        status = {"accepted": 202, "refused": 207}.get(shown["verdict"]["status"], 200)
        body = {"upload": shown, "results": [shown["verdict"]], "job": shown["job"]}
        return Response(body, status=status)


class UploadVerdicts(ApiView):
    """What became of each file in an archive, in its order."""

    @extend_schema(parameters=[OpenApiParameter("status", str, enum=UploadVerdict.Status.values)])
    def get(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        asked = request.query_params.dict()
        status = choice_of(asked, "status", ("", *UploadVerdict.Status.values), default="")
        rows = verdicts_of(session, status)
        return Response(page(request, rows, order=("number",), to_dict=member_dict))


def _ways(session: UploadSession) -> dict[str, Any]:
    """The upload, and how to send what is missing of it; neither way once it takes no more."""
    shown = upload_dict(session)
    ways: dict[str, Any] = {"upload": shown, "tus": None, "put": None}
    if session.state != UploadSession.State.OPEN:
        return ways
    if session.kind == UploadSession.Kind.PRESIGNED:
        put = presigned_put(session)
        ways["put"] = {
            "method": "PUT",
            "url": put.url,
            "headers": put.headers,
            "expires_at": wire(put.expires_at),
        }
    else:
        ways["tus"] = {"url": shown["url"]}
    return ways


def _announced(data: dict[str, Any]) -> actions.Announced:
    return announced(
        filename=text_of(data, "filename", most=1024),
        size=data.get("size"),
        sha256=text_of(data, "sha256", most=64, default=""),
        content_type=text_of(data, "content_type", most=100, default=""),
        metadata=data.get("metadata", {}),
    )


def announced(
    *, filename: str, size: Any, sha256: str, content_type: str, metadata: Any
) -> actions.Announced:
    """What a client says of its file, checked for form. The folders of a name go into the metadata."""
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_SIZE:
        raise BadRequest("'size' is needed, as a whole number of bytes.", field="size")
    sha256 = sha256.lower()
    if sha256 and not SHA256.fullmatch(sha256):
        raise BadRequest("'sha256' must be 64 hexadecimal digits.", field="sha256")
    if not isinstance(metadata, dict):
        raise BadRequest("'metadata' must be a JSON object.", field="metadata")
    shown = display_path(filename)
    known = {"path": shown, **metadata} if "/" in shown else metadata
    return actions.Announced(filename, size, sha256, content_type, known)
