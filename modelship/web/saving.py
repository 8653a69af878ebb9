"""Brings a project's classes to what the editor's rows say."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.labels import change_class, create_class, delete_class
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
        delete_class(actor, project, class_id, move_to=(moves or {}).get(class_id))
    changed = [row for row in rows if row.id and _values(row) != _values_of(present[row.id])]
    # Keys that move between classes are freed first: two classes never hold one key, not even for a moment.
    for row in changed:
        if present[row.id]["hotkey"] not in ("", row.hotkey):
            change_class(actor, project, row.id, hotkey="")
    for row in changed:
        change_class(actor, project, row.id, **_values(row))
    for row in rows:
        if not row.id:
            create_class(actor, project, **_values(row))


def homeless(project: Project, rows: Sequence[ClassRow]) -> list[dict[str, Any]]:
    """The classes that the rows leave out although boxes use them, each with its number of boxes."""
    kept = {row.id for row in rows}
    uses = class_uses(project.id)
    return [
        {**label, "boxes": uses[UUID(label["id"])]}
        for label in classes_of(project.id)
        if label["id"] not in kept and uses.get(UUID(label["id"]))
    ]


def _values(row: ClassRow) -> dict[str, Any]:
    return {"name": row.name, "color": row.color, "hotkey": row.hotkey}


def _values_of(label: Mapping[str, Any]) -> dict[str, Any]:
    return {name: label[name] for name in ("name", "color", "hotkey")}
