"""Restoring what an image was: ordinary edits through the one write path, by the person who asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.apply_edits import apply_edits
from annotations.actions.canvas_log import lock_canvas
from annotations.edits import MAX_EDITS, Dropped
from annotations.edits.restoring import Plan, Skip
from annotations.history_queries import Wish, plan_for
from annotations.models import Canvas
from datasets.queries import image_for
from modelship.accounts.actors import Actor
from modelship.lib.errors import Forbidden, PreconditionFailed


@dataclass(frozen=True, slots=True)
class Restored:
    """The revision that it led to, how many edits were applied, and what was not brought back."""

    seq: int
    applied: int
    skipped: list[Skip]


def restore(image_id: UUID, wish: Wish, *, actor: Actor, if_match: int | None = None) -> Restored:
    """Plan and apply in one transaction, in batches of up to MAX_EDITS.

    Each batch is a revision with the restoring person as its actor, live to everybody like any
    edit. Raises NotFound, Forbidden (also `locked`), Unprocessable for a revision that is not there,
    and PreconditionFailed where `if_match` is not the present revision.
    """
    image = image_for(actor, image_id, "annotate")
    with transaction.atomic():
        canvas = lock_canvas(image.id)
        _check(canvas, if_match)
        plan = plan_for(image, wish)
        skipped, applied, seq = list(plan.skipped), 0, canvas.seq
        for at in range(0, len(plan.edits), MAX_EDITS):
            part = plan.edits[at : at + MAX_EDITS]
            outcome = apply_edits(image.id, part, actor=actor)
            skipped += _skips(part, outcome.dropped)
            applied, seq = applied + outcome.accepted, outcome.seq
    return Restored(seq, applied, skipped)


def restoring_plan(
    image_id: UUID, wish: Wish, *, actor: Actor, if_match: int | None = None
) -> tuple[int, Plan]:
    """The present revision and the edits that `restore` would make now; raises as it does."""
    image = image_for(actor, image_id, "annotate")
    canvas = Canvas.objects.filter(pk=image.id).only("seq", "review_state").first() or Canvas(pk=image.id)
    _check(canvas, if_match)
    return canvas.seq, plan_for(image, wish)


def _check(canvas: Canvas, if_match: int | None) -> None:
    if if_match is not None and if_match != canvas.seq:
        raise PreconditionFailed("The image was edited since you read it. Look again.", seq=canvas.seq)
    if canvas.review_state == Canvas.ReviewState.APPROVED:
        raise Forbidden("The image is approved. Reopen it to edit.", code="locked")


def _skips(edits: Sequence[dict[str, Any]], dropped: Sequence[Dropped]) -> list[Skip]:
    """What the write path did not take: an image that is full, say."""
    boxes = {edit["op_id"]: edit["box_id"] for edit in edits}
    return [Skip(boxes[drop.op_id], "box", drop.code, drop.detail) for drop in dropped]
