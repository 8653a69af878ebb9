"""Moving every box of one class to another: part of merging and deleting classes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from annotations.actions import box_rows
from annotations.actions.canvas_log import announce, append, lock_canvas, person_of, settle_image
from annotations.actions.review import reopen_held
from annotations.edits import MAX_EDITS, BoxState, fold
from annotations.models import Box, Canvas
from modelship.accounts.actors import Actor
from modelship.lib.ids import new_id

REASON = "A class of its boxes was merged or deleted."


def move_class(class_id: UUID, target: UUID | None, *, actor: Actor) -> int:
    """Give the boxes of a class, deleted ones too, another class or none; returns how many.

    It is a change of the project's vocabulary, so locked boxes take part in it; an approved image that shows such a
    box is reopened first. Each image logs it, so that the fold of the log stays the truth. A tag is deleted where the image
    has the target's tag already: it says the same.
    """
    canvases = Box.objects.filter(label_id=class_id).order_by("canvas_id").values_list("canvas_id", flat=True)
    return sum(_move_on(image_id, class_id, target, actor) for image_id in list(canvases.distinct()))


def approved_with(class_id: UUID) -> list[UUID]:
    """The approved images on which a box of the class is seen, archived ones too."""
    rows = _living(class_id).filter(canvas__review_state=Canvas.ReviewState.APPROVED)
    return list(rows.order_by("canvas_id").values_list("canvas_id", flat=True).distinct())


def _living(class_id: UUID) -> QuerySet[Box]:
    return Box.objects.filter(label_id=class_id, deleted=False)


@transaction.atomic
def _move_on(image_id: UUID, class_id: UUID, target: UUID | None, actor: Actor) -> int:
    canvas, moved = lock_canvas(image_id), 0
    if (
        canvas.review_state == Canvas.ReviewState.APPROVED
        and _living(class_id).filter(canvas=canvas).exists()
    ):
        reopen_held(canvas, actor, REASON)
    has_tag = target is not None and _has_tag(canvas, target)
    while uids := list(
        Box.objects.filter(canvas=canvas, label_id=class_id)
        .order_by("pk")
        .values_list("uid", flat=True)[:MAX_EDITS]
    ):
        patch = {"class_id": str(target) if target else None}
        before = box_rows.load({canvas.pk: [str(uid) for uid in uids]})[canvas.pk]
        doubled = [uid for uid, box in before.items() if has_tag and box.shape == "tag" and not box.deleted]
        edits = [_edit("update", uid, patch) for uid in before] + [_edit("delete", uid) for uid in doubled]
        after: dict[str, BoxState] = dict(before)
        for edit in edits:
            after[edit["box_id"]] = fold(after[edit["box_id"]], edit, canvas.seq + 1, person_of(actor))
        box_rows.save([(canvas.pk, before, after)])
        logged = append(canvas, edits, actor=actor, ref=None)
        if doubled:
            settle_image(canvas, **_lost([before[uid] for uid in doubled]))
        announce(image_id, logged)
        moved += len(uids)
    return moved


def _has_tag(canvas: Canvas, class_id: UUID) -> bool:
    return Box.objects.filter(canvas=canvas, label_id=class_id, shape="tag", deleted=False).exists()


def _edit(kind: str, uid: str, patch: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"op_id": str(new_id()), "kind": kind, "box_id": uid, "patch": dict(patch or {})}


def _lost(tags: list[BoxState]) -> dict[str, int]:
    """What the counters of the image lose with those tags."""
    shown = [tag for tag in tags if tag.is_shown]
    return {"shown": -len(shown), "proposed": -sum(tag.state == "proposed" for tag in shown)}
