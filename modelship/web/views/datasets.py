"""Pages of datasets: the gallery with everything one does to pictures, and the forms around it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from annotations.version_queries import versions_of
from datasets.actions.datasets import DatasetFacts, change_dataset, create_dataset, delete_dataset
from datasets.models import Dataset, DatasetVersion
from datasets.queries import dataset_for
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import BadRequest, Conflict
from modelship.projects.gate import can, project_for
from modelship.web.forms import DatasetForm, NamedForm
from modelship.web.views.projects import crumbs_of

NEEDS = ("view", "annotate", "review", "manage")
OFFERED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_new(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    project = project_for(request.actor, project_id, "manage")
    form = NamedForm(request.POST or None, auto_id="dataset-%s")
    if request.method == "POST" and form.is_valid():
        try:
            dataset = create_dataset(request.actor, project, **form.cleaned_data)
        except Conflict as conflict:
            form.add_error("name", conflict.detail)
        else:
            return redirect("dataset", dataset.id)
    context = {"project": project, "form": form, "crumbs": crumbs_of(project)}
    return render(request, "web/datasets/new.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_edit(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    dataset = dataset_for(request.actor, dataset_id, "manage")
    initial = {name: getattr(dataset, name) for name in DatasetForm.base_fields}
    form = DatasetForm(request.POST or None, initial=initial, auto_id="dataset-%s")
    if dataset.audience == Dataset.Audience.PERSON:
        del form.fields["audience"]
    if request.method == "POST" and form.is_valid():
        try:
            change_dataset(request.actor, dataset, DatasetFacts(**initial | form.cleaned_data))
        except Conflict as conflict:
            form.add_error("name", conflict.detail)
            dataset.refresh_from_db()
        else:
            messages.success(request, "The dataset is saved.")
            return redirect("dataset", dataset.id)
    here = {"href": reverse("dataset", args=[dataset.id]), "label": dataset.name}
    context = {"dataset": dataset, "form": form, "crumbs": [*crumbs_of(dataset.project), here]}
    return render(request, "web/datasets/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@signed_in
def dataset_delete(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """Only with the dataset's name typed in full: its pictures and boxes go with it."""
    dataset = dataset_for(request.actor, dataset_id, "manage")
    if request.POST.get("name", "").strip() != dataset.name:
        raise BadRequest("The name does not match, so nothing was deleted. Go back and type it in full.")
    delete_dataset(request.actor, dataset)
    messages.success(request, f"{dataset.name} is deleted.")
    return redirect("project", dataset.project_id)


def recent_versions(actor: Actor, dataset: Dataset) -> list[DatasetVersion]:
    """Those that the export form offers."""
    is_of_images = dataset.kind == Dataset.Kind.IMAGES
    return list(versions_of(actor, dataset).order_by("-number")[:OFFERED]) if is_of_images else []


def tabs_of(actor: Actor, dataset: Dataset) -> list[dict[str, Any]]:
    """The pages of a dataset for who may open them; a table has only its texts here."""
    texts = ("texts", "Texts", "dataset-texts", dataset.texts.count())
    pages: list[tuple[str, str, str, int | None]] = [
        ("pictures", "Pictures", "dataset", None),
        ("queue", "Queue", "dataset-queue", None),
        ("sessions", "Sessions", "dataset-sessions", dataset.sessions.count()),
        ("sources", "Sources", "dataset-sources", dataset.sources.count()),
        ("imports", "Imports", "dataset-imports", dataset.imports.count()),
        ("clean", "Clean", "dataset-clean", None),
        ("archive", "Archive", "dataset-archive", None),
        ("splits", "Splits", "dataset-splits", None),
        ("versions", "Versions", "dataset-versions", dataset.versions.count()),
        texts,
    ]
    # Rounds begin where their pictures are, not on somebody's copies.
    if can(actor, dataset.project, "manage") and dataset.audience != Dataset.Audience.PERSON:
        pages.append(("agreement", "Agreement", "dataset-agreement", dataset.rounds.count()))
    if dataset.kind != Dataset.Kind.IMAGES:
        pages = [texts]
    return [
        {"key": key, "label": label, "href": reverse(route, args=[dataset.id]), "count": count}
        for key, label, route, count in pages
    ]
