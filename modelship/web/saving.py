"""Brings a project's classes to what the editor's rows say."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.labels import change_class, create_class, delete_class
from annotations.actions.move_class import approved_with
from annotations.queries import class_uses, classes_of
from modelship.accounts.actors import Actor
from modelship.lib.errors import Conflict
from modelship.projects.models import Project
from modelship.web.class_rows import ClassRow


@transaction.atomic
def save_classes(
    actor: Actor, project: Project, rows: Sequence[ClassRow], moves: Mapping[str, str] | None = None
) -> None:
    """All rows or none; `moves` says where the boxes of removed classes go.

    Raises Conflict when a row's class is gone, and what the actions raise.
    """
    present = {label["id"]: label for label in classes_of(project.id)}
    kept = {row.id for row in rows if row.id}
    if kept - present.keys():
        raise Conflict(
            "Somebody deleted one of these classes meanwhile. Reload the page and change it again."
        )
    for class_id in present.keys() - kept:
        target = (moves or {}).get(class_id)
        # The form that asks where the boxes go says which approved pictures are reopened.
        delete_class(actor, project, class_id, move_to=target, reopens=target is not None)
    changed = [row for row in rows if row.id and _differs(row, present[row.id])]
    # Keys that move between classes are freed first: two classes never hold one key, not even for a moment.
    for row in changed:
        if present[row.id]["hotkey"] not in ("", row.hotkey):
            change_class(actor, project, row.id, hotkey="")
    for row in changed:
        change_class(actor, project, row.id, **row.values)
    for row in rows:
        if not row.id:
            create_class(actor, project, **row.values)


def homeless(project: Project, rows: Sequence[ClassRow]) -> list[dict[str, Any]]:
    """The classes that the rows leave out although boxes use them, each with its number of boxes."""
    kept = {row.id for row in rows}
    uses = class_uses(project.id)
    return [
        {**label, "boxes": uses[UUID(label["id"])], "approved": len(approved_with(UUID(label["id"])))}
        for label in classes_of(project.id)
        if label["id"] not in kept and uses.get(UUID(label["id"]))
    ]


def _differs(row: ClassRow, label: Mapping[str, Any]) -> bool:
    return any(label[name] != value for name, value in row.values.items())
