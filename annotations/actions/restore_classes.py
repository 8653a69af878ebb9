"""The classes of a version back in their project: the same ids, names, looks and order as at its moment."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from annotations.actions.labels import announce_classes, delete_class
from annotations.actions.move_class import move_class
from annotations.formats.records import ExportClass
from annotations.models import Box, LabelClass, MergedClass
from annotations.version_queries import classes_at
from datasets.models import Dataset, DatasetVersion
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.projects.models import Project

FIELDS = ("name", "color", "hotkey", "attributes", "use", "skeleton", "order")


@transaction.atomic
def restore_classes(actor: Actor, project: Project, version: DatasetVersion) -> list[str]:
    """Make the version's classes what they were; returns the names of those that changed or came back.

    A class that is gone comes back under its old id. A class that came later stays for now, behind the
    others; where it has taken an old name or key, it gives that back.
    """
    wanted = classes_at(version)
    present = {label.id: label for label in LabelClass.objects.filter(project=project).select_for_update()}
    changed = [
        label for order, label in enumerate(wanted) if not _is_there(present.get(label.id), label, order)
    ]
    later = [label for uid, label in present.items() if uid not in {label.id for label in wanted}]
    if not changed and all(label.order >= len(wanted) for label in later):
        return []
    _step_aside(present.values(), later, wanted)
    for order, label in enumerate(wanted):
        values = _values(label, order)
        LabelClass.objects.update_or_create(
            id=label.id, defaults=values, create_defaults={**values, "project": project}
        )
    MergedClass.objects.filter(project=project, old_id__in=[label.id for label in wanted]).delete()
    names = [label.name for label in changed]
    record(actor, "classes.restored", f"project:{project.id}", version=version.number, classes=names)
    announce_classes(project)
    return names


def drop_later_classes(actor: Actor, dataset: Dataset, version: DatasetVersion) -> list[str]:
    """Delete the classes that the version does not have and that nothing in sight uses; returns their names.

    In the caller's transaction. Boxes on archived images of the dataset lose such a class; their logs
    and the version from before the rollback have it.
    """
    project, known = dataset.project, [label.id for label in classes_at(version)]
    later = LabelClass.objects.filter(project=project).exclude(id__in=known).order_by("pk")
    dropped = []
    # Held, so that nobody begins to use one between the look and its end.
    for label in list(later.select_for_update()):
        if not _is_used(label, dataset):
            move_class(label.id, None, actor=actor)
            delete_class(actor, project, label.id)
            dropped.append(label.name)
    return dropped


def _is_used(label: LabelClass, dataset: Dataset) -> bool:
    boxes = Box.objects.filter(label=label, deleted=False)
    out_of_sight = Q(canvas__image__dataset=dataset, canvas__image__archived_at__isnull=False)
    return boxes.exclude(out_of_sight).exists()


def _is_there(present: LabelClass | None, wanted: ExportClass, order: int) -> bool:
    if present is None:
        return False
    return all(getattr(present, name) == value for name, value in _values(wanted, order).items())


def _values(label: ExportClass, order: int) -> dict[str, Any]:
    known = {**label.wire(), "order": order}
    return {name: known[name] for name in FIELDS}


def _step_aside(present: Any, later: Sequence[LabelClass], wanted: Sequence[ExportClass]) -> None:
    """Free every old name and key: first all names go, then those that came later get free ones, at the end."""
    for label in present:
        LabelClass.objects.filter(pk=label.pk).update(name=f"\x7f{label.id}", hotkey="")
    names, keys = {label.name for label in wanted}, {label.hotkey for label in wanted}
    for order, label in enumerate(later, start=len(wanted)):
        name = _free(label.name, names)
        names.add(name)
        key = "" if label.hotkey in keys else label.hotkey
        LabelClass.objects.filter(pk=label.pk).update(name=name, hotkey=key, order=order)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:190]} {number}"
    return free
