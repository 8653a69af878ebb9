"""Boxes between rows and values: only those that a batch touches, written in two statements."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field

from annotations.edits import BoxState
from annotations.models import Box
from annotations.queries import BOX_COLUMNS, box_state

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
    rows = Box.objects.filter(canvas_id=canvas_id, uid__in=uids).values_list(*BOX_COLUMNS)
    return {box.id: box for box in map(box_state, rows)}


def save(canvas_id: UUID, before: Mapping[str, BoxState], after: Mapping[str, BoxState]) -> None:
    """Write the boxes of `after` that are new or differ from `before`."""
    Box.objects.bulk_create([_row(canvas_id, box) for uid, box in after.items() if uid not in before])
    changed = [box for uid, box in after.items() if uid in before and box is not before[uid]]
    if changed:
        _update(canvas_id, changed)


def _columns(*names: str) -> list[Field]:
    fields = {field.attname: field for field in Box._meta.concrete_fields}
    return [fields[name] for name in names]


def _update(canvas_id: UUID, boxes: list[BoxState]) -> None:
    """One prepared statement for all of them: several times quicker than one CASE per column."""
    fields, keys = _columns(*CHANGING), _columns("canvas_id", "uid")
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    where = " AND ".join(f"{quote(str(field.column))} = %s" for field in keys)
    parameters = [
        [
            field.get_db_prep_save(value, connection)
            for field, value in zip([*fields, *keys], values, strict=True)
        ]
        for values in ([*_changing(box), canvas_id, box.id] for box in boxes)
    ]
    with connection.cursor() as cursor:
        # Only names of our own columns are put into the text; values travel as parameters.
        cursor.executemany(f"UPDATE {quote(Box._meta.db_table)} SET {sets} WHERE {where}", parameters)  # noqa: S608


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
