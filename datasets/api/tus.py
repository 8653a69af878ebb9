"""Resumable uploads by tus 1.0: core, creation, creation with upload, checksum, expiration, termination."""

import base64
import binascii
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions.receive import CHECKSUMS, Checksum, Piece, receive
from datasets.actions.uploads import abort_upload, complete_later, create_upload
from datasets.api.upload_sessions import announced
from datasets.incoming import held_size, takes_pieces
from datasets.models import UploadSession
from datasets.queries import dataset_for
from datasets.upload_queries import check_open, tus_url, upload_for
from modelship.api.schema import PROBLEM, REFUSALS
from modelship.api.values import id_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest, Conflict, Gone, PreconditionFailed, TooLarge, UnsupportedType

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
PIECE_TYPE = "application/offset+octet-stream"
MAX_METADATA = 65_536
NOTHING = OpenApiResponse(None, "Headers as tus defines them.")


class TusView(ApiView):
    """Every answer names the version; POST with X-HTTP-Method-Override stands for methods that a proxy blocks."""

    parser_classes = ()

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        override = request.META.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        if request.method == "POST" and override in ("PATCH", "DELETE", "HEAD"):
            request.method = override
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        if response.status_code == 412:
            response["Tus-Version"] = VERSION
        return response

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Clients of tus accept whatever they like: what they need is in the headers."""
        return super().perform_content_negotiation(request, force=True)

    def get_permissions(self) -> list[Any]:
        """What the server can do is no secret."""
        return [] if self.request.method == "OPTIONS" else list(super().get_permissions())

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
            "Tus-Max-Size": str(settings.MODELSHIP_MAX_ARCHIVE_BYTES),
        }
        return Response(status=204, headers=headers)


class TusUploads(TusView):
    """POST with Upload-Length and Upload-Metadata (filename, dataset; filetype, path, sha256) starts an upload.

    Its file is taken in by itself when the last byte has arrived.
    """

    @extend_schema(request=None, responses={201: NOTHING, **REFUSALS})
    def post(self, request: Request) -> Response:
        said = _metadata(request)
        dataset = dataset_for(self.actor, id_of(said.get("dataset"), "dataset"), "manage")
        _check_version(request)
        if not takes_pieces():
            detail = "Files go straight to the store here. Announce them with POST /api/v1/uploads."
            raise Conflict(detail, code="presigned_only")
        length = _number(request, "Upload-Length")
        meant = announced(
            filename=said.get("path") or said.get("filename") or "",
            size=length,
            sha256=said.get("sha256", ""),
            content_type=said.get("filetype", "")[:100],
            metadata={},
        )
        brings = _brings_bytes(request)
        session = create_upload(self.actor, dataset, replace(meant, completes_itself=True))
        offset = _take(self, session, 0) if brings else 0
        headers = {"Location": tus_url(session), "Upload-Offset": str(offset), **_expiry(session)}
        return Response(status=201, headers=headers)


class TusUpload(TusView):
    """HEAD tells the offset, PATCH appends at it, DELETE ends the upload."""

    def head(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        _check_version(request)
        if session.state in (UploadSession.State.OPEN, UploadSession.State.EXPIRED):
            check_open(session)
        elif session.state == UploadSession.State.FAILED:
            raise Gone("This file was refused. Ask for its verdict.", code="upload_ended")
        offset = held_size(session) if session.state == UploadSession.State.OPEN else session.offset
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(session.size), **_expiry(session)}
        return Response(status=200, headers=headers)

    @extend_schema(
        request={PIECE_TYPE: OpenApiTypes.BINARY},
        responses={204: NOTHING, 409: PROBLEM, 460: PROBLEM, **REFUSALS},
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        _check_version(request)
        if not _brings_bytes(request):
            raise UnsupportedType(f"Send the bytes as {PIECE_TYPE}.")
        check_open(session)
        offset = _take(self, session, _number(request, "Upload-Offset"))
        return Response(status=204, headers={"Upload-Offset": str(offset), **_expiry(session)})

    @extend_schema(responses={204: NOTHING, **REFUSALS})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        _check_version(request)
        abort_upload(self.actor, session)
        return Response(status=204)


def _take(view: TusView, session: UploadSession, offset: int) -> int:
    """Append the request's body; with the last byte the file is queued to be taken in, if nobody will ask."""
    request = view.request
    length = request.META.get("CONTENT_LENGTH") or ""
    piece = Piece(
        offset=offset,
        read=request._request.read,
        length=int(length) if length.isdigit() else None,
        checksum=_checksum(request),
    )
    reached = receive(session, piece)
    if reached == session.size and session.completes_itself:
        complete_later(view.actor, session)
    return reached


def _check_version(request: Request) -> None:
    if request.META.get("HTTP_TUS_RESUMABLE") != VERSION:
        raise PreconditionFailed(f"Send 'Tus-Resumable: {VERSION}'.", code="tus_version")


def _brings_bytes(request: Request) -> bool:
    return request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == PIECE_TYPE


def _number(request: Request, header: str) -> int:
    text = request.META.get("HTTP_" + header.upper().replace("-", "_"), "")
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        raise BadRequest(f"'{header}' is needed, as a whole number.", field=header)
    return int(text)


def _metadata(request: Request) -> dict[str, str]:
    """The pairs of Upload-Metadata: keys in plain text, values in base64."""
    header = request.META.get("HTTP_UPLOAD_METADATA", "")
    if len(header) > MAX_METADATA:
        raise TooLarge(f"'Upload-Metadata' may have {MAX_METADATA:,} characters. Shorten it.")
    pairs = [pair.strip().partition(" ") for pair in header.split(",") if pair.strip()]
    try:
        found = {key: base64.b64decode(value.strip(), validate=True).decode() for key, _, value in pairs}
    except (binascii.Error, ValueError) as error:
        raise BadRequest(
            "'Upload-Metadata' must be pairs of a key and a base64 value, separated by commas.",
            field="Upload-Metadata",
        ) from error
    if any("\0" in value for value in found.values()):
        raise BadRequest("'Upload-Metadata' contains a NUL character.", field="Upload-Metadata")
    return found


def _checksum(request: Request) -> Checksum | None:
    header = request.META.get("HTTP_UPLOAD_CHECKSUM", "")
    if not header:
        return None
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise BadRequest(f"The checksum must be one of {', '.join(CHECKSUMS)}.", field="Upload-Checksum")
    try:
        return Checksum(algorithm, base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadRequest("The checksum must be base64.", field="Upload-Checksum") from error


def _expiry(session: UploadSession) -> dict[str, str]:
    return {"Upload-Expires": http_date(session.expires_at.timestamp())}
