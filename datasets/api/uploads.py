"""Many files in one request, each judged by itself."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions.enter import Verdict
from datasets.actions.ingest import Sent, ingest_images
from datasets.actions.uploads import check_takes_images, receive_archive
from datasets.archives import kind_of_name
from datasets.imaging.names import MAX_PATH_LENGTH, display_name, display_path
from datasets.models import Dataset
from datasets.queries import dataset_for, image_dict
from datasets.upload_queries import upload_dict
from modelship.accounts.actors import Actor
from modelship.api.schema import REFUSALS
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest, Problem

FILES_SCHEMA = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "paths": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The folders that the files lay in: none, or one path for each file, in their order.",
            },
        },
        "required": ["files"],
    }
}
VERDICTS = OpenApiResponse(OpenApiTypes.OBJECT, "A verdict for each file, in the order sent.")


class Uploads(ApiView):
    """POST multipart `files`: 200 when every file is in, 207 when some were refused; a verdict for each.

    A zip or tar among them is `accepted` and unpacked by the job that its verdict names. `paths`, one for
    each file, are kept as `metadata.path`.
    """

    parser_classes = (MultiPartParser,)
    request_schema = FILES_SCHEMA

    @extend_schema(responses={200: VERDICTS, 207: VERDICTS, **REFUSALS})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        # The gate comes before the body is looked at.
        dataset = dataset_for(self.actor, dataset_id, "manage")
        check_takes_images(dataset)
        files = request.FILES.getlist("files")
        if not files:
            raise BadRequest("Send at least one file, in the field 'files'.", code="no_files", field="files")
        paths = _paths_of(request, len(files))
        verdicts = ingest_images(dataset, _pictures(files, paths), actor=self.actor)
        results = [
            _archive_taken(self.actor, dataset, file) if _is_archive(file) else verdict_dict(next(verdicts))
            for file in files
        ]
        some_refused = any(result["status"] == "refused" for result in results)
        return Response({"results": results}, status=207 if some_refused else 200)


def _paths_of(request: Request, count: int) -> list[str]:
    paths: list[str] = request.data.getlist("paths")  # type: ignore[union-attr]
    if paths and len(paths) != count:
        detail = f"There are {count} files and {len(paths)} paths. Send one path for each file, or none."
        raise BadRequest(detail, code="paths_mismatch", field="paths")
    if any(len(path) > MAX_PATH_LENGTH for path in paths):
        raise BadRequest(f"A path may have {MAX_PATH_LENGTH} characters. Shorten it.", field="paths")
    return paths or [""] * count


def _is_archive(file: UploadedFile) -> bool:
    return kind_of_name(file.name or "") is not None


def _pictures(files: list[UploadedFile], paths: list[str]) -> Iterator[Sent]:
    """What is no archive, in the order sent."""
    for file, path in zip(files, paths, strict=True):
        if not _is_archive(file):
            yield Sent(file.name or "", file, metadata_of_path(path), file.content_type or "")


def metadata_of_path(path: str) -> dict[str, Any]:
    """What a path adds to the metadata: nothing where it names no folder."""
    shown = display_path(path)
    return {"path": shown} if "/" in shown else {}


def _archive_taken(actor: Actor, dataset: Dataset, file: UploadedFile) -> dict[str, Any]:
    try:
        shown = upload_dict(receive_archive(actor, dataset, file))
    except Problem as problem:
        return verdict_dict(Verdict(display_name(file.name or ""), "refused", problem=problem))
    return {**shown["verdict"], "upload": shown["id"], "job": shown["job"]}


def verdict_dict(verdict: Verdict) -> dict[str, Any]:
    return {
        "filename": verdict.filename,
        "status": verdict.status,
        "image": image_dict(verdict.image) if verdict.image else None,
        "problem": verdict.problem.as_dict() if verdict.problem else None,
    }
