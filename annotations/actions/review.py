"""The steps of review, by the way that the project has declared. An approved image is locked."""

from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.canvas_log import announce, append, lock_canvas, settle_image
from annotations.actions.holds import let_go, why_held
from annotations.actions.session_pictures import count_verdict
from annotations.actions.tell import tell_of_step
from annotations.models import Canvas, ReviewStep
from annotations.queries import canvas_dict
from annotations.review_queries import approvers_of, authors_of, workflow_of
from annotations.workflow import ACTIONS, APPROVED, NEEDS, OPEN, Step, Workflow
from annotations.workflow.graph import is_high_enough
from datasets.models import Image
from datasets.queries import image_for
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import BadRequest, Conflict, Forbidden, PreconditionFailed, Unprocessable
from modelship.lib.ids import new_id
from modelship.live.statements import share_rows
from modelship.projects.gate import role_in
from modelship.projects.models import Project

MAX_COMMENT = 2_000
VERBS = {
    "submit": "image.submitted",
    "approve": "image.approved",
    "reject": "image.rejected",
    "reopen": "image.reopened",
}


def review(
    image_id: UUID, action: Any, *, actor: Actor, comment: Any = "", if_match: int | None = None
) -> dict[str, Any]:
    """Take one step and return {"seq", "canvas"}; taking it a second time changes nothing.

    Raises BadRequest for an unknown action, NotFound and Forbidden by role and for one's own work, Conflict
    where the project has no such step, the image is not at a state from which it leads, or proposals wait,
    Unprocessable without a comment that is needed, PreconditionFailed for a stale `if_match`.
    """
    if not isinstance(action, str) or action not in ACTIONS:
        raise BadRequest(f"'action' must be one of {', '.join(ACTIONS)}.", field="action")
    if not isinstance(comment, str) or len(comment) > MAX_COMMENT or "\0" in comment:
        raise BadRequest(f"'comment' must be text of up to {MAX_COMMENT:,} characters.", field="comment")
    image = image_for(actor, image_id, NEEDS[action])
    project = image.dataset.project
    with transaction.atomic():
        # Who changes the way of the project waits for those who are on it.
        share_rows(Project, [str(project.pk)], waits=True)
        canvas = lock_canvas(image_id)
        workflow = workflow_of(project.pk)
        step = step_for(actor, project, workflow, action)
        if if_match is not None and if_match != canvas.seq:
            raise PreconditionFailed("The image was edited since you read it. Look again.", seq=canvas.seq)
        if canvas.review_state != step.target:
            _check(canvas, step, workflow, actor, comment.strip())
            _take(canvas, step, workflow, actor, comment.strip())
    return {"seq": canvas.seq, "canvas": canvas_dict(image_id)}


def step_for(actor: Actor, project: Project, workflow: Workflow, action: str) -> Step:
    """The project's step of that name. Raises Conflict where it has none, Forbidden for too low a role."""
    step = workflow.steps.get(action)
    if step is None:
        raise Conflict(f"There is no step {action} in {project.name}.", code="no_such_step")
    if not is_high_enough(role_in(actor, project), step):
        raise Forbidden(f"In {project.name} only a {step.role} may {action}. Ask one.")
    return step


def need_unlocking(actor: Actor, project: Project) -> None:
    """Raises Forbidden for who may take no step out of approved: other ways around the lock are closed to them, too."""
    role, workflow = role_in(actor, project), workflow_of(project.pk)
    if not any(workflow.allows(role, APPROVED, action) for action in workflow.steps):
        raise Forbidden(f"Approved pictures would change, and your role in {project.name} can't reopen them.")


def _check(canvas: Canvas, step: Step, workflow: Workflow, actor: Actor, comment: str) -> None:
    if canvas.review_state not in step.sources:
        state = canvas.review_state.replace("_", " ")
        raise Conflict(
            f"This can't be done while the image is {state}. Take another step first.", code="wrong_state"
        )
    if held := why_held(canvas, actor):
        raise Conflict(held, code="held")
    if step.needs_comment and not comment:
        raise Unprocessable(
            f"Say why, to {step.action} it: 'comment' is needed.", code="comment_needed", field="comment"
        )
    is_handed_on = step.action in ("submit", "approve")
    if is_handed_on and not workflow.open_proposals:
        waiting = Image.objects.values_list("proposed_count", flat=True).get(pk=canvas.pk)
        if waiting:
            raise Conflict(
                f"{waiting:,} proposals are neither accepted nor rejected. Judge them first.",
                code="open_proposals",
                proposals=waiting,
            )
    if step.action == "approve" and not workflow.own_work and actor.user_id in authors_of(canvas.pk):
        raise Forbidden(
            "You worked on this image yourself. Somebody else has to approve it.", code="own_work"
        )


def _take(canvas: Canvas, step: Step, workflow: Workflow, actor: Actor, comment: str) -> None:
    let_go(canvas)
    source, approvals = canvas.review_state, 0
    if step.action == "approve" and workflow.approvals > 1:
        approvers = approvers_of(canvas.pk)
        if actor.user_id in approvers:
            return
        approvals = len(approvers) + 1
    if not 0 < approvals < workflow.approvals:
        canvas.review_state = step.target
    seq = write_step(canvas, actor, comment=comment, action=step.action, approvals=approvals)
    ReviewStep.objects.create(
        image_id=canvas.pk,
        seq=seq,
        action=step.action,
        source=source,
        target=canvas.review_state,
        comment=comment,
        user=None if actor.job_id else actor.user,
    )
    count_verdict(actor, canvas, step.action, comment)
    facts = {"approvals": approvals} if approvals else {}
    record(actor, VERBS[step.action], f"image:{canvas.pk}", comment=comment, seq=seq, **facts)
    if canvas.review_state == step.target:
        # Of one approval among several nobody is told.
        tell_of_step(actor, Image.objects.select_related("tenant").get(pk=canvas.pk), step.action, comment)


def write_step(canvas: Canvas, actor: Actor, *, action: str, comment: str = "", approvals: int = 0) -> int:
    """Log the state that the held canvas has now, tell the room, and return the revision."""
    patch = {
        "state": settle_image(canvas),
        "review_state": canvas.review_state,
        "is_locked": canvas.review_state == APPROVED,
        "comment": comment,
        "action": action,
    }
    if approvals:
        patch["approvals"] = approvals
    edit = {"op_id": str(new_id()), "kind": "canvas", "box_id": None, "patch": patch}
    announce(canvas.pk, append(canvas, [edit], actor=actor, ref=None))
    return canvas.seq


def note_move(canvas: Canvas, source: str, action: str) -> None:
    """Remember that the held canvas came to its state otherwise than by somebody's step, at its present revision."""
    ReviewStep.objects.create(
        image_id=canvas.pk, seq=canvas.seq, action=action, source=source, target=canvas.review_state
    )


def reopen_held(canvas: Canvas, actor: Actor, reason: str) -> None:
    """Unlock an approved canvas that the caller holds, because something else that was allowed changes it."""
    source, canvas.review_state = canvas.review_state, Canvas.ReviewState.OPEN
    seq = write_step(canvas, actor, action="reopen", comment=reason)
    ReviewStep.objects.create(
        image_id=canvas.pk,
        seq=seq,
        action="reopen",
        source=source,
        target=OPEN,
        comment=reason,
        user=actor.user,
    )
    record(actor, VERBS["reopen"], f"image:{canvas.pk}", comment=reason, seq=seq)
