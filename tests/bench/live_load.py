"""The people of the live bench: they move boxes by the clock, and note when who heard of it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import orjson
import websockets

from tests.bench.processor import used_by
from tests.live_clients import change, new_id

PATIENCE = 20.0
JOIN_SECONDS = 30.0


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
        at, ref = time.perf_counter(), ref_of(message)
        if ref not in self.sent:
            return
        if message["type"] == "ack":
            self.acked[ref] = at - self.sent[ref]
        elif message["type"] in ("edits", "presence") and ref not in mine:
            self.delivered.append(at - self.sent[ref])
        elif message["type"] == "refused":
            self.refused += 1


@dataclass
class Place:
    """A room: where it is, whom it lets in, and the boxes to move in it.

    `seen` is the last revision that a greeting told, where the server greets. In a `passing` place
    nobody edits: they show what they are about to draw, which is passed on and never stored or answered.
    """

    url: str
    headers: dict[str, str]
    boxes: list[str]
    greets: bool
    pid: int
    seen: int = 0
    passing: bool = False


@dataclass
class Storm:
    """How long each took to get in; `errors` did not."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0


async def load(places: list[Place], clients: int, rate: int, seconds: float) -> Heard:
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
        before, count = used_by(places[0].pid), round(seconds * rate / clients)
        speakers = (
            speak(socket, place, heard, mine, (at / rate, clients / rate, count))
            for at, (socket, place, mine) in enumerate(zip(sockets, seats, voices, strict=True))
        )
        await asyncio.gather(*speakers, return_exceptions=True)
        await settled(heard, clients // len(places) - 1, is_answered=not places[0].passing)
        heard.cpu = used_by(places[0].pid) - before
        for reader in readers:
            reader.cancel()
    return heard


@asynccontextmanager
async def opened(place: Place, last_seq: int | None = None) -> AsyncIterator[websockets.ClientConnection]:
    """A connection that has been greeted."""
    async with websockets.connect(
        place.url,
        additional_headers=place.headers,
        max_size=None,
        compression=None,
        ping_interval=None,
        open_timeout=JOIN_SECONDS,
    ) as socket:
        if place.greets:
            await greet(socket, place, last_seq)
        yield socket


async def greet(socket: websockets.ClientConnection, place: Place, last_seq: int | None) -> None:
    await socket.send(json.dumps({"type": "hello", "last_seq": last_seq}))
    async for text in socket:
        message = json.loads(text)
        if message["type"] in ("snapshot", "replay"):
            place.seen = message["seq"]
            return
    raise OSError("The server did not greet.")


async def read(socket: websockets.ClientConnection, heard: Heard, mine: set[str]) -> None:
    async for text in socket:
        heard.take(orjson.loads(text), mine)


async def speak(
    socket: websockets.ClientConnection,
    place: Place,
    heard: Heard,
    mine: set[str],
    times: tuple[float, float, int],
) -> None:
    """Move one box after the other, by the clock, however long the answers take."""
    offset, period, count = times
    began = time.perf_counter() + offset
    for at in range(count):
        await asyncio.sleep(max(0.0, began + at * period - time.perf_counter()))
        ref, box = new_id(), place.boxes[(at * 7) % len(place.boxes)]
        message = orjson.dumps(drawing(ref, at) if place.passing else moving(ref, box, at)).decode()
        mine.add(ref)
        heard.sent[ref] = time.perf_counter()
        await socket.send(message)


def moving(ref: str, box: str, at: int) -> dict[str, Any]:
    edit = change("update", box, x=5.0 + at % 90, y=8.0, w=30.0, h=20.0)
    return {"type": "edits", "ref": ref, "base_seq": None, "edits": [edit]}


def drawing(ref: str, at: int) -> dict[str, Any]:
    ghost = {"ref": ref, "x": 5.0 + at % 90, "y": 8.0, "w": 30.0, "h": 20.0}
    return {"type": "presence", "cursor": [5.0, 8.0], "selection": [], "viewport": None, "ghost": ghost}


def ref_of(message: dict[str, Any]) -> str | None:
    return (message.get("ghost") or {}).get("ref") if message["type"] == "presence" else message.get("ref")


async def settled(heard: Heard, others: int, *, is_answered: bool) -> None:
    """Wait until everything has arrived, or nothing more has for a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        acks = len(heard.sent) if is_answered else 0
        if len(heard.acked) >= acks and len(heard.delivered) >= others * len(heard.sent):
            return
        await asyncio.sleep(0.05)


async def storm(seats: list[Place]) -> dict[str, Storm]:
    """Everybody joins at once; then every connection breaks and everybody is back at once."""
    joins, returns = Storm(), Storm()
    async with AsyncExitStack() as stack:
        sockets = await asyncio.gather(*(entered(stack, place, joins, None) for place in seats))
        for socket in sockets:
            if socket is not None:
                socket.transport.abort()
        await asyncio.gather(*(entered(stack, place, returns, place.seen) for place in seats))
    return {"join": joins, "reconnect after a cut of all": returns}


async def entered(
    stack: AsyncExitStack, place: Place, result: Storm, last_seq: int | None
) -> websockets.ClientConnection | None:
    began = time.perf_counter()
    try:
        socket = await stack.enter_async_context(opened(place, last_seq))
    except (OSError, TimeoutError, websockets.WebSocketException):
        result.errors += 1
        return None
    result.seconds.append(time.perf_counter() - began)
    return socket
