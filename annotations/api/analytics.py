"""How the work on a project goes, in numbers."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.analytics_asked import scope_of
from annotations.analytics_csv import csv_of
from annotations.analytics_queries import analytics_of
from modelship.api.schema import PROBLEM
from modelship.api.values import choice_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest
from modelship.projects.gate import project_for

FORMATS = ("json", "csv")
ALLOWED = ("from", "to", "dataset", "format")
PARAMETERS = [
    OpenApiParameter(
        "from", OpenApiTypes.DATE, description="The first day; 29 days before `to` where left out."
    ),
    OpenApiParameter("to", OpenApiTypes.DATE, description="The last day; today where it is left out."),
    OpenApiParameter("dataset", UUID, description="One of the project's datasets; all where it is left out."),
    OpenApiParameter("format", str, enum=list(FORMATS), default="json"),
]


class ProjectAnalytics(ApiView):
    """Throughput, states, class balance, box sizes, time per image and what became of models' boxes, in up to 366 days.

    `?format=csv` gives the same as one long table. There is nothing of single persons in it.
    """

    @extend_schema(
        parameters=PARAMETERS,
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): OpenApiTypes.STR,
            **dict.fromkeys((400, 401, 403, 404), PROBLEM),
        },
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        project = project_for(self.actor, project_id, "view")
        asked = request.query_params.dict()
        for key in asked:
            if key not in ALLOWED:
                raise BadRequest(f"'{key}' is not known here. Allowed: {', '.join(ALLOWED)}.", field=key)
        kind = choice_of(asked, "format", FORMATS, default="json")
        scope = scope_of(self.actor, project, asked)
        analytics = analytics_of(scope)
        if kind == "json":
            return Response(analytics)
        named = f'attachment; filename="analytics-{scope.first}-{scope.last}.csv"'
        return HttpResponse(
            csv_of(analytics),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": named},
        )
