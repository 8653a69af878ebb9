"""The page of one image: everything that the canvas editor needs to start, as HTML and as JSON."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotations.hold_queries import hold_dict
from annotations.queries import classes_of
from annotations.ranking_queries import reasons_for
from annotations.review_queries import workflow_of
from annotations.session_queries import session_for
from annotations.walk_queries import UNCERTAINTY, SessionWalk, Walk
from datasets.models import Image
from datasets.queries import image_for
from datasets.tiles import tiles_of
from modelship.accounts.actors import Actor
from modelship.accounts.queries import keymap_of_user
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.rendering import to_json
from modelship.api.values import id_of
from modelship.projects.gate import can, role_in

STRIP_SIZE = 256
# How many images the strip shows on each side, and how many more it may ask for when it is scrolled.
NEAR, FAR = 5, 100


@require_safe
@signed_in
def editor(request: SignedInRequest, image_id: UUID) -> HttpResponse:
    """The canvas editor on one image, among those that the search `?q=` finds in its dataset.

    `?look=1` or `?sweep=1` adds a hint for a first visit.
    """
    page = editor_page(request.actor, image_id, way=way_of(request))
    guide = guide_for(request.GET, may_annotate=page["can"]["annotate"])
    return render(request, "annotations/editor.html", {"editor": page, "guide": guide})


def guide_for(asked: Mapping[str, Any], *, may_annotate: bool) -> str:
    """The hint to show; the sweep, which it begins, is for those who may judge."""
    if asked.get("sweep") == "1" and may_annotate:
        return "sweep"
    return "look" if asked.get("look") == "1" else ""


@require_safe
@signed_in
def editor_json(request: SignedInRequest, image_id: UUID) -> HttpResponse:
    """The same as JSON: the editor goes to the next image without loading a page.

    `?around=` asks for more neighbours on each side, at most 100.
    """
    asked = request.GET.get("around", "")
    around = min(int(asked), FAR) if asked.isascii() and asked.isdigit() and len(asked) < 9 else NEAR
    page = editor_page(request.actor, image_id, around=around, way=way_of(request))
    body = to_json(page)
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "private, no-store"})


def way_of(request: SignedInRequest) -> Walk | SessionWalk:
    """Who is handed picture by picture walks in gallery order: the page asks for the next one.

    Raises NotFound for a team session that is not there, or foreign.
    """
    if session := request.GET.get("session"):
        return SessionWalk(session_for(request.actor, id_of(session, "session"), "view").pk)
    order = UNCERTAINTY if request.GET.get("order") == UNCERTAINTY else ""
    return Walk(request.GET.get("q", ""), order, request.actor.user_id)


def editor_page(
    actor: Actor, image_id: UUID, *, around: int = NEAR, way: Walk | SessionWalk
) -> dict[str, Any]:
    """What the editor is told about an image that the actor may see, among those that it passes on its way.

    Raises NotFound and Forbidden, and BadRequest for a search that can't be read.
    """
    image = image_for(actor, image_id, "view")
    dataset, project = image.dataset, image.dataset.project
    workflow = workflow_of(project.id)
    index, total = way.position(image)
    strip = way.neighbours(image, around)
    here = strip.index(image)
    return {
        "image": _image(image),
        "project": {"id": str(project.id), "name": project.name},
        "dataset": {
            "id": str(dataset.id),
            "name": dataset.name,
            "url": _found_by(Walk(way.line), reverse("dataset", args=[dataset.id])),
        },
        "classes": classes_of(project.id),
        "me": {"kind": actor.kind, "id": str(actor.user_id), "name": actor.label},
        "keymap": keymap_of_user(actor.user_id),
        "can": {need: can(actor, project, need) for need in ("annotate", "review")},
        "steps": workflow.offered(role_in(actor, project)),
        "comments": [step.action for step in workflow.steps.values() if step.needs_comment],
        "position": {"index": index, "total": total},
        "previous": _link(strip[here - 1], way) if here > 0 else None,
        "next": _link(strip[here + 1], way) if here + 1 < len(strip) else None,
        "neighbours": [_neighbour(one, way) for one in strip],
        "urls": {
            "socket": f"/ws/v1/canvas/{image.id}/",
            "edits": reverse("api-image-edits", args=[image.id]),
            "review": reverse("api-image-review", args=[image.id]),
            "history": reverse("api-image-history", args=[image.id]),
            "restore": reverse("api-image-restore", args=[image.id]),
            "state": _found_by(way, reverse("editor-json", args=[image.id])),
            "keymap": reverse("api-my-keymap"),
            "take": reverse("api-dataset-next", args=[dataset.id]),
        },
        "hold": hold_dict(image.id),
        "reasons": reasons_for(image.id) if way.order else [],
    }


def _image(image: Image) -> dict[str, Any]:
    data = reverse("api-image-data", args=[image.id])
    return {
        "id": str(image.id),
        "filename": image.filename,
        "width": image.width,
        "height": image.height,
        "state": image.state,
        "dataset": str(image.dataset_id),
        "data_url": data,
        "display_url": f"{data}?rendition=display",
        "tiles": tiles_of(image),
    }


def _found_by(way: Walk | SessionWalk, url: str) -> str:
    """The address with the way in it, so that whoever goes on stays on it."""
    return f"{url}?{urlencode(way.asked)}" if way.asked else url


def _link(image: Image, way: Walk | SessionWalk) -> dict[str, str]:
    return {"id": str(image.id), "url": _found_by(way, reverse("editor", args=[image.id]))}


def _neighbour(image: Image, way: Walk | SessionWalk) -> dict[str, str]:
    thumbnail = reverse("api-image-thumbnail", args=[image.id])
    return {**_link(image, way), "thumbnail_url": f"{thumbnail}?size={STRIP_SIZE}", "state": image.state}
