"""The socket of one team session: how it stands, every change, who is here and on which picture."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import orjson

from annotations.actions.session_log import room_of
from annotations.actions.session_people import show_life
from annotations.live.presence import Throttle
from annotations.session_queries import audience_of, events_since, heads_of, session_for, state_of
from datasets.audience import sees_in
from modelship.accounts.actors import Actor
from modelship.api.values import id_of
from modelship.lib.errors import NotFound
from modelship.live.consumer import LiveConsumer
from modelship.live.events import Event
from modelship.live.rooms import Member, hub
from modelship.live.threads import reading_db, writing_db
from modelship.live.watch import Look
from modelship.projects.gate import can
from modelship.projects.models import Project

LIFE_SECONDS = 20.0
EVENTS = 100


class SessionLog:
    """The log of every session, as events for its room."""

    def heads(self, rooms: Sequence[str]) -> dict[str, int]:
        wanted = {session_of(room): room for room in rooms}
        return {wanted[uid]: seq for uid, seq in heads_of(wanted).items()}

    def since(self, room: str, seq: int) -> list[Event]:
        bodies = events_since(session_of(room), seq, EVENTS)
        return [Event(room, body["seq"], orjson.dumps(body).decode()) for body in bodies]


def session_of(room: str) -> UUID:
    return UUID(room.partition(":")[2])


session_log = SessionLog()


class SessionConsumer(LiveConsumer):
    """`/ws/v1/sessions/{session_id}/`; the protocol is described in docs/protocol.md."""

    handlers: ClassVar[dict[str, str]] = {
        "hello": "on_hello",
        "presence": "on_presence",
        "ping": "on_ping",
    }
    slow: ClassVar[frozenset[str]] = frozenset({"hello"})
    project: Project

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.session_id: UUID = self.scope["url_route"]["kwargs"]["session_id"]
        self.room_name = room_of(self.session_id)
        self.member = Member(self.session, self.put_text, hailed=self._say_here)
        self.presence = Throttle(self._tell_presence)
        self._is_here = False
        self._quiet_until = 0.0
        self._life: asyncio.Task[None] | None = None
        self._greeting = asyncio.Lock()

    async def admit(self) -> None:
        session = await reading_db(session_for, self.actor, self.session_id, "view")
        self.project = session.dataset.project

    async def opened(self) -> None:
        self.room = hub.join(self.room_name, self.member, session_log)

    async def left(self) -> None:
        self.presence.stop()
        hub.leave(self.room_name, self.member)
        if self._is_here:
            self._tell({"type": "left", "session": self.session})

    def verdict(self, actor: Actor | None, look: Look) -> str | None:
        if actor is None:
            return "signed_out"
        audience = look.once(audience_of, self.session_id)
        if audience is None:
            return "deleted"
        is_theirs = sees_in(actor, self.project, *audience) and look.once(can, actor, self.project, "view")
        return None if is_theirs else "membership_ended"

    def beat(self) -> None:
        if self.member.seq is not None:
            self.put({"type": "beat", "seq": self.member.seq})

    async def on_hello(self, message: dict[str, Any]) -> None:
        """Answer with the session as it stands; may be said again to heal a gap."""
        async with self._greeting:
            self.member.seq = None
            seq, state = await reading_db(greet, self.actor, self.session_id)
            greeting = {"type": "snapshot", "seq": seq, "state": state, "session": self.session}
            self.put({**greeting, "here": self._here()})
            await self.room.admit(self.member, seq)
        if not self._is_here:
            self._is_here = True
            self._say_joined()
            hub.hail(self.room_name)
        self._show_life()

    def on_presence(self, message: dict[str, Any]) -> None:
        """Which picture somebody looks at; nothing where they look at the session's own page."""
        image = message.get("image")
        self.presence.say({"image": str(id_of(image, "image")) if image is not None else None})
        self._show_life()

    def on_ping(self, message: dict[str, Any]) -> None:
        self.put({"type": "beat", "seq": self.member.seq})

    def _show_life(self) -> None:
        loop = asyncio.get_running_loop()
        if self.actor.user_id is None or loop.time() < self._quiet_until:
            return
        self._quiet_until = loop.time() + LIFE_SECONDS
        minutes = self.project.hold_minutes
        self._life = loop.create_task(writing_db(show_life, self.session_id, self.actor.user_id, minutes))

    def _here(self) -> list[dict[str, Any]]:
        """Everybody else who is here, as their last message said."""
        others = [member for member in self.room.members.values() if member.id != self.session]
        return [{"session": one.id, **one.who} for one in others if one.who]

    def _who(self) -> dict[str, Any]:
        user = self.actor.user
        person = {"id": str(user.pk), "name": user.display_name} if user else self.actor.wire()
        return {"user": person, "image": None, **(self.presence.latest or {})}

    def _say_joined(self) -> None:
        self.member.who = self._who()
        self._tell({"type": "joined", "session": self.session, **self.member.who})

    def _say_here(self) -> None:
        """Somebody joined in another process, and can't see who is here."""
        if self._is_here:
            self._say_joined()

    def _tell_presence(self, presence: dict[str, Any]) -> None:
        if self._is_here:
            self.member.who = self._who()
            self._tell({"type": "presence", "session": self.session, **self.member.who})

    def _tell(self, message: dict[str, Any]) -> None:
        hub.publish(Event(self.room_name, None, orjson.dumps(message).decode(), sender=self.session))


def greet(actor: Actor, session_id: UUID) -> tuple[int, dict[str, Any]]:
    """The session as of one of its events: what comes meanwhile is read again.

    Raises NotFound for one that was deleted.
    """
    while True:
        session = session_for(actor, session_id, "view")
        state = state_of(session)
        seq = heads_of([session_id]).get(session_id)
        if seq is None:
            raise NotFound()
        if seq == session.seq:
            return seq, state
