"""Many files in one request, each judged by itself."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions.ingest import Verdict, ingest_image
from datasets.models import Dataset
from datasets.queries import dataset_for, image_dict
from modelship.api.schema import REFUSALS
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest, Conflict

FILES_SCHEMA = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
        "required": ["files"],
    }
}
VERDICTS = OpenApiResponse(OpenApiTypes.OBJECT, "A verdict for each file, in the order sent.")


class Uploads(ApiView):
    """POST multipart `files`: 200 when every file is in, 207 when some were refused; a verdict for each."""

    parser_classes = (MultiPartParser,)
    request_schema = FILES_SCHEMA

    @extend_schema(responses={200: VERDICTS, 207: VERDICTS, **REFUSALS})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        # The gate comes before the body is looked at.
        dataset = dataset_for(self.actor, dataset_id, "manage")
        if dataset.kind != Dataset.Kind.IMAGES:
            raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")
        files = request.FILES.getlist("files")
        if not files:
            raise BadRequest("Send at least one file, in the field 'files'.", code="no_files", field="files")
        verdicts = [
            ingest_image(
                dataset, file.name or "", file, actor=self.actor, declared_type=file.content_type or ""
            )
            for file in files
        ]
        some_refused = any(verdict.status == "refused" for verdict in verdicts)
        return Response(
            {"results": [verdict_dict(verdict) for verdict in verdicts]}, status=207 if some_refused else 200
        )


def verdict_dict(verdict: Verdict) -> dict[str, Any]:
    return {
        "filename": verdict.filename,
        "status": verdict.status,
        "image": image_dict(verdict.image) if verdict.image else None,
        "problem": verdict.problem.as_dict() if verdict.problem else None,
    }
