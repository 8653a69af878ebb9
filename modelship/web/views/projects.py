"""Pages of projects: the list, one project, and the forms around it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.actions.labels import COLORS
from annotations.queries import class_uses, classes_of
from datasets.queries import datasets_of, images_of
from modelship.accounts.actions import need_role
from modelship.accounts.roles import role_allows
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.lib.errors import BadRequest, Conflict, Problem
from modelship.projects.actions import change_project, create_project, delete_project
from modelship.projects.gate import can, project_for
from modelship.projects.models import Project
from modelship.projects.queries import projects_of
from modelship.web import automation
from modelship.web.class_rows import ClassRow, blank_rows, rows_of
from modelship.web.forms import NamedForm
from modelship.web.queries import dataset_cards, project_rows, tallies_of, total_of
from modelship.web.saving import save_classes

NEW_ROWS = 3
CRUMB = {"label": "Projects"}


@require_safe
@signed_in
def project_list(request: SignedInRequest) -> HttpResponse:
    q = request.GET.get("q", "").replace("\0", "").strip()[:200]
    listed = page(
        request, projects_of(request.actor, q), order=("-created_at", "id"), to_dict=lambda row: {"row": row}
    )
    return render(
        request,
        "web/projects/list.html",
        {
            "projects": project_rows(request.actor, [found["row"] for found in listed["results"]]),
            "next": listed["next"],
            "previous": listed["previous"],
            "q": q,
            "may_manage": role_allows(request.actor.role, "manage"),
            "new_project_url": reverse("project-new"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def project_new(request: SignedInRequest) -> HttpResponse:
    """Name, description and classes in one form; all of it is saved or nothing."""
    need_role(request.actor, "manage")
    form = NamedForm(request.POST or None, auto_id="project-%s")
    rows = rows_of(request.POST) if request.method == "POST" else []
    if request.method == "POST" and form.is_valid() and not any(row.error for row in rows):
        project = _create(request, form, rows)
        if project is not None:
            messages.success(request, "The project is ready. Add a dataset to upload pictures.")
            return redirect("project", project.id)
    context = {
        "form": form,
        "rows": rows or blank_rows(NEW_ROWS),
        "palette": " ".join(COLORS),
        "crumbs": [{"href": reverse("projects"), **CRUMB}],
    }
    return render(request, "web/projects/new.html", context, status=422 if request.method == "POST" else 200)


def _create(request: SignedInRequest, form: NamedForm, rows: list[ClassRow]) -> Project | None:
    try:
        with transaction.atomic():
            project = create_project(request.actor, **form.cleaned_data)
            save_classes(request.actor, project, rows)
    except Conflict as conflict:
        form.add_error("name" if conflict.code == "name_taken" else None, conflict.detail)
        return None
    return project


@require_safe
@signed_in
def project(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    actor = request.actor
    found = project_for(actor, project_id, "view")
    datasets = list(datasets_of(actor, project_id=found.id).order_by("-created_at"))
    tallies = tallies_of(images_of(actor).filter(dataset__project=found), "dataset_id")
    uses = class_uses(found.id)
    context = {
        "project": found,
        "datasets": dataset_cards(datasets, tallies),
        "totals": total_of(tallies.values()),
        "classes": [{**label, "boxes": uses.get(UUID(label["id"]), 0)} for label in classes_of(found.id)],
        "automation": automation.told(found),
        "may_manage": can(actor, found, "manage"),
        "new_dataset_url": reverse("dataset-new", args=[found.id]),
        "crumbs": [{"href": reverse("projects"), **CRUMB}],
    }
    return render(request, "web/projects/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def project_edit(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    found = project_for(request.actor, project_id, "manage")
    initial = {"name": found.name, "description": found.description}
    form = NamedForm(request.POST or None, initial=initial, auto_id="project-%s")
    if request.method == "POST" and form.is_valid():
        try:
            change_project(request.actor, found, **form.cleaned_data)
        except Conflict as conflict:
            form.add_error("name", conflict.detail)
            found.refresh_from_db()
        else:
            messages.success(request, "The project is saved.")
            return redirect("project", found.id)
    context = {
        "project": found,
        "form": form,
        "crumbs": crumbs_of(found),
        "may_own": can(request.actor, found, "own"),
        "automation": automation.form_of(request.actor, found),
    }
    return render(request, "web/projects/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@signed_in
def project_automation(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """What happens with new pictures; a refusal is told on the page of the form."""
    found = project_for(request.actor, project_id, "manage")
    try:
        automation.save(request.actor, found, request.POST.dict())
    except Problem as problem:
        messages.error(request, problem.detail)
    else:
        messages.success(request, "It is saved.")
    return redirect("project-edit", found.id)


@require_POST
@signed_in
def project_delete(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """Only with the project's name typed in full: everything in it goes with it."""
    found = project_for(request.actor, project_id, "own")
    if request.POST.get("name", "").strip() != found.name:
        raise BadRequest("The name does not match, so nothing was deleted. Go back and type it in full.")
    delete_project(request.actor, found)
    messages.success(request, f"{found.name} is deleted.")
    return redirect("projects")


def crumbs_of(project: Project) -> list[dict[str, Any]]:
    here = {"href": reverse("project", args=[project.id]), "label": project.name}
    return [{"href": reverse("projects"), **CRUMB}, here]
