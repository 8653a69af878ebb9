"""How good and how fast each person's work is, for managers alone."""

import csv
import io
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.analytics_asked import days_of
from annotations.formats.csv import neutralised
from annotations.quality_queries import columns_of, quality_of
from modelship.api.schema import PROBLEM
from modelship.api.values import choice_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest
from modelship.projects.gate import project_for

FORMATS = ("json", "csv")
ALLOWED = ("from", "to", "format")


class ProjectPeopleQuality(ApiView):
    """By person: right and wrong against known pictures of all rounds, pictures a day, seconds a picture, sent back.

    Days as in the analytics; what is known counts whenever it was done. Managers only.
    """

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE),
            OpenApiParameter("to", OpenApiTypes.DATE),
            OpenApiParameter("format", str, enum=list(FORMATS), default="json"),
        ],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): OpenApiTypes.STR,
            **dict.fromkeys((400, 401, 403, 404), PROBLEM),
        },
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        project = project_for(self.actor, project_id, "manage")
        asked = request.query_params.dict()
        for key in asked:
            if key not in ALLOWED:
                raise BadRequest(f"'{key}' is not known here. Allowed: {', '.join(ALLOWED)}.", field=key)
        kind = choice_of(asked, "format", FORMATS, default="json")
        quality = quality_of(days_of(project, asked))
        if kind == "json":
            return Response(quality)
        text = io.StringIO()
        csv.writer(text).writerows(
            [neutralised(value) if isinstance(value, str) else value for value in row]
            for row in columns_of(quality)
        )
        named = f'attachment; filename="quality-{quality["from"]}-{quality["to"]}.csv"'
        return HttpResponse(
            text.getvalue(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": named}
        )
