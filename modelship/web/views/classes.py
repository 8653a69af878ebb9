"""The class editor of a project."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.queries import classes_of
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import Problem
from modelship.projects.gate import project_for
from modelship.web.class_rows import blank_rows, row_of, rows_of
from modelship.web.palette import PALETTE
from modelship.web.saving import save_classes
from modelship.web.views.projects import crumbs_of

SPARE_ROWS = 1


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def project_classes(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """Show the classes, or save all rows at once: renamed, recoloured, new and removed ones."""
    project = project_for(request.actor, project_id, "manage")
    problem = None
    if request.method == "POST":
        rows = rows_of(request.POST)
        if not any(row.error for row in rows):
            try:
                save_classes(request.actor, project, rows)
            except Problem as refusal:
                problem = refusal
            else:
                messages.success(request, "The classes are saved.")
                return redirect("project", project.id)
    else:
        rows = [row_of(label) for label in classes_of(project.id)]
        rows += blank_rows(SPARE_ROWS, rows)
    context = {
        "project": project,
        "rows": rows,
        "problem": problem,
        "palette": " ".join(PALETTE),
        "crumbs": crumbs_of(project),
    }
    return render(
        request, "web/projects/classes.html", context, status=422 if request.method == "POST" else 200
    )
