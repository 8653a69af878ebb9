"""The page of how the work on a project goes."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotations.analytics_asked import scope_of
from annotations.analytics_queries import MOST_MOMENTS, analytics_of
from datasets.queries import datasets_of
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import BadRequest
from modelship.projects.gate import project_for
from modelship.web.analytics_charts import charts_of
from modelship.web.views.projects import crumbs_of

ASKED = ("from", "to", "dataset")


@require_safe
@signed_in
def project_analytics(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """Days that can't be read are told beside the form, with the last thirty days below."""
    actor = request.actor
    project = project_for(actor, project_id, "view")
    # A form sends what was left empty, too.
    asked = {key: request.GET[key] for key in ASKED if request.GET.get(key)}
    problem: BadRequest | None = None
    try:
        scope = scope_of(actor, project, asked)
    except BadRequest as refusal:
        problem, scope = refusal, scope_of(actor, project, {})
    analytics = analytics_of(scope)
    context: dict[str, Any] = {
        "project": project,
        "crumbs": crumbs_of(project),
        "datasets": datasets_of(actor, project_id=project.pk).order_by("name", "id"),
        "scope": scope,
        "query": urlencode(_query(analytics)),
        "problem": problem,
        "charts": charts_of(analytics),
        "pictures": sum(analytics["states"]["now"].values()),
        "time": analytics["time_per_image"],
        "most_moments": MOST_MOMENTS,
    }
    return render(request, "web/projects/analytics.html", context, status=400 if problem else 200)


def _query(analytics: dict[str, Any]) -> dict[str, str]:
    return {key: analytics[key] for key in ASKED if analytics[key]}
