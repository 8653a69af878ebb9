"""Handing out the next picture: each person gets one that nobody else was given."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.assign import NEEDS
from annotations.actions.canvas_log import lock_canvas
from annotations.actions.holds import hold_for, is_free, let_go, write_hold
from annotations.actions.rank import bring_up_to_date
from annotations.assignment_queries import REVIEW, day_of
from annotations.hold_queries import hold_dict
from annotations.models import Assignment, Canvas
from annotations.queue_queries import UNCERTAINTY, candidates
from annotations.review_queries import approvers_of, authors_of, workflow_of
from annotations.workflow import Workflow
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.lib.clock import now
from modelship.lib.errors import Forbidden
from modelship.projects.gate import check


def next_task(
    actor: Actor, dataset: Dataset, purpose: str, *, order: str = "", skip: Collection[UUID] = ()
) -> dict[str, Any] | None:
    """Give the actor the next picture to label or to review, and keep it for them; None where nothing is left.

    Pictures to `skip` are let go of. Raises Forbidden where the role does not allow the purpose.
    """
    check(actor, dataset.project, NEEDS[purpose])
    if actor.user is None:
        raise Forbidden("Only a person is handed pictures. Sign in.")
    if order == UNCERTAINTY:
        bring_up_to_date(actor, dataset)
    _leave(actor, dataset, skip)
    workflow = workflow_of(dataset.project_id)
    found = candidates(actor, dataset, purpose, skip=set(skip), by_uncertainty=order == UNCERTAINTY)
    for image_id in found:
        if _hand_out(actor, dataset, workflow, purpose, image_id):
            mine = Assignment.objects.filter(image=image_id, user=actor.user_id, purpose=purpose)
            due = mine.values_list("due_on", flat=True).first()
            is_late = due is not None and due < now().date()
            return {
                "image": image_id,
                "purpose": purpose,
                "due": day_of(due),
                "is_overdue": is_late,
                "hold": hold_dict(image_id),
            }
    return None


@transaction.atomic
def _hand_out(actor: Actor, dataset: Dataset, workflow: Workflow, purpose: str, image_id: UUID) -> bool:
    """Keep the picture for the actor, unless somebody else was quicker or it waits no longer."""
    canvas = lock_canvas(image_id)
    waiting = Image.objects.kept().filter(pk=image_id, state__in=workflow.to_do(purpose))
    if not is_free(canvas, actor) or not waiting.exists():
        return False
    if purpose == REVIEW and not may_approve(actor, workflow, image_id):
        return False
    hold_for(canvas, actor, dataset.project)
    write_hold(canvas)
    return True


def may_approve(actor: Actor, workflow: Workflow, image_id: UUID) -> bool:
    """Nobody is handed what they may not approve: their own work, or what they have approved already."""
    if not workflow.own_work and actor.user_id in authors_of(image_id):
        return False
    return workflow.approvals == 1 or actor.user_id not in approvers_of(image_id)


def _leave(actor: Actor, dataset: Dataset, image_ids: Collection[UUID]) -> None:
    mine = Canvas.objects.filter(pk__in=image_ids, holder_id=actor.user_id, image__dataset=dataset)
    for image_id in list(mine.values_list("pk", flat=True)):
        with transaction.atomic():
            canvas = lock_canvas(image_id)
            if canvas.holder_id == actor.user_id:
                let_go(canvas)
                write_hold(canvas)
