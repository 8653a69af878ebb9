import asyncio

import pytest

from inference.service import gate as gates
from inference.service.gate import ClientGone, Gate
from modelship.lib.errors import Unavailable


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(gates, "POLL_SECONDS", 0.02)


async def here() -> bool:
    return False


async def left() -> bool:
    return True


async def hold(gate, wide, order, name, release):
    async with gate.lane(wide, here):
        order.append(name)
        await release.wait()


async def test_places_are_refused_at_once_when_all_are_taken():
    gate = Gate(lanes=1, queue=1, patience=9)

    with gate.place(), gate.place(), pytest.raises(Unavailable) as refusal, gate.place():
        """Nobody comes here."""
    assert refusal.value.code == "busy"
    assert refusal.value.extra["retry_after"] >= 1
    assert gate.places == 0


async def test_lanes_are_given_in_order_and_nobody_overtakes_who_needs_more():
    gate, order, release = Gate(lanes=2, queue=9, patience=9), [], asyncio.Event()
    async with gate.lane(1, here):
        waiting = [asyncio.create_task(hold(gate, 2, order, "wide", release))]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(hold(gate, 1, order, "narrow", release)))
        await asyncio.sleep(0.05)
        assert (order, gate.waiting, gate.busy) == ([], 2, 1)
    release.set()
    await asyncio.gather(*waiting)

    assert order == ["wide", "narrow"]
    assert (gate.busy, gate.waiting) == (0, 0)


async def test_who_asks_for_more_lanes_than_there_are_gets_all():
    gate = Gate(lanes=2, queue=0, patience=9)

    async with gate.lane(16, here) as wide:
        assert (wide, gate.busy) == (2, 2)


async def test_who_has_left_is_taken_out_of_the_line():
    gate = Gate(lanes=1, queue=9, patience=9)
    async with gate.lane(1, here):
        with pytest.raises(ClientGone):
            async with gate.lane(1, left):
                """Nobody comes here."""

    assert (gate.busy, gate.waiting) == (0, 0)


async def test_waiting_ends_after_a_while():
    gate = Gate(lanes=1, queue=9, patience=0.05)
    async with gate.lane(1, here):
        with pytest.raises(Unavailable):
            async with gate.lane(1, here):
                """Nobody comes here."""

    assert (gate.busy, gate.waiting) == (0, 0)


async def test_a_lane_given_to_who_is_just_cancelled_goes_on_to_the_next():
    gate, order, release = Gate(lanes=1, queue=9, patience=9), [], asyncio.Event()
    release.set()
    async with gate.lane(1, here):
        first = asyncio.create_task(hold(gate, 1, order, "first", release))
        second = asyncio.create_task(hold(gate, 1, order, "second", release))
        await asyncio.sleep(0.05)
        first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)

    assert order == ["second"]
    assert (gate.busy, gate.waiting) == (0, 0)
