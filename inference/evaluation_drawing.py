"""Pictures of an evaluation with what the ways found, ready to be drawn over their thumbnails."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from inference.evaluation_pictures import Reader
from inference.models import EvaluatedImage
from inference.scoring import Picture, Spot
from inference.scoring.confusion import is_right, judged

# More than so many boxes of a kind on a thumbnail say nothing.
MOST_DRAWN = 150
# In this order: what is drawn last lies on top.
TITLES = {
    "both": "found by both",
    "right": "right",
    "proposed": "proposed",
    "truth": "missed",
    "first": "only A",
    "second": "only B",
    "extra": "extra",
}


def drawn(reader: Reader, row: EvaluatedImage) -> dict[str, Any]:
    """The picture with the boxes of each kind, and in words how many."""
    layers = _compared(reader, row) if len(reader.ways) > 1 else _measured(reader, row)
    shown = [(kind, spots) for kind in TITLES for kind_of, spots in layers if kind_of == kind and spots]
    return {
        "id": row.id,
        "filename": row.image.filename,
        "href": reverse("editor", args=[row.image_id]),
        "thumbnail": reverse("api-image-thumbnail", args=[row.image_id]),
        "width": row.image.width,
        "height": row.image.height,
        "layers": [{"kind": kind, "rects": _rects(reader, spots)} for kind, spots in shown],
        "words": [{"kind": kind, "text": f"{len(spots):,} {TITLES[kind]}"} for kind, spots in shown],
        "is_reviewed": row.truth is not None,
    }


def _measured(reader: Reader, row: EvaluatedImage) -> list[tuple[str, list[Spot]]]:
    [picture] = reader.pictures(row)
    if row.truth is None:
        return [("proposed", picture.proposed)]
    pairs = judged(picture).pairs
    return [
        ("right", [found for true, found in pairs if found and is_right(true, found)]),
        ("extra", [found for true, found in pairs if found and not is_right(true, found)]),
        ("truth", _missed(picture)),
    ]


def _compared(reader: Reader, row: EvaluatedImage) -> list[tuple[str, list[Spot]]]:
    shared = reader.agreement(row)
    layers = [
        ("both", [first for first, _ in shared.both]),
        ("first", shared.only_first),
        ("second", shared.only_second),
    ]
    if row.truth is None:
        return layers
    # Missed is what neither way is right about.
    first, second = reader.pictures(row)
    missed = {id(spot) for spot in _missed(first)} & {id(spot) for spot in _missed(second)}
    return [*layers, ("truth", [spot for spot in first.truth if id(spot) in missed])]


def _missed(picture: Picture) -> list[Spot]:
    return [true for true, found in judged(picture).pairs if true and not is_right(true, found)]


def _rects(reader: Reader, spots: Sequence[Spot]) -> list[dict[str, Any]]:
    return [
        {
            "x": spot.x,
            "y": spot.y,
            "w": spot.w,
            "h": spot.h,
            "title": f"{reader.names[spot.kind]} {spot.score:.2f}",
        }
        for spot in spots[:MOST_DRAWN]
    ]
