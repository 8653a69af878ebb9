"""The class editor of a project."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.actions.labels import COLORS
from annotations.queries import classes_of
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import Problem
from modelship.projects.gate import project_for
from modelship.projects.models import Project
from modelship.web.class_rows import ClassRow, blank_rows, row_of, rows_of
from modelship.web.saving import homeless, save_classes
from modelship.web.views.projects import crumbs_of

SPARE_ROWS = 1
MOVE = "move_"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def project_classes(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """Show the classes, or save all rows at once: renamed, recoloured, new and removed ones.

    A removed class that boxes use comes back as a question: which class do they move to?
    """
    project = project_for(request.actor, project_id, "manage")
    is_post = request.method == "POST"
    rows = rows_of(request.POST) if is_post else [row_of(label) for label in classes_of(project.id)]
    problem = None
    if is_post and not any(row.error for row in rows):
        moves = {
            name.removeprefix(MOVE): str(value)
            for name, value in request.POST.items()
            if name.startswith(MOVE)
        }
        problem = _save(request.actor, project, rows, moves)
        if problem is None:
            messages.success(request, "The classes are saved.")
            return redirect("project", project.id)
    context = {
        "project": project,
        "rows": rows if is_post else [*rows, *blank_rows(SPARE_ROWS, rows)],
        "homeless": homeless(project, rows) if is_post else [],
        "targets": [row for row in rows if row.id],
        "problem": problem,
        "palette": " ".join(COLORS),
        "crumbs": crumbs_of(project),
    }
    return render(request, "web/projects/classes.html", context, status=422 if is_post else 200)


def _save(actor: Actor, project: Project, rows: Sequence[ClassRow], moves: dict[str, str]) -> Problem | None:
    try:
        save_classes(actor, project, rows, {gone: target for gone, target in moves.items() if target})
    except Problem as problem:
        return problem
    return None
