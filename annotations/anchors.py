"""Where on a picture a thread is pinned: read from a request, in pixels of the upright original."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotations.edits.fields import BadField, read_number
from modelship.api.values import choice_of, id_of
from modelship.lib.errors import BadRequest

PICTURE, POINT, REGION, BOX = "picture", "point", "region", "box"
KINDS = (PICTURE, POINT, REGION, BOX)
# What each kind says beside its name.
PARTS = {PICTURE: "", POINT: "point", REGION: "region", BOX: "box_id"}
# Up to half a pixel outside is rounding, as with boxes.
SLACK = 0.5
# A region smaller than this is a point that slipped.
SMALLEST = 1.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """`place` is x, y, width, height: none of the whole picture, and none yet of a box; a point has no size."""

    kind: str
    place: tuple[float, float, float, float] | None = None
    box_id: UUID | None = None


def anchor_of(value: Any, width: int, height: int) -> Anchor:
    """{"kind": "picture"}, {"kind": "point", "point": [x, y]}, {"kind": "region", "region": [x, y, w, h]} or
    {"kind": "box", "box_id": id} on a picture of that size. Raises BadRequest for what is not one of them or not inside."""
    if not isinstance(value, dict):
        raise BadRequest("'anchor' says where: an object with a kind.", field="anchor")
    kind = choice_of(value, "kind", KINDS)
    if value.keys() != {"kind", PARTS[kind]} - {""}:
        needs = f"'kind' and '{PARTS[kind]}'" if PARTS[kind] else "'kind' alone"
        raise BadRequest(f"The anchor of a {kind} has {needs}.", field="anchor")
    if kind == POINT:
        x, y = _numbers(value["point"], 2, "point")
        return Anchor(kind, (_inside(x, width), _inside(y, height), 0.0, 0.0))
    if kind == REGION:
        return Anchor(kind, _region(_numbers(value["region"], 4, "region"), width, height))
    return Anchor(kind, box_id=id_of(value["box_id"], "box_id") if kind == BOX else None)


def _region(numbers: Sequence[float], width: int, height: int) -> tuple[float, float, float, float]:
    x, y, w, h = numbers
    left, right = _inside(x, width), _inside(x + w, width)
    top, bottom = _inside(y, height), _inside(y + h, height)
    if right - left < min(SMALLEST, width) or bottom - top < min(SMALLEST, height):
        raise BadRequest("'region' must be one pixel wide and high at least.", field="region")
    return left, top, round(right - left, 2), round(bottom - top, 2)


def _numbers(value: Any, count: int, name: str) -> list[float]:
    if not isinstance(value, list) or len(value) != count:
        raise BadRequest(f"'{name}' must be a list of {count} numbers.", field=name)
    try:
        return [read_number(number) for number in value]
    except BadField as problem:
        raise BadRequest(f"'{name}' must hold numbers.", field=name) from problem


def _inside(value: float, size: int) -> float:
    """The value, on the picture. Raises BadRequest for what is more than rounding outside."""
    if not -SLACK <= value <= size + SLACK:
        raise BadRequest("The anchor must be inside the picture.", field="anchor")
    return round(min(max(value, 0.0), float(size)), 2)
