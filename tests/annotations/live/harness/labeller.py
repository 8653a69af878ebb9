"""A client as the editor is one: keeps what is unanswered, comes back, asks for what it missed, resends."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import websockets

from annotations.edits import BoxState, fold
from tests.annotations.live.harness.network import Line, Weather
from tests.annotations.live.harness.wishes import Wishes
from tests.live_clients import World, connected, new_id

ENDS = (websockets.ConnectionClosed, OSError, TimeoutError, websockets.InvalidHandshake)
WINDOW = 6
# How long an answer may take before the connection is given up.
PATIENCE = 10.0


class Labeller:
    def __init__(
        self, world: World, image: str, *, seed: int, weather: Weather, wants: Callable[[], bool]
    ) -> None:
        """`wants` is asked before each batch whether there is more to do for anybody."""
        self.world, self.image, self.weather, self.wants = world, image, weather, wants
        self.dice = random.Random(seed)
        self.wishes = Wishes(self.dice, world.classes)
        self.pending: dict[str, list[dict[str, Any]]] = {}
        self.acked: set[str] = set()
        self.dropped: dict[str, str] = {}
        self.boxes: dict[str, BoxState] = {}
        self.seq: int | None = None
        self.counts: Counter[str] = Counter()
        # Refused while a copy was under way, which is judged anew: only what was applied is remembered.

    async def work(self) -> None:
        """Until nothing is wanted any more and everything is answered."""
        while self.wants() or self.pending:
            try:
                async with connected(
                    self.world.server, self.image, self.world.key, ping_interval=None
                ) as client:
                    await asyncio.wait_for(self._sit(Line(client, self.dice, self.weather)), 120)
            except ENDS as end:
                self.counts["cuts"] += isinstance(end, websockets.ConnectionClosed)
                await asyncio.sleep(self.dice.uniform(0.02, 0.15))

    async def catch_up(self) -> None:
        """Connect once more and hear what was missed."""
        async with connected(self.world.server, self.image, self.world.key) as client:
            self.hear(await client.hello(self.seq))
            while self.seq is None:
                self.hear(await client.hello(None))

    async def _sit(self, line: Line) -> None:
        """One connection, from the greeting until the work is done or the line is dead."""
        self._line = line
        self.hear(await line.client.hello(self.seq))
        resent = list(self.pending.items())
        self.dice.shuffle(resent)
        self.counts["resent"] += len(resent)
        for ref, edits in resent:
            line.send(edits_message(ref, edits))
        hearing = asyncio.create_task(line.hear(self.hear))
        speaking = asyncio.create_task(self._speak(line, hearing))
        try:
            done, _ = await asyncio.wait({hearing, speaking}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self.counts["repeated"] += line.repeated
            line.end()
            hearing.cancel()
            speaking.cancel()

    async def _speak(self, line: Line, hearing: asyncio.Task[None]) -> None:
        quiet = 0.0
        before = len(self.acked)
        while self.wants() or self.pending:
            if len(self.pending) < WINDOW and self.wants():
                ref = new_id()
                self.pending[ref] = self.wishes.some(self.boxes)
                self.counts["edits"] += len(self.pending[ref])
                line.send(edits_message(ref, self.pending[ref]))
            pause = self.dice.uniform(0.02, 0.06)
            await asyncio.sleep(pause)
            quiet = quiet + pause if len(self.acked) == before else 0.0
            before = len(self.acked)
            if quiet > PATIENCE:
                raise TimeoutError("no answer comes")

    def hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "snapshot":
            self.boxes = {box["id"]: state_of(box) for box in message["boxes"]}
            self.seq = message["seq"]
        elif message["type"] == "replay":
            for batch in message["edits"]:
                self._take(batch)
        elif message["type"] == "edits":
            self._take(message)
        elif message["type"] in ("ack", "refused") and message["ref"] in self.pending:
            self._hear_answer(message)

    def _hear_answer(self, answer: dict[str, Any]) -> None:
        ref = answer["ref"]
        if answer["type"] == "refused" and answer["problem"]["status"] >= 429:
            # The server could not judge just now; the editor says it again too.
            self.counts["put off"] += 1
            if self._line is not None:
                self._line.send(edits_message(ref, self.pending[ref]))
            return
        self._settle(answer, self.pending.pop(ref))

    def _settle(self, answer: dict[str, Any], edits: list[dict[str, Any]]) -> None:
        dropped = {drop["op_id"]: drop["code"] for drop in answer["dropped"]}
        if answer["type"] == "refused":
            code = answer["problem"]["code"]
            dropped = {edit["op_id"]: code for edit in edits} | dropped
        self.dropped |= dropped
        self.acked |= {edit["op_id"] for edit in edits} - dropped.keys()
        if answer["type"] == "ack" and self._follows(answer["seq"]):
            alive = {box["id"]: state_of(box) for box in answer["boxes"]}
            for uid in {edit["box_id"] for edit in edits}:
                self.boxes.pop(uid, None)
            self.boxes |= alive
            self.seq = answer["seq"]

    def _take(self, batch: dict[str, Any]) -> None:
        if not self._follows(batch["seq"]):
            return
        whole = {box["id"]: state_of(box) for box in batch.get("boxes", ())}
        for edit in batch["edits"]:
            uid = edit["box_id"]
            if uid not in self.boxes and uid not in whole and edit["kind"] != "add":
                # It came back from the dead and only the server knows how it looked.
                self._ask(None)
                return
            if uid in self.boxes or edit["kind"] == "add":
                self.boxes[uid] = fold(self.boxes.get(uid), edit, batch["seq"], batch["actor"]["user"])
        self.boxes = {uid: box for uid, box in (self.boxes | whole).items() if not box.deleted}
        self.seq = batch["seq"]

    def _follows(self, seq: int) -> bool:
        """Whether a revision is the next one; asks for what is missing where it lies further ahead."""
        if self.seq is None or seq <= self.seq:
            return False
        if seq > self.seq + 1:
            self.counts["gaps"] += 1
            self._ask(self.seq)
            return False
        return True

    def _ask(self, last_seq: int | None) -> None:
        self.seq = last_seq
        self.counts["asked again"] += 1
        if self._line is not None:
            self._line.send({"type": "hello", "last_seq": last_seq})

    _line: Line | None = None


def edits_message(ref: str, edits: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "edits", "ref": ref, "base_seq": None, "edits": edits}


def state_of(box: dict[str, Any]) -> BoxState:
    people = {name: box[name] and box[name]["id"] for name in ("created_by", "updated_by")}
    return BoxState(**{**box, **people})


def shown(boxes: dict[str, BoxState]) -> dict[str, Any]:
    """Everything but the revision of the making, which does not travel."""
    return {uid: json.loads(json.dumps(box.wire({}))) for uid, box in boxes.items()}
