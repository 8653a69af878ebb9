"""Changes to a project's classes. Open editors see them at once."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models import Count, Max

from annotations.actions.move_class import approved_with, move_class
from annotations.actions.review import need_unlocking
from annotations.attributes import BadSchema, read_schema
from annotations.models import Box, LabelClass, MergedClass
from annotations.queries import classes_of
from annotations.skeleton import BadSkeleton, read_skeleton
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import BadRequest, Conflict, NotFound, Unprocessable
from modelship.live.events import Event
from modelship.live.rooms import hub
from modelship.projects.gate import check
from modelship.projects.models import Project

COLOR = re.compile(r"#[0-9a-f]{6}")
# What a class gets that names no colour: seven of Okabe and Ito's eight (black is lost on a picture), then
# nine more that are as far from all others, also for red- and green-blind eyes; a test measures it.
COLORS = (
    *("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#7700ff"),
    *("#77ffff", "#bb1122", "#44ddaa", "#4466ff", "#994477", "#7788ff", "#66ffaa", "#44ddff"),
)
MAX_NAME = 200
MAX_CLASSES = 10_000
FIELDS = ("name", "color", "hotkey", "attributes", "use", "skeleton", "order")


def project_room(project_id: UUID) -> str:
    """Where everybody listens who has a picture of the project open."""
    return f"project:{project_id}"


@transaction.atomic
def create_class(actor: Actor, project: Project, **values: Any) -> LabelClass:
    """Add a class, last unless `order` says otherwise. Takes FIELDS, of which the name is needed.

    Raises BadRequest for a value that the field can't hold, Conflict where a name or hotkey is taken.
    """
    check(actor, project, "manage")
    if "name" not in values:
        raise BadRequest("A class needs a name.", field="name")
    found = LabelClass.objects.filter(project=project).aggregate(count=Count("id"), last=Max("order"))
    if found["count"] >= MAX_CLASSES:
        raise Conflict(f"A project has up to {MAX_CLASSES:,} classes.", code="quota_exceeded")
    label = LabelClass(project=project, order=0 if found["last"] is None else found["last"] + 1)
    label.color = COLORS[found["count"] % len(COLORS)]
    _write(label, values)
    record(actor, "class.created", f"class:{label.id}", project=str(project.id), name=label.name)
    announce_classes(project)
    return label


@transaction.atomic
def change_class(actor: Actor, project: Project, class_id: UUID | str, **values: Any) -> LabelClass:
    """Change some FIELDS of a class; raises NotFound, BadRequest and Conflict."""
    check(actor, project, "manage")
    label = _locked(project, class_id)
    _write(label, values)
    record(actor, "class.changed", f"class:{label.id}", project=str(project.id), **values)
    announce_classes(project)
    return label


@transaction.atomic
def delete_class(
    actor: Actor,
    project: Project,
    class_id: UUID | str,
    *,
    move_to: UUID | str | None = None,
    reopens: bool = False,
) -> None:
    """Delete a class; its boxes go to the class `move_to`, each in its image's log, and so do edits that
    name it later.

    Raises Conflict where boxes use it and there is nowhere to move them, and with the code `approved` where boxes of
    approved images would move, unless it `reopens` those; NotFound for an absent class, Unprocessable where `move_to`
    is no other class of the project.
    """
    check(actor, project, "manage")
    label = _locked(project, class_id)
    target = _target(project, label, move_to)
    uses = Box.objects.filter(label=label, deleted=False).count()
    if uses and target is None:
        raise Conflict(
            f"{uses:,} boxes are labelled {label.name}. Choose the class that they move to.",
            code="class_in_use",
            uses=uses,
        )
    _unlock(actor, project, label, reopens=reopens)
    move_class(label.id, target, actor=actor)
    label_id = label.id
    if target:
        # Who draws at this moment, or has drawn without a network, still names the class that is gone.
        MergedClass.objects.filter(into=label).update(into_id=target)
        MergedClass.objects.create(project=project, old_id=label_id, into_id=target)
    label.delete()
    moved_to = str(target) if target else None
    record(
        actor,
        "class.deleted",
        f"class:{label_id}",
        project=str(project.id),
        name=label.name,
        moved_to=moved_to,
    )
    announce_classes(project)


def _unlock(actor: Actor, project: Project, label: LabelClass, *, reopens: bool) -> None:
    """Approved images are reopened before their boxes move, by somebody who may, or nothing is done."""
    approved = approved_with(label.id)
    if not approved:
        return
    if not reopens:
        raise Conflict(
            f"{len(approved):,} approved pictures have boxes of {label.name}. Say that they are reopened, or keep it.",
            code="approved",
            images=len(approved),
        )
    need_unlocking(actor, project)


def _locked(project: Project, class_id: UUID | str) -> LabelClass:
    label = LabelClass.objects.select_for_update().filter(project=project, id=class_id).first()
    if label is None:
        raise NotFound()
    return label


def _target(project: Project, label: LabelClass, move_to: UUID | str | None) -> UUID | None:
    if move_to is None:
        return None
    target = LabelClass.objects.filter(project=project, id=move_to).exclude(id=label.id).first()
    if target is None:
        raise Unprocessable("Move the boxes to another class of this project.", code="unknown")
    return target.id


def _write(label: LabelClass, values: Mapping[str, Any]) -> None:
    """Check and save the values; a taken name or hotkey is refused in words."""
    for field, value in values.items():
        setattr(label, field, READERS[field](value))
    siblings = LabelClass.objects.filter(project_id=label.project_id).exclude(id=label.id)
    if siblings.filter(name=label.name).exists():
        raise Conflict(f"There is a class {label.name} already. Choose another name.", code="name_taken")
    if label.hotkey and siblings.filter(hotkey=label.hotkey).exists():
        raise Conflict(
            f"The key {label.hotkey} belongs to another class. Choose another.", code="hotkey_taken"
        )
    try:
        with transaction.atomic():
            label.save()
    except IntegrityError as error:
        raise Conflict(
            "Somebody took this name or key just now. Choose another.", code="name_taken"
        ) from error


def _name(value: Any) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(name) <= MAX_NAME or any(ord(char) < 32 for char in name):
        raise BadRequest(f"'name' must be text of 1 to {MAX_NAME} characters.", field="name")
    return name


def _color(value: Any) -> str:
    if not isinstance(value, str) or not COLOR.fullmatch(value.lower()):
        raise BadRequest("'color' must look like #1f77b4.", field="color")
    return value.lower()


def _hotkey(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1 or (value and not value.isprintable()) or value == " ":
        raise BadRequest("'hotkey' must be one character, or empty.", field="hotkey")
    return value


def _attributes(value: Any) -> list[dict[str, Any]]:
    try:
        return read_schema(value)
    except BadSchema as problem:
        raise Unprocessable(str(problem), code="bad_schema", field="attributes") from problem


def _skeleton(value: Any) -> dict[str, Any]:
    try:
        return read_skeleton(value)
    except BadSkeleton as problem:
        raise Unprocessable(str(problem), code="bad_skeleton", field="skeleton") from problem


def _use(value: Any) -> str:
    if value not in LabelClass.Use.values:
        raise BadRequest(f"'use' must be one of {', '.join(LabelClass.Use.values)}.", field="use")
    return str(value)


def _order(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise BadRequest("'order' must be a whole number from 0.", field="order")
    return value


READERS = {
    "name": _name,
    "color": _color,
    "hotkey": _hotkey,
    "attributes": _attributes,
    "use": _use,
    "skeleton": _skeleton,
    "order": _order,
}


def announce_classes(project: Project) -> None:
    """Tell every open editor of the project once the transaction has committed."""

    def publish() -> None:
        body = orjson.dumps({"type": "classes", "classes": classes_of(project.id)}).decode()
        hub.publish(Event(room=project_room(project.id), seq=None, body=body))

    transaction.on_commit(publish)
