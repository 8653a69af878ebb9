"""The steps that every change of a team session shares: hold it, who may, log what happened, tell the room."""

from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from annotations.models import SessionEvent, SessionPerson, TeamSession
from annotations.session_queries import person_in, state_of
from modelship.accounts.actors import Actor
from modelship.api.views import held
from modelship.lib.clock import now, wire
from modelship.lib.errors import Conflict, Forbidden
from modelship.live.events import Event
from modelship.live.rooms import hub
from modelship.projects.gate import can


def room_of(session_id: UUID | str) -> str:
    return f"session:{session_id}"


def hold_open(session: TeamSession) -> TeamSession:
    """The session as it is now, nobody else's to change. Canvases are locked before it, never after.

    Raises Conflict with the code `session_ended` where it has ended.
    """
    held(session)
    if not session.is_open:
        raise Conflict("The session has ended. Begin a new one.", code="session_ended")
    return session


def need_person(actor: Actor) -> None:
    if actor.user is None or actor.job_id:
        raise Forbidden("Only a person takes part in a session. Sign in, or use a person's key.")


def need_leader(actor: Actor, session: TeamSession) -> None:
    """Raises Forbidden for whoever neither leads the session nor manages its project."""
    leads = actor.user_id is not None and session.leader_id == actor.user_id
    if not leads and not can(actor, session.dataset.project, "manage"):
        raise Forbidden("Only who leads the session may do this. Ask them, or take over.")


def need_part(actor: Actor, session: TeamSession) -> SessionPerson:
    """The person's part in it, with this sign of life noted. Raises Forbidden for who has not joined."""
    need_person(actor)
    person = person_in(session, actor.user_id)
    if person is None or not person.takes_part:
        raise Forbidden("You do not take part in this session. Join it first.", code="not_joined")
    SessionPerson.objects.filter(pk=person.pk).update(seen_at=now())
    return person


def tell(session: TeamSession, actor: Actor, what: str, *parts: str, **facts: Any) -> None:
    """Write the held session, log what happened with those parts of its state as they are now, and tell the room."""
    session.seq += 1
    session.save()
    body = {
        "type": "event",
        "seq": session.seq,
        "what": what,
        "by": {"id": str(actor.user_id), "name": actor.user.display_name} if actor.user else None,
        "at": wire(now()),
        **facts,
        "state": state_of(session, *parts),
    }
    SessionEvent.objects.create(session=session, seq=session.seq, body=body)
    event = Event(room_of(session.pk), session.seq, orjson.dumps(body).decode())
    transaction.on_commit(lambda: hub.publish(event))
