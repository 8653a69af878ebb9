"""Live editing over sockets at fixed rates: how soon the sender knows, how soon the others see it, what is lost."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import websockets

from tests.bench.processor import used_by
from tests.bench.report import Options, Table, median, ratio, share
from tests.bench.world import caller, photo, post_edits, send_photo, served, spread
from tests.data import ROOT
from tests.live_clients import World, change, new_id
from tests.servers import free_port

ROOMS, CLIENTS = 4, 20
# Edits a second of all clients together; a connection may say 50 things a second.
RATES = (40, 100, 200)
LARGE_RATES = (400,)
SECONDS = 5.0
PATIENCE = 20.0
BOXES = 100
WIDTH, HEIGHT = 1280, 960


@dataclass
class Heard:
    """When every batch was sent, answered, and received by others than its sender."""

    sent: dict[str, float] = field(default_factory=dict)
    acked: dict[str, float] = field(default_factory=dict)
    refused: int = 0
    delivered: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def take(self, message: dict[str, Any], mine: set[str]) -> None:
        """`mine` are the batches of the connection that got the message."""
        at, ref = time.perf_counter(), message.get("ref")
        if ref not in self.sent:
            return
        if message["type"] == "ack":
            self.acked[ref] = at - self.sent[ref]
        elif message["type"] == "edits" and ref not in mine:
            self.delivered.append(at - self.sent[ref])
        elif message["type"] == "refused":
            self.refused += 1


@dataclass(frozen=True)
class Place:
    """A room: where it is, whom it lets in, and the boxes to move in it."""

    url: str
    headers: dict[str, str]
    boxes: list[str]
    greets: bool = True
    pid: int = 0


def run(options: Options) -> list[Table]:
    table = Table(
        f"Live editing: moves of single boxes, {SECONDS:.0f} s at each rate, in images of {BOXES} boxes",
        ("clients, rooms", "edits/s", "server", "ack p50", "ack p99", "/ limit p50", "seen p50", "seen p99",
         "/ limit p50 ", "deliveries", "lost", "not acked", "CPU ms an edit"),
    )  # fmt: skip
    with served() as world, bare_rooms() as bare:
        places = [place_of(world) for _ in range(ROOMS)]
        plan = [(1, 1, RATES[0]), *((CLIENTS, ROOMS, rate) for rate in rates(options))]
        for clients, rooms, rate in plan:
            limit = asyncio.run(load(bare[:rooms], clients, rate))
            heard = asyncio.run(load(places[:rooms], clients, rate))
            for name, one in (("bare websockets", limit), ("ModelShip", heard)):
                add_row(table, (clients, rooms, rate), name, one, limit)
            assert_kept(world, places[:rooms], heard)
    table.notes += [
        "Milliseconds from sending to the sender's ack (after the commit) and to each other member's copy. The "
        "limit is a bare websockets server that stores nothing. The clients run on the same cores.",
        "After each rate the log of every image was read back: each acknowledged batch is in it, once.",
    ]
    return [table]


def rates(options: Options) -> tuple[int, ...]:
    return RATES + LARGE_RATES if options.large else RATES


def add_row(table: Table, plan: tuple[int, int, int], name: str, heard: Heard, limit: Heard) -> None:
    clients, rooms, rate = plan
    acks, theirs = list(heard.acked.values()), list(limit.acked.values())
    expected = len(heard.sent) * (clients // rooms - 1)
    seen = heard.delivered
    table.add(
        f"{clients}, {rooms}",
        rate,
        name,
        *(share(acks, part) * 1000 for part in (0.5, 0.99)),
        ratio(median(acks), median(theirs)) if acks and theirs else None,
        *((share(seen, part) * 1000 if seen else None) for part in (0.5, 0.99)),
        ratio(median(seen), median(limit.delivered)) if seen and limit.delivered else None,
        len(seen),
        expected - len(seen),
        len(heard.sent) - len(heard.acked),
        heard.cpu / len(heard.sent),
    )


def place_of(world: World) -> Place:
    """A new image with boxes, and its socket."""
    with caller(world) as client:
        world.pictures += 1
        image = send_photo(client, world.dataset, photo(WIDTH, HEIGHT, seed=world.pictures))
        boxes = spread(BOXES, world.classes, WIDTH, HEIGHT)
        post_edits(client, image, boxes)
    assert world.server.web is not None
    url = f"{world.server.url.replace('http', 'ws', 1)}/ws/v1/canvas/{image}/"
    return Place(
        url,
        {"Authorization": f"Api-Key {world.key}"},
        [box["box_id"] for box in boxes],
        pid=world.server.web.pid,
    )


@contextmanager
def bare_rooms() -> Iterator[list[Place]]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.bare_room", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        boxes = [new_id() for _ in range(BOXES)]
        yield [
            Place(f"ws://127.0.0.1:{port}/{room}", {}, boxes, greets=False, pid=process.pid)
            for room in range(ROOMS)
        ]
    finally:
        process.terminate()
        process.wait()


async def load(places: list[Place], clients: int, rate: int) -> Heard:
    """Connect the clients, send at the rate for some seconds, wait for what is still on its way."""
    heard = Heard()
    async with AsyncExitStack() as stack:
        seats = list(islice(cycle(places), clients))
        sockets = [await stack.enter_async_context(opened(place)) for place in seats]
        voices = [set[str]() for _ in sockets]
        readers = [
            asyncio.create_task(read(socket, heard, mine))
            for socket, mine in zip(sockets, voices, strict=True)
        ]
        before = used_by(places[0].pid)
        await asyncio.gather(
            *(
                speak(socket, place, heard, mine, period=clients / rate, offset=at / rate)
                for at, (socket, place, mine) in enumerate(zip(sockets, seats, voices, strict=True))
            )
        )
        await settled(heard, clients // len(places) - 1)
        heard.cpu = used_by(places[0].pid) - before
        for reader in readers:
            reader.cancel()
    return heard


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[websockets.ClientConnection]:
    """A connection that has been greeted."""
    async with websockets.connect(place.url, additional_headers=place.headers, max_size=None) as socket:
        if place.greets:
            await socket.send(json.dumps({"type": "hello", "last_seq": None}))
            while json.loads(await socket.recv())["type"] != "snapshot":
                pass
        yield socket


async def read(socket: websockets.ClientConnection, heard: Heard, mine: set[str]) -> None:
    async for text in socket:
        heard.take(json.loads(text), mine)


async def speak(
    socket: websockets.ClientConnection,
    place: Place,
    heard: Heard,
    mine: set[str],
    *,
    period: float,
    offset: float,
) -> None:
    """Move one box after the other, by the clock, however long the answers take."""
    began = time.perf_counter() + offset
    count = round(SECONDS / period)
    for at in range(count):
        await asyncio.sleep(max(0.0, began + at * period - time.perf_counter()))
        ref, box = new_id(), place.boxes[(at * 7) % len(place.boxes)]
        edit = change("update", box, x=5.0 + at % 90, y=8.0, w=30.0, h=20.0)
        mine.add(ref)
        heard.sent[ref] = time.perf_counter()
        await socket.send(json.dumps({"type": "edits", "ref": ref, "base_seq": None, "edits": [edit]}))


async def settled(heard: Heard, others: int) -> None:
    """Wait until everything has arrived, or nothing more has for a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if len(heard.acked) == len(heard.sent) and len(heard.delivered) >= others * len(heard.sent):
            return
        await asyncio.sleep(0.05)


def assert_kept(world: World, places: list[Place], heard: Heard) -> None:
    """What was acknowledged is in the log, exactly once."""
    kept: Counter[str] = Counter()
    for place in places:
        image = place.url.rstrip("/").rpartition("/")[2]
        kept.update(batch["ref"] for batch in world.log(image))
    missing = [ref for ref in heard.acked if kept[ref] != 1]
    assert missing == [], f"{len(missing)} acknowledged batches are not in the log once."
