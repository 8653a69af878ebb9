"""The page of a preview: the picture with its boxes, what each of them is, and the way on."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotations.api.previews import Look
from annotations.assignment_queries import assignees_of
from annotations.export_queries import boxes_of, classes_for_export
from annotations.formats.records import ExportBox, ExportClass
from annotations.walk_queries import Walk
from datasets.models import Image
from datasets.queries import image_for
from modelship.api.pages import SignedInRequest, signed_in

SIZES = (512, 1024, 2048, 4096)
# A longer table helps nobody; the picture and the editor show them all.
MOST_ROWS = 500
SOURCES = {"human": "A person", "model": "A model", "import": "An import"}
NAMES = ("size", "states", "min_score")


@require_safe
@signed_in
def preview(request: SignedInRequest, image_id: UUID) -> HttpResponse:
    """The image with its boxes drawn in, without any script."""
    image = image_for(request.actor, image_id, "view")
    asked = {name: request.GET[name] for name in NAMES if request.GET.get(name)}
    look = Look.parse(asked)
    dataset, project = image.dataset, image.dataset.project
    classes = {label.id: label for label in classes_for_export(project.id)}
    boxes = boxes_of([image.id], look.choice).get(image.id, [])
    place, total = Walk().position(image)
    context = {
        "image": image,
        "assignees": assignees_of([image.id]).get(image.id, []),
        "place": place,
        "total": total,
        "picture": f"{reverse('api-image-preview', args=[image.id])}?{urlencode({**asked, 'size': look.side})}",
        "shown": drawn_size(image, look.side),
        "sizes": [switch(asked, "size", size, size == look.side) for size in sizes_for(image)],
        "choices": choices(asked, look),
        "boxes": [row(box, classes) for box in boxes[:MOST_ROWS]],
        "count": len(boxes),
        "hidden": max(len(boxes) - MOST_ROWS, 0),
        **ways(image, asked),
        "crumbs": [
            {"href": reverse("project", args=[project.id]), "label": project.name},
            {"href": reverse("dataset", args=[dataset.id]), "label": dataset.name},
        ],
    }
    return render(request, "annotations/preview.html", context)


def ways(image: Image, asked: dict[str, str]) -> dict[str, str]:
    """Where the links to the pictures before and after lead; they keep what was asked for."""
    strip = Walk().neighbours(image, each_side=1)
    here = strip.index(image)
    query = f"?{urlencode(asked)}" if asked else ""
    found = {"previous": strip[:here], "next": strip[here + 1 :]}
    return {
        name: f"{reverse('preview', args=[ones[0].id])}{query}" if ones else ""
        for name, ones in found.items()
    }


def sizes_for(image: Image) -> list[int]:
    """A small and the usual one, and larger ones up to the first that holds the whole picture."""
    longer = max(image.width, image.height)
    return [size for index, size in enumerate(SIZES) if index < 2 or SIZES[index - 1] < longer]


def drawn_size(image: Image, side: int) -> dict[str, int]:
    """Width and height for the browser to keep the place free; it scales what turns out a little different."""
    factor = side / max(image.width, image.height)
    return {"width": max(1, round(image.width * factor)), "height": max(1, round(image.height * factor))}


def switch(asked: dict[str, str], name: str, value: Any, is_current: bool) -> dict[str, Any]:
    return {"label": value, "href": f"?{urlencode({**asked, name: value})}", "is_current": is_current}


def choices(asked: dict[str, str], look: Look) -> list[dict[str, Any]]:
    """Which boxes are shown, as links."""
    rest = {name: value for name, value in asked.items() if name != "states"}
    current = ",".join(look.choice.states)
    offered = (("proposed,accepted", "All boxes"), ("accepted", "Accepted"), ("proposed", "Proposed"))
    return [
        {
            "label": label,
            "href": f"?{urlencode({**rest, 'states': states})}",
            "is_current": states == current,
        }
        for states, label in offered
    ]


def row(box: ExportBox, classes: dict[UUID, ExportClass]) -> dict[str, Any]:
    """A box as the table shows it."""
    label = classes.get(box.class_id) if box.class_id else None
    origin = box.provenance or {}
    return {
        "class": label,
        "shape": "Tag of the image" if box.shape == "tag" else "",
        "state": box.state,
        "score": box.score,
        "source": origin.get("model_name") or SOURCES[box.source],
        "slice": [round(side) for side in origin.get("slice") or []],
    }
