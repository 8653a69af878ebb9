"""Uploads of one file each: announce it, send it by tus or to the store, ask for the verdict."""

import re
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions import uploads as actions
from datasets.actions.parts import note_arrived
from datasets.imaging.names import display_path
from datasets.incoming import presigned_put
from datasets.models import UploadSession, UploadVerdict
from datasets.object_store import Put
from datasets.parts import MOST_PARTS, count_of
from datasets.queries import dataset_for
from datasets.upload_queries import (
    NEWEST_FIRST,
    member_dict,
    upload_dict,
    upload_dicts,
    upload_for,
    uploads_for,
    verdicts_of,
)
from modelship.api.paging import page
from modelship.api.schema import REFUSALS
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView
from modelship.lib.clock import wire
from modelship.lib.errors import BadRequest

SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_SIZE = 1 << 50
ANNOUNCED = ("filename", "size", "dataset", "sha256", "content_type", "metadata", "fingerprint")
ANSWER = OpenApiResponse(OpenApiTypes.OBJECT, "The upload, and its verdict as multipart uploads get it.")


class UploadSessions(ApiView):
    """POST {filename, size, dataset, sha256?, content_type?, metadata?, fingerprint?} to announce a file.

    The answer says how to send it: by `put` or in `parts` (presigned, straight to the store), or by `tus`.
    GET lists one's own uploads, newest first; of one dataset everybody's, for who manages it.
    """

    @extend_schema(
        parameters=[
            OpenApiParameter("dataset", OpenApiTypes.UUID),
            OpenApiParameter("state", str, enum=UploadSession.State.values),
        ]
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params.dict()
        dataset_id = id_of(asked["dataset"], "dataset") if asked.get("dataset") else None
        state = choice_of(asked, "state", ("", *UploadSession.State.values), default="")
        rows = uploads_for(self.actor, dataset_id=dataset_id, state=state)
        found = page(request, rows, order=NEWEST_FIRST, to_dict=lambda session: session)
        return Response({**found, "results": upload_dicts(found["results"])})

    def post(self, request: Request) -> Response:
        data = self.fields(*ANNOUNCED)
        dataset = dataset_for(self.actor, id_of(data.get("dataset"), "dataset"), "manage")
        session = actions.create_upload(self.actor, dataset, _announced(data))
        return Response(_ways(session), status=201, headers={"Location": f"{request.path}/{session.id}"})


class OneUpload(ApiView):
    """An upload: how far it is, and its verdict. DELETE ends it and deletes what arrived."""

    def get(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        if session.part_size and session.state == UploadSession.State.OPEN:
            note_arrived(session)
        return Response(_ways(session))

    def delete(self, request: Request, upload_id: UUID) -> Response:
        actions.abort_upload(self.actor, upload_for(self.actor, upload_id, "manage"))
        return Response(status=204)


class UploadComplete(ApiView):
    """POST when every byte is there: the file is checked and becomes a picture, or a job unpacks it.

    200 created or duplicate, 202 accepted (an archive), 207 refused; asked again, the same again.
    `parts`, a list of {number, etag}, is optional: the store's own are then compared with these.
    """

    @extend_schema(responses={200: ANSWER, 202: ANSWER, 207: ANSWER, **REFUSALS})
    def post(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        etags = _etags(self.fields("parts").get("parts", []))
        session = actions.complete_upload(self.actor, session, etags)
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
    """The upload, and how to send what is missing of it; no way once it takes no more."""
    shown = upload_dict(session)
    ways: dict[str, Any] = {"upload": shown, "tus": None, "put": None, "parts": None}
    if shown["state"] != UploadSession.State.OPEN:
        return ways
    if session.part_size:
        url = reverse("api-upload-parts", args=[session.id])
        ways["parts"] = {"url": url, "size": session.part_size, "count": count_of(session)}
    elif session.kind == UploadSession.Kind.PRESIGNED:
        ways["put"] = put_dict(presigned_put(session))
    else:
        ways["tus"] = {"url": shown["url"]}
    return ways


def put_dict(put: Put) -> dict[str, Any]:
    return {"method": "PUT", "url": put.url, "headers": put.headers, "expires_at": wire(put.expires_at)}


def _etags(said: Any) -> dict[int, str]:
    """The etag of each part that the client names."""
    if not isinstance(said, list) or len(said) > MOST_PARTS:
        raise BadRequest(f"'parts' must be a list of up to {MOST_PARTS:,}.", field="parts")
    found = {}
    for one in said:
        number, etag = (one.get("number"), one.get("etag")) if isinstance(one, dict) else (None, None)
        if isinstance(number, bool) or not isinstance(number, int) or not isinstance(etag, str):
            raise BadRequest("Each of 'parts' must have a 'number' and an 'etag'.", field="parts")
        found[number] = etag.strip().strip('"')
    return found


def _announced(data: dict[str, Any]) -> actions.Announced:
    return announced(
        filename=text_of(data, "filename", most=1024),
        size=data.get("size"),
        sha256=text_of(data, "sha256", most=64, default=""),
        content_type=text_of(data, "content_type", most=100, default=""),
        metadata=data.get("metadata", {}),
        fingerprint=text_of(data, "fingerprint", most=100, default=""),
    )


def announced(
    *, filename: str, size: Any, sha256: str, content_type: str, metadata: Any, fingerprint: str = ""
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
    return actions.Announced(filename, size, sha256, content_type, known, fingerprint)
