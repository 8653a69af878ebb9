"""Pages of datasets: the gallery with everything one does to pictures, and the forms around it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.formats import FORMATS
from annotations.version_queries import versions_of
from datasets.actions.datasets import change_dataset, create_dataset, delete_dataset
from datasets.models import Dataset, DatasetVersion, Image
from datasets.queries import dataset_for, images_of
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.lib.errors import BadRequest, Conflict
from modelship.projects.gate import can, project_for
from modelship.web.activity import exports_of, jobs_of, training_of, usable_models
from modelship.web.forms import NamedForm
from modelship.web.queries import Tally, next_image, tallies_of
from modelship.web.templatetags.web import STATES
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
    initial = {"name": dataset.name, "description": dataset.description}
    form = NamedForm(request.POST or None, initial=initial, auto_id="dataset-%s")
    if request.method == "POST" and form.is_valid():
        try:
            change_dataset(request.actor, dataset, **form.cleaned_data)
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


@require_safe
@signed_in
def gallery(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The pictures, filtered by state and file name, a page at a time."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "view")
    state = request.GET.get("state", "")
    state = state if state in Image.State.values else ""
    q = request.GET.get("q", "").replace("\0", "").strip()[:200]
    pictures = images_of(actor, dataset)
    listed = page(request, matching(pictures, state, q), order=("ordinal",), to_dict=card)
    totals = tallies_of(pictures, "dataset_id").get(dataset.id, Tally())
    if request.session.get("dataset") != str(dataset.id):
        request.session["dataset"] = str(dataset.id)
    context = {
        "dataset": dataset,
        "images": listed["results"],
        "next": listed["next"],
        "state": state,
        "q": q,
        "totals": totals,
        "is_empty": not totals.images,
        "filters": filters(pictures, totals.images, q),
        "may": {need: can(actor, dataset.project, need) for need in NEEDS},
        "jobs": jobs_of(actor, dataset),
        "exports": exports_of(actor, dataset),
        "models": usable_models(actor),
        "training": training_of(actor, dataset),
        "formats": FORMATS,
        "versions": recent_versions(actor, dataset),
        "tabs": tabs_of(dataset),
        "label_url": label_url(dataset, totals),
        "upload_url": reverse("api-uploads", args=[dataset.id]),
        "limits": {
            "bytes": settings.MODELSHIP_MAX_FILE_BYTES,
            "megapixels": settings.MODELSHIP_MAX_PIXELS // 10**6,
            "streamed": settings.MODELSHIP_MAX_STREAMED_PIXELS // 10**6,
        },
        "crumbs": crumbs_of(dataset.project),
    }
    return render(request, "web/datasets/gallery.html", context)


def recent_versions(actor: Actor, dataset: Dataset) -> list[DatasetVersion]:
    """Those that the export form offers."""
    is_of_images = dataset.kind == Dataset.Kind.IMAGES
    return list(versions_of(actor, dataset).order_by("-number")[:OFFERED]) if is_of_images else []


def tabs_of(dataset: Dataset) -> list[dict[str, Any]]:
    """The pages of a dataset of images; a table has no versions here."""
    if dataset.kind != Dataset.Kind.IMAGES:
        return []
    sources = reverse("dataset-sources", args=[dataset.id])
    versions = reverse("dataset-versions", args=[dataset.id])
    return [
        {
            "key": "pictures",
            "label": "Pictures",
            "href": reverse("dataset", args=[dataset.id]),
            "count": None,
        },
        {"key": "sources", "label": "Sources", "href": sources, "count": dataset.sources.count()},
        {
            "key": "clean",
            "label": "Clean",
            "href": reverse("dataset-clean", args=[dataset.id]),
            "count": None,
        },
        {
            "key": "archive",
            "label": "Archive",
            "href": reverse("dataset-archive", args=[dataset.id]),
            "count": None,
        },
        {"key": "versions", "label": "Versions", "href": versions, "count": dataset.versions.count()},
        {
            "key": "splits",
            "label": "Splits",
            "href": reverse("dataset-splits", args=[dataset.id]),
            "count": None,
        },
    ]


def matching(pictures: QuerySet[Image], state: str, q: str) -> QuerySet[Image]:
    found = pictures.filter(state=state) if state else pictures
    return found.filter(filename__icontains=q) if q else found


def card(image: Image) -> dict[str, Any]:
    return {
        "filename": image.filename,
        "state": image.state,
        "boxes": image.box_count,
        "proposed": image.proposed_count,
        "href": reverse("editor", args=[image.id]),
        "preview": reverse("preview", args=[image.id]),
        "thumbnail": reverse("api-image-thumbnail", args=[image.id]),
    }


def filters(pictures: QuerySet[Image], total: int, q: str) -> list[dict[str, Any]]:
    """The states that occur, each with its number and its address; the search stays."""
    numbers = dict(pictures.order_by().values_list("state").annotate(Count("id")))
    found = [("", "All", total)]
    found += [(state, STATES[state][0], numbers[state]) for state in Image.State.values if numbers.get(state)]
    return [
        {"state": state, "label": label, "count": number, "href": f"?{urlencode(_query(state, q))}"}
        for state, label, number in found
    ]


def _query(state: str, q: str) -> dict[str, str]:
    return {name: value for name, value in (("state", state), ("q", q)) if value}


def label_url(dataset: Dataset, totals: Tally) -> str:
    return reverse("editor", args=[next_image(dataset)]) if totals.images else ""
