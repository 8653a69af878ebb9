"""The steps of review: submit, approve, reject, reopen. An approved image is locked."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.canvas_log import announce, append, lock_canvas, settle_image
from annotations.models import Canvas
from annotations.queries import canvas_dict
from datasets.queries import image_for
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import BadRequest, Conflict, PreconditionFailed
from modelship.lib.ids import new_id

OPEN, SUBMITTED, APPROVED, CHANGES_REQUESTED = (
    Canvas.ReviewState.OPEN,
    Canvas.ReviewState.SUBMITTED,
    Canvas.ReviewState.APPROVED,
    Canvas.ReviewState.CHANGES_REQUESTED,
)
MAX_COMMENT = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    need: str
    sources: tuple[str, ...]
    target: str
    verb: str


STEPS = {
    "submit": Step("annotate", (OPEN, CHANGES_REQUESTED), SUBMITTED, "image.submitted"),
    "approve": Step("review", (OPEN, SUBMITTED, CHANGES_REQUESTED), APPROVED, "image.approved"),
    "reject": Step("review", (OPEN, SUBMITTED, APPROVED), CHANGES_REQUESTED, "image.rejected"),
    "reopen": Step("review", (SUBMITTED, APPROVED, CHANGES_REQUESTED), OPEN, "image.reopened"),
}


def review(
    image_id: UUID, action: Any, *, actor: Actor, comment: Any = "", if_match: int | None = None
) -> dict[str, Any]:
    """Take one step and return {"seq", "canvas"}; taking it a second time changes nothing.

    Raises BadRequest for an unknown action, NotFound and Forbidden by role, Conflict where the
    image is not at a state from which the step leads, PreconditionFailed for a stale `if_match`.
    """
    if not isinstance(action, str) or action not in STEPS:
        raise BadRequest(f"'action' must be one of {', '.join(STEPS)}.", field="action")
    if not isinstance(comment, str) or len(comment) > MAX_COMMENT:
        raise BadRequest(f"'comment' must be text of up to {MAX_COMMENT:,} characters.", field="comment")
    step = STEPS[action]
    image_for(actor, image_id, step.need)
    with transaction.atomic():
        canvas = lock_canvas(image_id)
        if if_match is not None and if_match != canvas.seq:
            raise PreconditionFailed("The image was edited since you read it. Look again.", seq=canvas.seq)
        if canvas.review_state != step.target:
            _take(canvas, step, actor, comment.strip())
    return {"seq": canvas.seq, "canvas": canvas_dict(image_id)}


def _take(canvas: Canvas, step: Step, actor: Actor, comment: str) -> None:
    if canvas.review_state not in step.sources:
        state = canvas.review_state.replace("_", " ")
        raise Conflict(f"This can't be done while the image is {state}. Reopen it first.", code="wrong_state")
    canvas.review_state = step.target
    state = settle_image(canvas)
    patch = {
        "state": state,
        "review_state": canvas.review_state,
        "is_locked": canvas.review_state == APPROVED,
        "comment": comment,
    }
    edit = {"op_id": str(new_id()), "kind": "canvas", "box_id": None, "patch": patch}
    announce(canvas.pk, append(canvas, [edit], actor=actor, ref=None))
    record(actor, step.verb, f"image:{canvas.pk}", comment=comment, seq=canvas.seq)
