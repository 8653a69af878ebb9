"""Who takes part in a team session: inviting, joining, leaving, and signs of life."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from annotations.actions.canvas_log import lock_canvas
from annotations.actions.holds import let_go, write_hold
from annotations.actions.session_log import hold_open, need_leader, need_person, tell
from annotations.actions.tell import tell_of_invitation
from annotations.models import SessionPerson, SessionPicture, TeamSession
from annotations.session_queries import person_in
from datasets.audience import people_who_see
from datasets.models import Dataset
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Forbidden, Unprocessable
from modelship.projects.gate import can

MOST_PEOPLE = 50


def invitable(dataset: Dataset, people: Iterable[UUID]) -> list[UUID]:
    """Each once. Raises Unprocessable for somebody who can't see the pictures."""
    wanted = list(dict.fromkeys(people))
    able = {user.pk for user in people_who_see(dataset, "view")} if wanted else set()
    if any(uid not in able for uid in wanted):
        detail = "Only members who can see the pictures can be invited."
        raise Unprocessable(detail, code="not_a_member", field="people")
    return wanted


@transaction.atomic
def invite(actor: Actor, session: TeamSession, people: Iterable[UUID]) -> None:
    """Invite people, each of whom is told once; who was invited before is not again."""
    need_person(actor)
    hold_open(session)
    need_leader(actor, session)
    if add_people(actor, session, invitable(session.dataset, people)):
        tell(session, actor, "invited", "people")


def add_people(actor: Actor, session: TeamSession, people: Iterable[UUID]) -> list[UUID]:
    """Invite those who were not yet, and tell them; returns who they are. The caller holds the session."""
    known = set(SessionPerson.objects.filter(session=session).values_list("user_id", flat=True))
    added = [uid for uid in people if uid not in known]
    if len(known) + len(added) > MOST_PEOPLE:
        raise Conflict(f"A session may have {MOST_PEOPLE} people.", code="quota_exceeded", field="people")
    SessionPerson.objects.bulk_create(SessionPerson(session=session, user_id=uid) for uid in added)
    if added:
        record(actor, "session.invited", f"session:{session.pk}", people=[str(uid) for uid in added])
        tell_of_invitation(actor, session, added)
    return added


@transaction.atomic
def join(actor: Actor, session: TeamSession) -> None:
    """Take part from now on. Raises Forbidden for who was not invited, but for managers, who need no invitation."""
    need_person(actor)
    hold_open(session)
    person = person_in(session, actor.user_id)
    if person is None:
        if not can(actor, session.dataset.project, "manage"):
            raise Forbidden(
                "You were not invited. Ask who leads the session to invite you.", code="not_invited"
            )
        add_people(actor, session, [actor.user_id] if actor.user_id else [])
        person = person_in(session, actor.user_id)
    if person is None or person.takes_part:
        return
    person.joined_at, person.left_at, person.seen_at = now(), None, now()
    person.save()
    record(actor, "session.joined", f"session:{session.pk}")
    tell(session, actor, "came", "people")


@transaction.atomic
def leave(actor: Actor, session: TeamSession) -> None:
    """Take part no longer: what one was handed is free at once, and who led leads no more.

    Raises Forbidden for who was never invited.
    """
    need_person(actor)
    _hand_back(actor, session)
    hold_open(session)
    person = person_in(session, actor.user_id)
    if person is None:
        raise Forbidden("You do not take part in this session.", code="not_invited")
    if not person.takes_part:
        return
    person.left_at = now()
    person.save()
    if session.leader_id == actor.user_id:
        session.leader = None
    record(actor, "session.left", f"session:{session.pk}")
    tell(session, actor, "went", "session", "people")


def _hand_back(actor: Actor, session: TeamSession) -> None:
    mine = SessionPicture.objects.filter(session=session, holder_id=actor.user_id)
    for image_id in mine.order_by("image").values_list("image_id", flat=True):
        canvas = lock_canvas(image_id)
        if canvas.holder_id == actor.user_id:
            let_go(canvas)
            write_hold(canvas)
    mine.update(holder_id=None, held_until=None)


def show_life(session_id: UUID, user_id: UUID, minutes: int) -> None:
    """They are there: who leads goes on leading, and what somebody was handed stays theirs for some minutes more."""
    SessionPerson.objects.filter(session=session_id, user=user_id).update(seen_at=now())
    mine = SessionPicture.objects.filter(session=session_id, holder_id=user_id, held_until__gt=now())
    mine.update(held_until=now() + timedelta(minutes=minutes))
