"""The server is killed in the middle of edits: what was acknowledged is there, and nothing is there twice."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import websockets

from annotations.edits import BoxState, fold, fold_log
from tests.live_clients import LiveClient, World, add, change, connected, new_id
from tests.servers import Server

pytestmark = pytest.mark.xdist_group("live")

KILLS = 4
EDITS = 150


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("mortal"), pages=False)
    try:
        yield server.start()
    finally:
        server.stop()


class Labeller:
    """A client as the editor is one: keeps what is unanswered, comes back, asks for what it missed, resends."""

    def __init__(self, world: World, image: str, shared: list[str], seed: int) -> None:
        self.world, self.image, self.shared = world, image, shared
        self.dice = random.Random(seed)
        self.own: list[str] = []
        self.pending: dict[str, list[dict[str, Any]]] = {}
        self.acked: set[str] = set()
        self.dropped: set[str] = set()
        self.boxes: dict[str, BoxState] = {}
        self.seq: int | None = None
        self.cuts = 0

    async def work(self) -> None:
        left = EDITS
        while left or self.pending:
            try:
                async with connected(self.world.server, self.image, self.world.key) as client:
                    await self.greet(client)
                    for ref, edits in list(self.pending.items()):
                        await client.edit(*edits, ref=ref)
                        await asyncio.sleep(0.02)
                    left = await self.edit_on(client, left)
            except (websockets.ConnectionClosed, OSError, TimeoutError, websockets.InvalidHandshake) as cut:
                self.cuts += isinstance(cut, websockets.ConnectionClosed)
                await asyncio.sleep(0.1)

    async def greet(self, client: LiveClient) -> None:
        answer = await client.hello(self.seq)
        if answer["type"] == "snapshot":
            self.boxes = {box["id"]: state_of(box) for box in answer["boxes"]}
            self.seq = answer["seq"]
        else:
            for batch in answer["edits"]:
                self.take(batch)

    async def edit_on(self, client: LiveClient, left: int) -> int:
        while left or self.pending:
            if left and len(self.pending) < 5:
                ref = new_id()
                self.pending[ref] = [self.wish()]
                left -= 1
                await client.edit(*self.pending[ref], ref=ref)
                await asyncio.sleep(self.dice.uniform(0, 0.04))
            try:
                message = await client.until("ack", "refused", "edits", patience=0.001 if left else 5)
            except TimeoutError:
                if left:
                    continue
                raise
            self.hear(message)
        return left

    def wish(self) -> dict[str, Any]:
        """Mostly own boxes, now and then one that both fight for."""
        roll = self.dice.random()
        if roll < 0.5 or not self.own:
            edit = add(x=self.dice.randrange(150))
            self.own.append(edit["box_id"])
            return edit
        box = self.dice.choice(self.shared if roll < 0.75 else self.own)
        if roll > 0.95:
            return change("delete", self.dice.choice(self.own))
        return change("update", box, x=self.dice.randrange(150), y=5, w=10, h=10)

    def hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "edits":
            self.take(message)
            return
        edits = self.pending.pop(message["ref"], [])
        dropped = {drop["op_id"] for drop in message["dropped"]}
        self.dropped |= dropped
        if message["type"] == "ack":
            self.acked |= {edit["op_id"] for edit in edits} - dropped
            if self.seq is not None and message["seq"] == self.seq + 1:
                self.take_own(message, [edit for edit in edits if edit["op_id"] not in dropped])

    def take_own(self, ack: dict[str, Any], edits: list[dict[str, Any]]) -> None:
        self.boxes |= {box["id"]: state_of(box) for box in ack["boxes"]}
        for edit in edits:
            if edit["kind"] == "delete":
                self.boxes.pop(edit["box_id"], None)
        self.seq = ack["seq"]

    def take(self, batch: dict[str, Any]) -> None:
        if batch["seq"] <= (self.seq or 0):
            return
        assert batch["seq"] == (self.seq or 0) + 1, "the room left a gap"
        for edit in batch["edits"]:
            box = fold(self.boxes.get(edit["box_id"]), edit, batch["seq"], batch["actor"]["user"])
            self.boxes[box.id] = box
            if box.deleted:
                del self.boxes[box.id]
        self.seq = batch["seq"]


def state_of(box: dict[str, Any]) -> BoxState:
    people = {name: box[name] and box[name]["id"] for name in ("created_by", "updated_by")}
    return BoxState(**{**box, **people})


def shown(boxes: dict[str, BoxState]) -> dict[str, Any]:
    """Everything but the revision of the making, which does not travel."""
    return {uid: json.loads(json.dumps(box.wire({}))) for uid, box in boxes.items()}


async def test_killed_during_edits_of_two_clients(mortal: Server):
    world = World.make(mortal)
    image, shared = world.image(), [new_id() for _ in range(4)]
    status, _ = mortal.call(
        "POST", f"images/{image}/edits", world.key, {"edits": [add(box) for box in shared]}
    )
    assert status == 200
    labellers = [Labeller(world, image, shared, seed) for seed in (1, 2)]

    async def slaughter() -> None:
        for seconds in (0.8, 0.5, 1.1, 0.7)[:KILLS]:
            await asyncio.sleep(seconds)
            mortal.kill()
            await asyncio.to_thread(mortal.restart)

    async with asyncio.timeout(90):
        await asyncio.gather(slaughter(), *[labeller.work() for labeller in labellers])

    log = world.log(image)
    applied = Counter(edit["op_id"] for batch in log for edit in batch["edits"])
    assert set(applied.values()) == {1}
    for labeller in labellers:
        assert labeller.cuts >= 2
        assert len(labeller.acked) + len(labeller.dropped) >= EDITS
        assert labeller.acked <= applied.keys()
        assert not labeller.dropped & applied.keys()
    assert [batch["seq"] for batch in log] == list(range(1, len(log) + 1))
    folded = {uid: box for uid, box in fold_log(log).items() if not box.deleted}
    stored = {box["id"]: state_of(box) for box in world.boxes(image)["results"]}
    assert shown(stored) == shown(folded)

    for labeller in labellers:
        async with connected(mortal, image, world.key) as client:
            await labeller.greet(client)
        assert shown(labeller.boxes) == shown(stored)
