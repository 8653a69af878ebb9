"""The page that compares two moments of a dataset: what changed in numbers, in which pictures, and where."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotations.api.diffs import numbers_of
from annotations.diff_queries import Moments, diff_image, diff_page
from annotations.geometry import Geometry, corners
from annotations.summary_queries import summary_beside_pictures, summary_of
from annotations.version_queries import versions_of
from datasets.models import Dataset, Image
from datasets.queries import dataset_for, image_for
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import NotFound
from modelship.web.views.datasets import tabs_of
from modelship.web.views.projects import crumbs_of

LISTED = 50
# Of a sign on the picture, in hundredths of the longer side.
SIGN_SIZE = 2.4
SAID = {"described": "attributes", "judged": "judged otherwise", "arranged": "order or lock"}
MARKS = {"added": "+", "removed": "×", "moved": "↔", "relabelled": "≠", "changed": "~"}
OFFERED = 200
# In this order pictures are looked through.
KINDS = (("changed", "Changed"), ("added", "Added"), ("removed", "Removed"))
IMAGE_WORDS = (
    ("added", "Pictures added"),
    ("removed", "Pictures removed"),
    ("changed", "Pictures changed"),
    ("renamed", "Pictures renamed"),
    ("resplit", "Pictures in another split"),
)
BOX_WORDS = (
    ("added", "Boxes added"),
    ("removed", "Boxes removed"),
    ("moved", "Boxes moved"),
    ("relabelled", "Boxes relabelled"),
    ("described", "Attributes changed"),
    ("judged", "Judged otherwise"),
    ("arranged", "Order or lock changed"),
)


@require_safe
@signed_in
def compare(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """`?from=&to=`, `change` for the kind of pictures, `image` for the one that is drawn; works without scripts."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "view")
    versions = list(versions_of(actor, dataset).order_by("-number")[:OFFERED])
    if not versions:
        return redirect("dataset-versions", dataset.id)
    asked = {"from": str(versions[0].number), "to": "now", **request.GET.dict()}
    moments = Moments.of(actor, dataset, *numbers_of(asked))
    summary = (summary_beside_pictures if "image" in asked else summary_of)(moments)
    kind = kind_of(asked, summary)
    beyond = int(asked["after"]) if asked.get("after", "").isdecimal() and len(asked["after"]) < 16 else 0
    found, last = diff_page(moments, beyond=beyond, limit=LISTED, change=kind)
    between = {"from": asked["from"], "to": asked["to"]}
    here = {**between, "change": kind, "after": str(beyond)}
    context = {
        "dataset": dataset,
        "versions": versions,
        "between": between,
        **moments.wire(),
        "images": bars(summary["images"], IMAGE_WORDS),
        "boxes": bars(summary["boxes"], BOX_WORDS),
        "summary": summary,
        "kinds": [
            {"key": key, "label": label, "count": summary["images"][key], "href": link(**between, change=key)}
            for key, label in KINDS
        ],
        "kind": kind,
        **listed(found, here, asked.get("image")),
        "more": "" if last is None else link(**{**here, "after": str(last)}),
        "tabs": tabs_of(actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }
    context["drawn"] = drawn(actor, dataset, moments, context["chosen"])
    return render(request, "web/datasets/compare.html", context)


def kind_of(asked: Mapping[str, str], summary: Mapping[str, Any]) -> str:
    """What was asked for, or the first kind of which there are any."""
    keys = [key for key, _ in KINDS]
    if asked.get("change") in keys:
        return asked["change"]
    return next((key for key in keys if summary["images"][key]), keys[0])


def bars(counts: Mapping[str, int], words: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    """Each count with its label and its part of the largest."""
    most = max((counts[key] for key, _ in words), default=0) or 1
    return [{"label": label, "count": counts[key], "of": most} for key, label in words]


def listed(rows: list[dict[str, Any]], here: Mapping[str, str], asked: str | None) -> dict[str, Any]:
    """The pictures as links, the chosen one, and those before and after it."""
    for row in rows:
        row["href"] = link(**here, image=row["image"])
        row["said"] = ", ".join(f"{count:,} {SAID.get(word, word)}" for word, count in row["counts"].items())
    at = next((place for place, row in enumerate(rows) if row["image"] == asked), 0)
    return {
        "rows": rows,
        "chosen": asked or (rows[0]["image"] if rows else None),
        "previous": rows[at - 1]["href"] if rows and at else "",
        "next": rows[at + 1]["href"] if at + 1 < len(rows) else "",
    }


def link(**query: str) -> str:
    return f"?{urlencode(query)}"


def drawn(actor: Actor, dataset: Dataset, moments: Moments, image_id: str | None) -> dict[str, Any] | None:
    """The chosen picture with what differs on it, ready for the drawing; None where there is none."""
    if image_id is None:
        return None
    try:
        image = image_for(actor, UUID(image_id), "view")
    except ValueError as error:
        raise NotFound() from error
    if image.dataset_id != dataset.id:
        raise NotFound()
    return picture(moments, image)


def picture(moments: Moments, image: Image) -> dict[str, Any]:
    told = diff_image(moments, image)
    names = {label["id"]: label["name"] for labels in moments.classes() for label in labels}
    unit = max(image.width, image.height) / 100
    changes = [change_row(change, names, SIGN_SIZE * unit) for change in told["boxes"]]
    return {
        **told,
        "changes": changes,
        "same": [outline(box) for box in told["unchanged"] if box["shape"] != "tag"],
        "thumbnail": f"{reverse('api-image-thumbnail', args=[image.pk])}?size=1024",
        "editor": reverse("editor", args=[image.pk]),
        "sign": round(SIGN_SIZE * unit, 1),
    }


def change_row(change: dict[str, Any], names: Mapping[str, str], sign_size: float) -> dict[str, Any]:
    """A box that differs: in words, and as the lines and the sign that are drawn; a tag has no place."""
    was, now = change["before"], change["after"]
    old, new = named(was, names), named(now, names)
    kind = kind_of_change(change["words"])
    is_other = "relabelled" in change["words"]
    row = {
        **change,
        "kind": kind,
        "words": [SAID.get(word, word) for word in change["words"]],
        "mark": MARKS[kind],
        "sign": f"{MARKS[kind]} {new}" if is_other else MARKS[kind],
        "label": f"{old} → {new}" if is_other else new or old,
    }
    if (now or was)["shape"] == "tag":
        return row
    row["before_shape"] = outline(was) if was and (now is None or "moved" in change["words"]) else None
    row["after_shape"] = outline(now) if now else None
    # The sign stands at the upper left corner of where the box is, or was.
    place = now or was
    row["at"] = {"x": place["x"], "y": max(place["y"], sign_size)}
    if row["before_shape"] and row["after_shape"]:
        row["path"] = {end: middle(box) for end, box in (("start", was), ("end", now))}
    return row


def kind_of_change(words: list[str]) -> str:
    """The one that is drawn, of several the one that is seen most."""
    order = ("added", "removed", "relabelled", "moved")
    return next((word for word in order if word in words), "changed")


def named(box: Mapping[str, Any] | None, names: Mapping[str, str]) -> str:
    if box is None:
        return ""
    return names.get(box["class_id"], "no class") if box["class_id"] else "no class"


def middle(box: Mapping[str, Any]) -> dict[str, float]:
    return {"x": box["x"] + box["w"] / 2, "y": box["y"] + box["h"] / 2}


def outline(box: Mapping[str, Any]) -> dict[str, Any]:
    """A closed or open line through points; of points and keypoints the frame around them."""
    if box["shape"] in ("polygon", "polyline"):
        return {"is_open": box["shape"] == "polyline", "points": joined(box["points"])}
    frame = Geometry(box["x"], box["y"], box["w"], box["h"], box["rotation"])
    return {"is_open": False, "points": joined(corners(frame))}


def joined(points: Any) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
