"""The socket of one canvas: greeting, edits in and out, who else is here."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import orjson

from annotations.actions.apply_edits import Wish
from annotations.actions.canvas_log import room_of
from annotations.actions.holds import keep
from annotations.actions.labels import project_room
from annotations.actions.outcome import Outcome
from annotations.edits import log_entry
from annotations.edits.values import ref_of, seq_of
from annotations.live.committer import committer
from annotations.live.presence import Throttle, read_presence
from annotations.live.source import canvas_log
from annotations.queries import canvas_dict, canvas_state, classes_of, log_since, seqs_of
from datasets.actions.archive import MOVED
from datasets.audience import sees_in
from datasets.queries import image_for, standing_of
from modelship.accounts.actors import Actor
from modelship.lib.errors import BadRequest, Forbidden, Problem
from modelship.live.consumer import LiveConsumer
from modelship.live.events import Event
from modelship.live.rooms import Member, hub
from modelship.live.threads import reading_db, writing_db
from modelship.live.watch import Look
from modelship.projects.gate import can
from modelship.projects.models import Project

# The answer to an edit comes through the room, in order. Should it not, it is given directly.
ANSWER_SECONDS = 5.0
MAX_UNANSWERED = 200
LIFE_SECONDS = 30.0
NEEDS = ("annotate", "review", "manage")
# A longer way back than this is not shorter than the whole canvas.
REPLAYED_BATCHES, REPLAYED_EDITS = 200, 2_000


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a client that says hello has to learn, as of one revision."""

    seq: int
    message: dict[str, Any]


class CanvasConsumer(LiveConsumer):
    """`/ws/v1/canvas/{image_id}/`; the protocol is described in docs/protocol.md."""

    handlers: ClassVar[dict[str, str]] = {
        "hello": "on_hello",
        "edits": "on_edits",
        "presence": "on_presence",
        "ping": "on_ping",
    }
    slow: ClassVar[frozenset[str]] = frozenset({"hello"})
    project: Project
    rights: tuple[bool, ...] = ()
    was_moved = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.image_id: UUID = self.scope["url_route"]["kwargs"]["image_id"]
        self.room_name = room_of(self.image_id)
        self.member = Member(self.session, self.put_text, hailed=self._say_here)
        self.listener = Member(self.session, self.put_text, seq=0)
        self.presence = Throttle(self._tell_presence)
        self._is_here = False
        self._unanswered = 0
        self._quiet_until = 0.0
        self._life: asyncio.Task[None] | None = None
        self._greeting = asyncio.Lock()

    async def admit(self) -> None:
        image = await reading_db(image_for, self.actor, self.image_id, "view")
        self.project, self.was_moved = image.dataset.project, image.archived_for == MOVED
        self.rights = await reading_db(rights_of, self.actor, self.project)

    async def opened(self) -> None:
        self.room = hub.join(self.room_name, self.member, canvas_log)
        hub.join(project_room(self.project.id), self.listener)

    async def left(self) -> None:
        committer.forget(self.image_id, self.session)
        self.presence.stop()
        hub.leave(self.room_name, self.member)
        hub.leave(project_room(self.project.id), self.listener)
        if self._is_here:
            self._tell({"type": "left", "session": self.session})

    def verdict(self, actor: Actor | None, look: Look) -> str | None:
        if actor is None:
            return "signed_out"
        standing = look.once(standing_of, self.image_id)
        if standing is None:
            return "deleted"
        # Who opens it in the archive afterwards knows.
        if standing.archived_for == MOVED and not self.was_moved:
            return "moved"
        is_kept = not sees_in(actor, self.project, standing.audience, standing.kept_for_id)
        if is_kept or not look.once(can, actor, self.project, "view"):
            return "membership_ended"
        return None if look.once(rights_of, actor, self.project) == self.rights else "role_changed"

    def beat(self) -> None:
        if self.member.seq is not None:
            self.put({"type": "beat", "seq": self.member.seq})

    async def on_hello(self, message: dict[str, Any]) -> None:
        """Answer with what the client lacks; may be said again to heal a gap."""
        last_seq = seq_of(message.get("last_seq"), "last_seq")
        async with self._greeting:
            self.member.seq = None
            greeting = await reading_db(greet, self.image_id, self.project.id, last_seq)
            self.put({**greeting.message, "people": self._people(), "session": self.session})
            await self.room.admit(self.member, greeting.seq)
        if not self._is_here:
            self._is_here = True
            self._say_joined()
            hub.hail(self.room_name)

    def on_edits(self, message: dict[str, Any]) -> None:
        """Have a batch applied; those of one image are applied in order, beside those of others."""
        ref = ref_of(message.get("ref"))
        if ref is None:
            raise BadRequest("Give the batch a ref, a UUID of its own, to know its answer by.")
        edits = message.get("edits")
        try:
            base_seq = seq_of(message.get("base_seq"), "base_seq")
        except Problem as problem:
            self.refuse(problem, ref, dropped_by(problem, edits))
            return
        if self._unanswered >= MAX_UNANSWERED:
            self.end("rate", f"More than {MAX_UNANSWERED} batches wait for their answer. Slow down.")
            return
        self._unanswered += 1
        self.member.awaits.add(ref)
        wish = Wish(self.image_id, edits, self.actor, base_seq, ref)
        committer.put(wish, partial(self._answer, wish), sender=self.session)

    def on_presence(self, message: dict[str, Any]) -> None:
        self.presence.say(read_presence(message))
        self._show_life()

    def _show_life(self) -> None:
        """What is kept for this person stays theirs while they look at it: said to the database now and then."""
        loop = asyncio.get_running_loop()
        if self.project.hold_mode == "off" or loop.time() < self._quiet_until:
            return
        self._quiet_until = loop.time() + LIFE_SECONDS
        self._life = loop.create_task(writing_db(keep, self.image_id, self.actor, self.project.hold_minutes))

    def on_ping(self, message: dict[str, Any]) -> None:
        self.put({"type": "beat", "seq": self.member.seq})

    def _answer(self, wish: Wish, answer: Outcome | Exception) -> None:
        """What was applied just now is answered by the room, between the edits of others."""
        self._unanswered -= 1
        ref = wish.ref or ""
        if isinstance(answer, Outcome) and answer.accepted and self.member.seq is not None:
            if ref in self.member.awaits:
                asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._answer_late, answer)
            return
        self.member.awaits.discard(ref)
        problem = answer.problem() if isinstance(answer, Outcome) else self.problem_of(answer)
        if isinstance(answer, Outcome) and problem is None:
            self.put(answer.ack())
        elif problem is not None:
            dropped = problem.extra.pop("dropped", None) or dropped_by(problem, wish.edits)
            self.refuse(problem, ref, dropped)

    def _answer_late(self, outcome: Outcome) -> None:
        if outcome.ref in self.member.awaits:
            self.member.awaits.discard(outcome.ref)
            self.put(outcome.ack())

    def _people(self) -> list[dict[str, Any]]:
        """Everybody else who is here, as their `joined` said."""
        others = [member for member in self.room.members.values() if member.id != self.session]
        return [{"session": one.id, "actor": one.who} for one in others if one.who]

    def _say_joined(self) -> None:
        self.member.who = self.actor.wire()
        self._tell({"type": "joined", "session": self.session, "actor": self.member.who})

    def _say_here(self) -> None:
        """Somebody joined in another process, and can't see who is here."""
        if self._is_here:
            self._say_joined()
            if self.presence.latest is not None:
                self._tell_presence(self.presence.latest)

    def _tell_presence(self, presence: dict[str, Any]) -> None:
        if self._is_here:
            self._tell({"type": "presence", "session": self.session, "actor": self.actor.wire(), **presence})

    def _tell(self, message: dict[str, Any]) -> None:
        hub.publish(Event(self.room_name, None, orjson.dumps(message).decode(), sender=self.session))


