"""The pictures of a team session: each person's next one, the leader's one, and the verdicts as they are given."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.canvas_log import lock_canvas
from annotations.actions.holds import hold_for, is_free, let_go, write_hold
from annotations.actions.next_task import may_approve
from annotations.actions.session_log import hold_open, need_leader, need_part, tell
from annotations.models import Canvas, SessionPicture, TeamSession
from annotations.review_queries import workflow_of
from annotations.session_queries import mine_in, open_pictures, undecided
from annotations.workflow import Workflow
from modelship.accounts.actors import Actor
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Unprocessable
from modelship.projects.gate import check, role_in

# Who needs longer was not looking at it all the time.
LONGEST = timedelta(minutes=15)
JUDGING = ("submit", "approve", "reject")
Verdict = SessionPicture.Verdict
Mode = TeamSession.Mode


def next_picture(actor: Actor, session: TeamSession, *, skip: Collection[UUID] = ()) -> UUID | None:
    """The actor's next picture, which nobody else is given meanwhile; None where nothing is left for them.

    Pictures to `skip` get that verdict. Who asks again before they have judged theirs gets the same one.
    """
    check(actor, session.dataset.project, "annotate")
    need_part(actor, session)
    if not session.is_open:
        hold_open(session)
    if session.mode != Mode.APART:
        raise Conflict("Everybody looks at the leader's picture. Follow, or work apart.", code="not_apart")
    for image_id in skip:
        _skip(actor, session, image_id)
    if mine := mine_in(session, actor):
        return mine
    workflow = workflow_of(session.dataset.project_id)
    found = undecided(session, actor)
    return next((uid for uid in found if _hand_out(actor, session, workflow, uid)), None)


@transaction.atomic
def _hand_out(actor: Actor, session: TeamSession, workflow: Workflow, image_id: UUID) -> bool:
    """Keep the picture for the actor, unless somebody else was quicker. Who holds the canvas hands it out alone."""
    canvas = lock_canvas(image_id)
    picture = SessionPicture.objects.filter(session=session, image=image_id, verdict="").first()
    if picture is None or not is_free(canvas, actor) or not _is_free(picture, actor):
        return False
    if not _suits(actor, session, workflow, canvas):
        return False
    project = session.dataset.project
    picture.holder_id, picture.shown_at = actor.user_id, now()
    picture.held_until = now() + timedelta(minutes=project.hold_minutes)
    picture.save(update_fields=["holder_id", "shown_at", "held_until"])
    hold_for(canvas, actor, project)
    write_hold(canvas)
    return True


def _is_free(picture: SessionPicture, actor: Actor) -> bool:
    if picture.holder_id in (None, actor.user_id):
        return True
    return picture.held_until is None or picture.held_until <= now()


def _suits(actor: Actor, session: TeamSession, workflow: Workflow, canvas: Canvas) -> bool:
    """Nobody is handed what they can do nothing with, or may not approve."""
    role, state = role_in(actor, session.dataset.project), canvas.review_state
    if not any(workflow.allows(role, state, action) for action in JUDGING):
        return False
    return not workflow.allows(role, state, "approve") or may_approve(actor, workflow, canvas.pk)


@transaction.atomic
def _skip(actor: Actor, session: TeamSession, image_id: UUID) -> None:
    """Pass by a picture that nobody has judged and nobody else has. Twice is once."""
    picture = _picture_of(session, image_id)
    canvas = lock_canvas(image_id)
    hold_open(session)
    picture.refresh_from_db()
    if picture.verdict or not _is_free(picture, actor):
        return
    if canvas.holder_id == actor.user_id:
        let_go(canvas)
        write_hold(canvas)
    _judge(picture, session, actor, Verdict.SKIP.value)


@transaction.atomic
def lead(actor: Actor, session: TeamSession, image_id: UUID) -> None:
    """Show everybody this picture. Raises Conflict in a session that works apart, Unprocessable for another picture."""
    check(actor, session.dataset.project, "annotate")
    need_part(actor, session)
    hold_open(session)
    need_leader(actor, session)
    if session.mode != Mode.TOGETHER:
        raise Conflict("Everybody has a picture of their own. Work together first.", code="not_together")
    picture = _picture_of(session, image_id)
    if session.image_id == image_id:
        return
    session.image_id = picture.image_id
    SessionPicture.objects.filter(pk=picture.pk).update(shown_at=now())
    tell(session, actor, "led", "session", image=str(image_id))


def _picture_of(session: TeamSession, image_id: UUID) -> SessionPicture:
    found = SessionPicture.objects.filter(session=session, image=image_id).first()
    if found is None:
        raise Unprocessable("The session has no such picture.", code="unknown", field="image")
    return found


def count_verdict(actor: Actor, canvas: Canvas, action: str, comment: str) -> None:
    """A step of review was taken on a canvas that the caller holds: note it wherever the actor takes part.

    Reopening takes the verdict back.
    """
    if actor.job_id or actor.user_id is None:
        return
    for picture in open_pictures(canvas.pk, actor.user_id):
        try:
            session = hold_open(picture.session)
        except Conflict:
            continue
        picture.refresh_from_db()
        if action in JUDGING:
            need_part(actor, session)
            _judge(picture, session, actor, action, comment)
        elif picture.verdict:
            _judge(picture, session, actor, Verdict.NONE.value)


def _judge(
    picture: SessionPicture, session: TeamSession, actor: Actor, verdict: str, comment: str = ""
) -> None:
    """Write the verdict on a picture of a held session, or take it back, and tell everybody."""
    at = now()
    looked = at - picture.shown_at if picture.shown_at else None
    is_known = bool(verdict) and looked is not None and looked <= LONGEST
    values: dict[str, Any] = {
        "verdict": verdict,
        "by": actor.user if verdict else None,
        "judged_at": at if verdict else None,
        "seconds": round(looked.total_seconds(), 1) if looked is not None and is_known else None,
        "comment": comment,
        "holder_id": None,
        "held_until": None,
    }
    for name, value in values.items():
        setattr(picture, name, value)
    picture.save(update_fields=list(values))
    told = {"image": str(picture.image_id), "verdict": verdict or None, "comment": comment}
    tell(session, actor, "verdict", "progress", **told)
