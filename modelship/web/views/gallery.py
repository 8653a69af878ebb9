"""The gallery: a dataset's pictures by search, with everything one does to them."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotations.formats import FORMATS
from annotations.queries import classes_of
from datasets.beside import add_beside
from datasets.cleaning.rules import RULES
from datasets.models import Dataset, Image
from datasets.queries import all_images_of, dataset_for, datasets_of, images_of
from datasets.search.matching import matching
from datasets.search.reading import LINE
from datasets.search.sorting import DEFAULT, TITLES, columns_of
from datasets.search.terms import Search
from datasets.search_queries import in_order
from inference.language_queries import endpoints_that_see, tag_names
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.projects.gate import can
from modelship.web.activity import exports_of, jobs_of, training_of, usable_models
from modelship.web.assignments import workers_of
from modelship.web.facets import Asked, asked_for, chips, facets, saved
from modelship.web.queries import Tally, next_image, tallies_of
from modelship.web.views.datasets import NEEDS, recent_versions, tabs_of
from modelship.web.views.projects import crumbs_of

# What draws and names the boxes on a picture.
DRAWN = ("id", "name", "color")
MOST_TARGETS = 500


@require_safe
@signed_in
def gallery(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The pictures that the search line finds, a page at a time; scripts make a grid of any length of it."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "view")
    asked = asked_for(actor, request.GET)
    totals = tallies_of(images_of(actor, dataset), "dataset_id").get(dataset.id, Tally())
    if request.session.get("dataset") != str(dataset.id):
        request.session["dataset"] = str(dataset.id)
    context = {
        "dataset": dataset,
        **listed(request, found(actor, dataset, asked.search, asked.sort), asked),
        "asked": asked,
        "sorts": TITLES,
        "totals": totals,
        "is_empty": not totals.images and not asked.search,
        "facets": facets(actor, dataset, asked),
        "chips": chips(asked),
        "views": saved(actor, dataset, asked),
        "may_save": not asked.problem and (bool(asked.search) or asked.sort != DEFAULT),
        "people": workers_of(dataset),
        "rules": RULES,
        "classes": [{key: one[key] for key in DRAWN} for one in classes_of(dataset.project_id)],
        "targets": targets_of(actor, dataset),
        "may": {need: can(actor, dataset.project, need) for need in NEEDS},
        **work_of(actor, dataset, totals),
        "tabs": tabs_of(actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }
    return render(request, "web/datasets/gallery.html", context)


def found(actor: Actor, dataset: Dataset, search: Search, sort: str) -> QuerySet[Image]:
    return in_order(matching(all_images_of(actor, dataset), search), sort)


def listed(request: SignedInRequest, pictures: QuerySet[Image], asked: Asked) -> dict[str, Any]:
    # The editor goes along what the search found.
    query = f"?{urlencode({LINE: asked.line})}" if asked.search else ""

    def shown(image: Image) -> dict[str, Any]:
        card = card_of(image)
        return {**card, "href": card["href"] + query}

    answer = page(request, pictures, order=columns_of(asked.sort), to_dict=shown)
    add_beside(answer["results"], ["assignees"])
    return {"images": answer["results"], "next": answer["next"]}


def work_of(actor: Actor, dataset: Dataset, totals: Tally) -> dict[str, Any]:
    """What surrounds the pictures: uploads, jobs, exports, models."""
    return {
        "jobs": jobs_of(actor, dataset),
        "exports": exports_of(actor, dataset),
        "models": usable_models(actor),
        "endpoints": endpoints_that_see(actor),
        "tag_names": tag_names(dataset),
        "training": training_of(actor, dataset),
        "formats": FORMATS,
        "versions": recent_versions(actor, dataset),
        "label_url": label_url(dataset, totals),
        "upload_url": reverse("api-uploads", args=[dataset.id]),
        "limits": {
            "bytes": settings.MODELSHIP_MAX_FILE_BYTES,
            "megapixels": settings.MODELSHIP_MAX_PIXELS // 10**6,
            "streamed": settings.MODELSHIP_MAX_STREAMED_PIXELS // 10**6,
        },
    }


def targets_of(actor: Actor, dataset: Dataset) -> list[Dataset]:
    """The datasets that pictures of this one may be copied or moved to."""
    others = datasets_of(actor).filter(kind=Dataset.Kind.IMAGES).exclude(pk=dataset.pk)
    rows = list(others.select_related("project").order_by("project__name", "name", "id")[:MOST_TARGETS])
    managed = {one.project_id: one.project for one in rows}
    allowed = {key for key, project in managed.items() if can(actor, project, "manage")}
    return [one for one in rows if one.project_id in allowed]


def card_of(image: Image) -> dict[str, Any]:
    return {
        "id": image.id,
        "filename": image.filename,
        "state": image.state,
        "boxes": image.box_count,
        "proposed": image.proposed_count,
        "href": reverse("editor", args=[image.id]),
        "preview": reverse("preview", args=[image.id]),
        "thumbnail": reverse("api-image-thumbnail", args=[image.id]),
    }


def label_url(dataset: Dataset, totals: Tally) -> str:
    return reverse("editor", args=[next_image(dataset)]) if totals.images else ""
