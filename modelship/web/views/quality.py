"""The page of how good and how fast each person's work is; managers only."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotations.analytics_asked import days_of
from annotations.quality_queries import quality_of
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import BadRequest
from modelship.projects.gate import project_for
from modelship.web.views.projects import crumbs_of

ASKED = ("from", "to")


@require_safe
@signed_in
def people_quality(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """Days that can't be read are told beside the form, with the last thirty days below."""
    project = project_for(request.actor, project_id, "manage")
    asked = {key: request.GET[key] for key in ASKED if request.GET.get(key)}
    problem: BadRequest | None = None
    try:
        scope = days_of(project, asked)
    except BadRequest as refusal:
        problem, scope = refusal, days_of(project, {})
    quality = quality_of(scope)
    context: dict[str, Any] = {
        "project": project,
        "crumbs": crumbs_of(project),
        "scope": scope,
        "query": urlencode({key: quality[key] for key in ASKED}),
        "problem": problem,
        "people": quality["people"],
        "is_measured": any(one["truth"]["pictures"] for one in quality["people"]),
    }
    return render(request, "web/projects/quality.html", context, status=400 if problem else 200)
