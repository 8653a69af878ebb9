"""Rooms hand on every event once and in order, whatever way and order the news come."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from modelship.live.events import Event
from modelship.live.rooms import Hub, Member, Room


class Log:
    """A source of truth in memory."""

    def __init__(self, name: str = "room") -> None:
        self.name = name
        self.events: list[Event] = []
        self.reads = 0

    def append(self, ref: str | None = None, reply: str | None = None) -> Event:
        seq = len(self.events) + 1
        event = Event(self.name, seq, f"edit {seq}", ref, reply)
        self.events.append(Event(self.name, seq, f"edit {seq}", ref))
        return event

    def heads(self, rooms: Sequence[str]) -> dict[str, int]:
        return {self.name: len(self.events)}

    def since(self, room: str, seq: int) -> list[Event]:
        self.reads += 1
        return self.events[seq : seq + 3]


class Listener(Member):
    def __init__(self, name: str) -> None:
        self.heard: list[str] = []
        super().__init__(name, self.heard.append)


@pytest.fixture
def log() -> Log:
    return Log()


async def joined(room: Room, name: str, seq: int = 0) -> Listener:
    listener = Listener(name)
    room.members[name] = listener
    await room.admit(listener, seq)
    return listener


async def test_events_in_order_are_handed_on_at_once(log: Log):
    room = Room("room", log)
    alice, bob = await joined(room, "alice"), await joined(room, "bob")

    for _ in range(3):
        room.take(log.append())

    assert alice.heard == bob.heard == ["edit 1", "edit 2", "edit 3"]
    assert log.reads == 0


async def test_what_comes_too_early_waits_for_what_is_on_the_way(log: Log):
    room = Room("room", log)
    alice = await joined(room, "alice")
    one, two, three = log.append(), log.append(), log.append()

    room.take(three)
    room.take(two)
    assert alice.heard == []
    room.take(one)

    assert alice.heard == ["edit 1", "edit 2", "edit 3"]


async def test_a_gap_that_stays_is_filled_from_the_log(log: Log):
    room = Room("room", log)
    alice = await joined(room, "alice")
    for _ in range(7):
        last = log.append()

    room.take(last)
    await asyncio.sleep(0.2)

    assert alice.heard == [f"edit {n}" for n in range(1, 8)]


async def test_a_look_at_the_head_fetches_what_nobody_told(log: Log):
    room = Room("room", log)
    alice = await joined(room, "alice")
    log.append()

    room.notice(1)
    await asyncio.sleep(0.1)

    assert alice.heard == ["edit 1"]


async def test_nothing_is_heard_twice(log: Log):
    room = Room("room", log)
    alice = await joined(room, "alice")
    one = log.append()

    for _ in range(3):
        room.take(one)
    room.notice(1)
    await asyncio.sleep(0.1)

    assert alice.heard == ["edit 1"]


async def test_who_awaits_an_answer_gets_it_in_its_place_and_the_others_get_the_news(log: Log):
    room = Room("room", log)
    alice, bob = await joined(room, "alice"), await joined(room, "bob")
    alice.awaits.add("ref")

    room.take(log.append())
    room.take(log.append("ref", "ack 2"))
    room.take(log.append())

    assert alice.heard == ["edit 1", "ack 2", "edit 3"]
    assert bob.heard == ["edit 1", "edit 2", "edit 3"]
    assert alice.awaits == set()


async def test_an_answer_that_comes_after_the_news_is_still_given(log: Log):
    room = Room("room", log)
    alice = await joined(room, "alice")
    alice.awaits.add("ref")
    answer = log.append("ref", "ack 1")

    room.notice(1)
    await asyncio.sleep(0.1)
    room.take(answer)

    assert alice.heard == ["edit 1", "ack 1"]


async def test_who_joins_meanwhile_hears_what_follows_the_snapshot(log: Log):
    room = Room("room", log)
    await joined(room, "alice")
    bob = Listener("bob")
    room.members["bob"] = bob
    room.take(log.append())
    room.take(log.append())

    await room.admit(bob, 1)
    room.take(log.append())

    assert bob.heard == ["edit 2", "edit 3"]


async def test_two_who_join_at_once_with_different_snapshots_both_miss_nothing(log: Log):
    room, alice, bob = Room("room", log), Listener("alice"), Listener("bob")
    room.members |= {"alice": alice, "bob": bob}
    for _ in range(4):
        log.append()

    await room.admit(alice, 3)
    await room.admit(bob, 1)
    await asyncio.sleep(0.1)

    assert alice.heard == []
    assert bob.heard[:2] == ["edit 2", "edit 3"]
    room.take(log.append())
    await asyncio.sleep(0.1)
    assert alice.heard == ["edit 4", "edit 5"]
    assert bob.heard == ["edit 2", "edit 3", "edit 4", "edit 5"]


async def test_who_read_long_ago_catches_up_in_as_many_reads_as_it_takes(log: Log):
    room = Room("room", log)
    for _ in range(10):
        log.append()
    await joined(room, "alice", 10)
    log.reads = 0

    bob = await asyncio.wait_for(joined(room, "bob", 0), 5)

    assert bob.heard == [f"edit {number}" for number in range(1, 11)]
    assert log.reads == 4


async def test_passing_news_reach_everybody_but_who_said_them(log: Log):
    room = Room("room", log)
    alice, bob, early = await joined(room, "alice"), await joined(room, "bob"), Listener("early")
    room.members["early"] = early

    room.take(Event("room", None, "alice points", sender="alice"))

    assert (alice.heard, bob.heard, early.heard) == ([], ["alice points"], [])


@pytest.mark.parametrize("seed", range(20))
async def test_lost_doubled_and_shuffled_news_end_the_same(log: Log, seed: int):
    dice = random.Random(seed)
    room = Room("room", log)
    listeners = [await joined(room, str(n)) for n in range(3)]
    news = [log.append() for _ in range(60)]
    news += dice.sample(news, 20)
    dice.shuffle(news)

    for event in news:
        if dice.random() < 0.7:
            room.take(event)
        if dice.random() < 0.1:
            await asyncio.sleep(0)
    room.notice(len(log.events))
    await asyncio.sleep(0.3)

    for listener in listeners:
        assert listener.heard == [f"edit {n}" for n in range(1, 61)]


async def test_a_room_goes_with_its_last_member(log: Log):
    hub, alice, bob = Hub(), Listener("alice"), Listener("bob")
    hub.join("room", alice, log)
    hub.join("room", bob, log)

    hub.leave("room", alice)
    assert set(hub.rooms) == {"room"}
    hub.leave("room", bob)
    hub.leave("room", bob)

    assert hub.rooms == {}


async def test_publishing_from_another_thread_arrives_in_the_loop(log: Log):
    hub, alice = Hub(), Listener("alice")
    room = hub.join("room", alice, log)
    await room.admit(alice, 0)

    await asyncio.to_thread(hub.publish, log.append())
    await asyncio.sleep(0.05)

    assert alice.heard == ["edit 1"]
