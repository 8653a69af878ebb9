"""Rooms of this process: who listens to what, and in which order it arrives.

A room hands sequenced events on without a gap: what came too early waits, what is missing is read
from the room's source, which is the database. So a lost or late wake-up costs time, never an edit.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog
from django.db import Error

from modelship.live.events import Event
from modelship.live.relay import Relay
from modelship.live.threads import watching_db

log = structlog.get_logger(__name__)

# News from another process may be on the way; a moment's patience saves a query.
HOLD_SECONDS = 0.02
MAX_HELD = 1_000


class Source(Protocol):
    """Where a room's events can be read again."""

    def heads(self, rooms: Sequence[str]) -> dict[str, int]:
        """The last sequence number of each room that has any."""

    def since(self, room: str, seq: int) -> list[Event]:
        """The events after `seq`, in order; perhaps only the first of them."""


class Member:
    """One connection in a room. `seq` is the last event that it knows; None until it has a snapshot."""

    def __init__(
        self,
        member_id: str,
        send: Callable[[str], None],
        *,
        seq: int | None = None,
        hailed: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = member_id
        self.send = send
        self.seq = seq
        self.hailed = hailed
        self.awaits: set[str] = set()
        # How others in the room see it, once it has said hello.
        self.who: dict[str, Any] | None = None
        self._early: dict[int, Event] = {}

    def lacks(self, seq: int, until: int) -> bool:
        """Whether starting after `seq` would leave a gap before the room's position."""
        return any(number not in self._early for number in range(seq + 1, until + 1))

    def start(self, seq: int) -> None:
        """From here on it hears what happens after `seq`."""
        self.seq = seq
        for number in sorted(self._early):
            self.take(self._early[number])
        self._early.clear()

    def take(self, event: Event) -> None:
        if event.seq is None:
            self._take_passing(event)
        elif self.seq is None:
            self._early.setdefault(event.seq, event)
        elif event.reply is not None and event.ref in self.awaits:
            self.awaits.discard(event.ref)
            self.send(event.reply)
            self.seq = max(self.seq, event.seq)
        elif event.seq > self.seq:
            self.send(event.body)
            self.seq = event.seq

    def _take_passing(self, event: Event) -> None:
        if event.is_hail:
            self.hailed()
        elif event.sender != self.id and self.seq is not None:
            self.send(event.body)


class Room:
    def __init__(self, name: str, source: Source | None) -> None:
        self.name = name
        self.source = source
        self.members: dict[str, Member] = {}
        self.seq: int | None = None
        self._head = 0
        self._held: dict[int, Event] = {}
        self._healing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def admit(self, member: Member, seq: int) -> None:
        """Let a member that read the truth at `seq` hear what comes after; the first sets the position."""
        if self.seq is None:
            self.seq = seq
            self._hand_on()
        known = seq
        while self.source is not None and member.lacks(seq, self.seq):
            # The source may give only the first of them at once.
            missing = await watching_db(self.source.since, self.name, known)
            if not missing:
                break
            for event in missing:
                member.take(event)
            known = missing[-1].seq or known
        member.start(seq)
        self.notice(seq)

    def notice(self, head: int) -> None:
        """The source is at `head`; what this room lacks of it is fetched."""
        self._head = max(self._head, head)
        if self.seq is not None and self._head > self.seq:
            self._heal_soon()

    def look(self) -> None:
        """Ask the source now where it is: what other processes told until here was not heard."""
        if self.source is not None and (self._looking is None or self._looking.done()):
            self._looking = asyncio.get_running_loop().create_task(self._look(self.source))

    async def _look(self, source: Source) -> None:
        try:
            heads = await watching_db(source.heads, [self.name])
        except Error as error:
            # The next look at all heads makes up for it.
            log.warning("room_look_failed", room=self.name, error=repr(error))
            return
        self.notice(heads.get(self.name, 0))

    def take(self, event: Event) -> None:
        if event.seq is None:
            self._broadcast(event)
        elif self.seq is not None and event.seq <= self.seq:
            self._reply(event)
        else:
            if len(self._held) < MAX_HELD:
                self._held[event.seq] = event
            self._hand_on()
            self.notice(event.seq)

    def close(self) -> None:
        for task in (self._healing, self._looking):
            if task is not None:
                task.cancel()

    def _hand_on(self) -> None:
        """Pass on everything that follows the last event without a gap."""
        if self.seq is None:
            return
        for number in [number for number in self._held if number <= self.seq]:
            self._reply(self._held.pop(number))
        while event := self._held.pop(self.seq + 1, None):
            self.seq += 1
            self._broadcast(event)

    def _broadcast(self, event: Event) -> None:
        for member in list(self.members.values()):
            member.take(event)

    def _reply(self, event: Event) -> None:
        """The room has had this one already; who asked for it still awaits the answer."""
        if event.reply is not None:
            for member in list(self.members.values()):
                if event.ref in member.awaits:
                    member.take(event)

    def _heal_soon(self) -> None:
        if self.source is not None and (self._healing is None or self._healing.done()):
            self._healing = asyncio.get_running_loop().create_task(self._heal(self.source))

    async def _heal(self, source: Source) -> None:
        await asyncio.sleep(HOLD_SECONDS)
        while self.seq is not None and self.seq < self._head:
            before = self.seq
            try:
                missing = await watching_db(source.since, self.name, before)
            except Error as error:
                # The next look at the heads tries again.
                log.warning("room_heal_failed", room=self.name, error=repr(error))
                return
            for event in missing:
                if event.seq is not None:
                    self._held.setdefault(event.seq, event)
            self._hand_on()
            if self.seq == before:
                return


class Hub:
    """All rooms of this process. `publish` may be called from any thread, the rest from the loop."""

    def __init__(self) -> None:
        self.rooms: dict[str, Room] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._relay = Relay(self._arrived, self._subscribed)

    def join(self, name: str, member: Member, source: Source | None = None) -> Room:
        self._loop = asyncio.get_running_loop()
        room = self.rooms.get(name)
        if room is None:
            room = self.rooms[name] = Room(name, source)
            self._relay.open(name)
        room.members[member.id] = member
        return room

    def leave(self, name: str, member: Member) -> None:
        room = self.rooms.get(name)
        if room is None or room.members.pop(member.id, None) is None or room.members:
            return
        room.close()
        del self.rooms[name]
        self._relay.close(name)

    def publish(self, *events: Event) -> None:
        """Hand events to this process's listeners and, at scale, to those of the others."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            # Once for all of them: waking the loop is a system call.
            loop.call_soon_threadsafe(self._all_arrived, events)
        for event in events:
            self._relay.publish(event)

    def hail(self, name: str) -> None:
        """Ask who is in the room in other processes; those here are in `rooms`."""
        self._relay.hail(name)

    def sourced(self) -> dict[Source, list[Room]]:
        """The open rooms that can be healed, by source."""
        found: dict[Source, list[Room]] = {}
        for room in self.rooms.values():
            if room.source is not None:
                found.setdefault(room.source, []).append(room)
        return found

    def _subscribed(self, name: str) -> None:
        if room := self.rooms.get(name):
            room.look()

    def _all_arrived(self, events: Sequence[Event]) -> None:
        for event in events:
            self._arrived(event)

    def _arrived(self, event: Event) -> None:
        room = self.rooms.get(event.room)
        if room is not None:
            room.take(event)


hub = Hub()