def rights_of(actor: Actor, project: Project) -> tuple[bool, ...]:
    return tuple(can(actor, project, need) for need in NEEDS)


def greet(image_id: UUID, project_id: UUID, last_seq: int | None) -> Greeting:
    """The edits since `last_seq`, or the whole canvas where that is shorter or the only way."""
    about = {"classes": classes_of(project_id)}
    if last_seq is not None:
        batches = log_since(image_id, last_seq, REPLAYED_BATCHES + 1)
        seq = batches[-1]["seq"] if batches else seqs_of([image_id]).get(image_id, 0)
        is_whole = last_seq + len(batches) == seq and len(batches) <= REPLAYED_BATCHES
        if is_whole and sum(len(batch["edits"]) for batch in batches) <= REPLAYED_EDITS:
            canvas = canvas_dict(image_id)
            edits = [log_entry(batch) for batch in batches]
            return Greeting(seq, {"type": "replay", "seq": seq, "edits": edits, "canvas": canvas, **about})
    state = canvas_state(image_id)
    boxes = orjson.Fragment(state.boxes)
    canvas = canvas_dict(image_id)
    return Greeting(
        state.seq, {"type": "snapshot", "seq": state.seq, "canvas": canvas, "boxes": boxes, **about}
    )


def dropped_by(problem: Problem, edits: Any) -> list[dict[str, Any]]:
    """Where a whole batch is refused, each of its edits is."""
    code = "denied" if isinstance(problem, Forbidden) else "bad"
    items = edits if isinstance(edits, list) else []
    return [
        {"op_id": item["op_id"], "code": code} for item in items if isinstance(item, dict) and "op_id" in item
    ]
