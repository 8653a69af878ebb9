"""Moving every box of one class to another: part of merging and deleting classes."""

from uuid import UUID

from django.db import transaction

from annotations.actions import box_rows
from annotations.actions.canvas_log import announce, append, lock_canvas, person_of
from annotations.edits import MAX_EDITS, fold
from annotations.models import Box
from modelship.accounts.actors import Actor
from modelship.lib.ids import new_id


def move_class(class_id: UUID, target: UUID | None, *, actor: Actor) -> int:
    """Give the boxes of a class, deleted ones too, another class or none; returns how many.

    It is a change of the project's vocabulary, so approved images take part in it. Each image logs
    it, so that the fold of the log stays the truth.
    """
    canvases = Box.objects.filter(label_id=class_id).order_by("canvas_id").values_list("canvas_id", flat=True)
    return sum(_move_on(image_id, class_id, target, actor) for image_id in list(canvases.distinct()))


@transaction.atomic
def _move_on(image_id: UUID, class_id: UUID, target: UUID | None, actor: Actor) -> int:
    canvas, moved = lock_canvas(image_id), 0
    while uids := list(
        Box.objects.filter(canvas=canvas, label_id=class_id)
        .order_by("pk")
        .values_list("uid", flat=True)[:MAX_EDITS]
    ):
        patch = {"class_id": str(target) if target else None}
        before = box_rows.load(canvas.pk, [str(uid) for uid in uids])
        edits = {
            uid: {"op_id": str(new_id()), "kind": "update", "box_id": uid, "patch": patch} for uid in before
        }
        person = person_of(actor)
        after = {uid: fold(box, edits[uid], canvas.seq + 1, person) for uid, box in before.items()}
        box_rows.save(canvas.pk, before, after)
        announce(image_id, append(canvas, list(edits.values()), actor=actor, ref=None))
        moved += len(uids)
    return moved
