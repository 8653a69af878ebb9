"""Boxes between rows and values: only those that a batch touches, written in two statements."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from annotations.edits import BoxState
from annotations.models import Box
from annotations.queries import BOX_COLUMNS, box_state
from modelship.live.statements import Prepared, insert_rows, update_rows

# What an edit of an existing box can change.
CHANGING = (
    "label_id",
    "x",
    "y",
    "w",
    "h",
    "rotation",
    "points",
    "attributes",
    "state",
    "updated_by_id",
    "seq",
    "deleted",
    "z",
    "locked",
)


def load(canvas_id: UUID, uids: Collection[str]) -> dict[str, BoxState]:
    """The boxes with these ids, deleted ones too, by id."""
    return {box.id: box for box in map(box_state, _touched(canvas_id, uids))}


_touched = Prepared(
    lambda canvas_id, uids: Box.objects.filter(canvas_id=canvas_id, uid__in=uids).values_list(*BOX_COLUMNS)
)


def save(canvas_id: UUID, before: Mapping[str, BoxState], after: Mapping[str, BoxState]) -> None:
    """Write the boxes of `after` that are new or differ from `before`."""
    insert_rows([_row(canvas_id, box) for uid, box in after.items() if uid not in before])
    changed = [box for uid, box in after.items() if uid in before and box is not before[uid]]
    if changed:
        rows = [[*_changing(box), canvas_id, box.id] for box in changed]
        update_rows(Box, CHANGING, ("canvas_id", "uid"), rows)


def _changing(box: BoxState) -> list[Any]:
    return [
        box.class_id,
        box.x,
        box.y,
        box.w,
        box.h,
        box.rotation,
        box.points,
        box.attributes,
        box.state,
        box.updated_by,
        box.seq,
        box.deleted,
        box.z,
        box.locked,
    ]


def _row(canvas_id: UUID, box: BoxState) -> Box:
    fixed = {"shape": box.shape, "source": box.source, "score": box.score, "provenance": box.provenance}
    return Box(
        canvas_id=canvas_id,
        uid=box.id,
        model_id=box.model,
        created_by_id=box.created_by,
        created_seq=box.created_seq,
        **fixed,
        **dict(zip(CHANGING, _changing(box), strict=True)),
    )
