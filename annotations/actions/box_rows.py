"""Boxes between rows and values: only those that edits touch, those of several canvases at once."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from annotations.edits import BoxState
from annotations.models import Box
from annotations.queries import BOX_COLUMNS, box_state
from modelship.live.statements import PreparedPairs, insert_rows, update_rows

# What an edit of an existing box can change: its columns, and what the value calls them.
CHANGING = {
    "label_id": "class_id",
    "x": "x",
    "y": "y",
    "w": "w",
    "h": "h",
    "rotation": "rotation",
    "points": "points",
    "attributes": "attributes",
    "state": "state",
    "updated_by_id": "updated_by",
    "seq": "seq",
    "deleted": "deleted",
    "z": "z",
    "locked": "locked",
}
ALL = {
    **CHANGING,
    "uid": "id",
    "shape": "shape",
    "source": "source",
    "score": "score",
    "provenance": "provenance",
    "model_id": "model",
    "created_by_id": "created_by",
    "created_seq": "created_seq",
}
Boxes = Mapping[str, BoxState]


def load(wanted: Mapping[UUID, Collection[str]]) -> dict[UUID, dict[str, BoxState]]:
    """The boxes with these ids, deleted ones too, by canvas and id."""
    found: dict[UUID, dict[str, BoxState]] = {canvas_id: {} for canvas_id in wanted}
    for canvas_id, *row in _touched(wanted):
        box = box_state(row)
        found[canvas_id][box.id] = box
    return found


_touched = PreparedPairs(Box.objects.values_list("canvas_id", *BOX_COLUMNS), "canvas_id", "uid")


def save(changes: Iterable[tuple[UUID, Boxes, Boxes]]) -> None:
    """Write what is new, and the columns that differ: of each canvas its boxes before and after."""
    made: list[tuple[UUID, BoxState]] = []
    changed: list[tuple[UUID, BoxState]] = []
    columns: set[str] = set()
    for canvas_id, before, after in changes:
        for uid, box in after.items():
            old = before.get(uid)
            if old is None:
                made.append((canvas_id, box))
            elif box is not old:
                changed.append((canvas_id, box))
                columns |= {
                    column
                    for column, name in CHANGING.items()
                    if _differ(getattr(old, name), getattr(box, name))
                }
    new = [[canvas_id, *(getattr(box, name) for name in ALL.values())] for canvas_id, box in made]
    insert_rows(Box, ["canvas_id", *ALL], new)
    if columns:
        names = [column for column in CHANGING if column in columns]
        rows = [
            [*(getattr(box, CHANGING[name]) for name in names), canvas_id, box.id]
            for canvas_id, box in changed
        ]
        update_rows(Box, names, ("canvas_id", "uid"), rows)


def _differ(old: Any, new: Any) -> bool:
    """Whether a column has to be written. Equal lists and dictionaries may differ as JSON: 1 is True in Python."""
    return old is not new and (isinstance(new, list | dict) or old != new)
