"""The page of a project's way through the review."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.actions.workflows import change_workflow
from annotations.review_queries import workflow_of
from annotations.workflow import PRESETS, preset_of
from annotations.workflow.picture import picture_of
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import Problem
from modelship.projects.gate import can, project_for
from modelship.web.views.projects import crumbs_of
from modelship.web.workflow_form import asked_by, step_rows

STATE_WORDS = {
    "open": "Open",
    "submitted": "In review",
    "changes_requested": "Sent back",
    "approved": "Approved",
}
PRESET_WORDS = {
    "simple": ("Simple", "Label, then approve. Nothing is handed in."),
    "standard": ("Standard", "Label, hand in, review. Reviewers may approve at any time."),
    "two_reviews": ("Two reviews", "Two people approve the same picture, as it is."),
    "strict": (
        "Strict",
        "Nobody approves their own work, every proposal is judged, and who sends back says why.",
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def project_workflow(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """Everybody in the project sees it; managers choose a preset or fine-tune it."""
    project = project_for(request.actor, project_id, "view")
    problem: Problem | None = None
    if request.method == "POST":
        try:
            change_workflow(request.actor, project, asked_by(request.POST, workflow_of(project.id)))
        except Problem as refusal:
            if refusal.status in (403, 404):
                raise
            problem = refusal
        else:
            messages.success(request, "The workflow is saved. It holds from now on.")
            return redirect("project-workflow", project.id)
    workflow = workflow_of(project.id)
    context: dict[str, Any] = {
        "project": project,
        "crumbs": crumbs_of(project),
        "may_manage": can(request.actor, project, "manage"),
        "workflow": workflow,
        "picture": picture_of(workflow),
        "words": STATE_WORDS,
        "rows": step_rows(workflow, STATE_WORDS),
        "preset": request.POST.get("preset", "") if problem else preset_of(workflow) or "",
        "presets": [
            {"name": name, "title": PRESET_WORDS[name][0], "text": PRESET_WORDS[name][1]} for name in PRESETS
        ],
        "problem": problem,
        "homeless": _homeless(problem),
    }
    return render(request, "web/projects/workflow.html", context, status=422 if problem else 200)


def _homeless(problem: Problem | None) -> list[dict[str, Any]]:
    """The states that would go away with pictures in them, for the form to ask where those move."""
    if problem is None or problem.code != "states_in_use":
        return []
    return [
        {"state": state, "words": STATE_WORDS[state], "count": count}
        for state, count in problem.extra["states"].items()
    ]
