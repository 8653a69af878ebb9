"""Live editing by 100 people in 20 rooms: what a delivery costs, how much is clean, whether all get in at once."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle, islice

import httpx

from tests.bench.live_load import Heard, Place, load, storm
from tests.bench.live_servers import bare_rooms, layer_rooms
from tests.bench.processor import resident_mib
from tests.bench.report import Options, Table, median, ratio, share
from tests.bench.world import caller, photo, post_edits, send_photo, served, spread
from tests.live_clients import World

ROOMS, CLIENTS = 20, 100
# Edits a second of all clients together, doubled until it is not clean; a connection may say 50 things a second.
RATE, MOST = 500, 4_000
SECONDS = 5.0
# Slower than this is not live, and a rate at which it happens is not clean.
LIMIT_MS = 250.0
BOXES = 100
WIDTH, HEIGHT = 1280, 960
OURS, LIMIT, PEER = "ModelShip", "bare websockets", "daphne + channel layer"
# The same server where nothing is stored: what is left is how messages go in and out.
PASSING = "ModelShip, presence"


@dataclass
class Round:
    """One server at one rate."""

    heard: Heard
    rate: int
    is_answered: bool = True

    @property
    def lost(self) -> int:
        return len(self.heard.sent) * (CLIENTS // ROOMS - 1) - len(self.heard.delivered)

    @property
    def unanswered(self) -> int:
        return len(self.heard.sent) - len(self.heard.acked) if self.is_answered else 0

    @property
    def p99(self) -> float:
        return share(self.heard.delivered, 0.99) * 1000

    @property
    def cost(self) -> float:
        """Microseconds of the server's processor a message that it sent: the answers and the others' copies."""
        told = len(self.heard.acked) + len(self.heard.delivered)
        return self.heard.cpu * 1000 / told if told else 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.unanswered or self.heard.refused) and self.p99 <= LIMIT_MS


def run(options: Options) -> list[Table]:
    columns = (
        "edits/s", "server", "ack p50 ms", "ack p99", "seen p50", "seen p99", "deliveries", "lost", "not acked",
        "CPU us a delivery", "/ limit", "clean",
    )  # fmt: skip
    table = Table(
        f"Live editing: {CLIENTS} clients in {ROOMS} rooms, {SECONDS:.0f} s at each rate, images of {BOXES} boxes",
        columns,
    )
    with ExitStack() as stack:
        world = stack.enter_context(served())
        servers = {
            LIMIT: stack.enter_context(bare_rooms(ROOMS, BOXES)),
            PEER: stack.enter_context(layer_rooms(ROOMS, BOXES)),
            OURS: [place_of(world) for _ in range(ROOMS)],
        }
        servers[PASSING] = [replace(place, passing=True) for place in servers[OURS]]
        asyncio.run(load(servers[OURS], CLIENTS, RATE, 1.0))
        memory = [resident_mib(servers[OURS][0].pid)]
        best = usual_rate(table, world, servers, options.repeats)
        memory.append(resident_mib(servers[OURS][0].pid))
        highest = {
            name: best[name] and double(table, world, name, places)
            for name, places in servers.items()
            if name != PASSING
        }
        memory.append(resident_mib(servers[OURS][0].pid))
        answers = [highest_table(highest), crowd_table(servers[OURS], memory)]
    table.notes += [
        "Each edit is durable before it is answered, except at the two others, which keep nothing. "
        "Milliseconds from sending to the sender's ack and to each other member's copy. A delivery is a message "
        "that the server sent: an ack or a copy. The clients run on the same cores. Presence is passed on at the "
        "same rate and neither stored nor answered: the difference is what storing an edit costs.",
        f"Clean: nothing lost, refused or unanswered, p99 within {LIMIT_MS:.0f} ms. After each rate the log of "
        "every image was read back: each acknowledged batch is in it, once.",
    ]
    return [table, *answers]


def usual_rate(table: Table, world: World, servers: dict[str, list[Place]], repeats: int) -> dict[str, bool]:
    """All servers in turns at the usual rate, medians of the rounds; says whose rounds were mostly clean."""
    rounds: dict[str, list[Round]] = {name: [] for name in servers}
    for _ in range(repeats):
        for name, places in servers.items():
            rounds[name].append(measured(world, name, places, RATE))
    middles = {
        name: sorted(found, key=lambda one: one.cost)[len(found) // 2] for name, found in rounds.items()
    }
    for name, one in middles.items():
        add_row(table, name, one, middles[LIMIT])
    return {name: sum(one.clean for one in found) * 2 > len(found) for name, found in rounds.items()}


def double(table: Table, world: World, name: str, places: list[Place]) -> int:
    """Twice the rate as long as it is clean; the highest that was."""
    rate = RATE
    while rate < MOST:
        one = measured(world, name, places, rate * 2)
        add_row(table, name, one, None)
        if not one.clean:
            break
        rate *= 2
    return rate


def measured(world: World, name: str, places: list[Place], rate: int) -> Round:
    heard = asyncio.run(load(places, CLIENTS, rate, SECONDS))
    if name == OURS:
        assert_kept(world, places, heard)
    return Round(heard, rate, is_answered=name != PASSING)


def add_row(table: Table, name: str, one: Round, limit: Round | None) -> None:
    acks, seen = list(one.heard.acked.values()), one.heard.delivered
    table.add(
        one.rate,
        name,
        *(share(acks, part) * 1000 if acks else None for part in (0.5, 0.99)),
        *(share(seen, part) * 1000 for part in (0.5, 0.99)),
        len(seen),
        one.lost,
        one.unanswered,
        one.cost,
        ratio(one.cost, limit.cost) if limit else None,
        "yes" if one.clean else "no",
    )


def highest_table(highest: dict[str, int | bool]) -> Table:
    table = Table("Live editing: the highest clean rate", ("server", "edits/s", f"/ {PEER}"))
    for name, rate in highest.items():
        shown = f"{rate:,}{' or more' if rate >= MOST else ''}" if rate else f"under {RATE}"
        table.add(name, shown, ratio(rate, highest[PEER]) if highest[PEER] else None)
    return table


def crowd_table(places: list[Place], memory: list[float]) -> Table:
    """All at the door at once, and all back at once after every connection broke."""
    table = Table(
        f"Live editing: {CLIENTS} at once", ("what", "got in", "errors", "first s", "median s", "last s")
    )
    for what, result in asyncio.run(storm(list(islice(cycle(places), CLIENTS)))).items():
        times = sorted(result.seconds)
        table.add(what, len(times), result.errors, times[0], median(times), times[-1])
        assert result.errors == 0, f"{what}: {result.errors} of {CLIENTS} did not get in."
    table.notes.append(
        f"Memory of the server: {memory[0]:.0f} MiB after a second of work, {memory[1]:.0f} after all rounds at "
        f"{RATE} edits/s, {memory[2]:.0f} after the highest rates."
    )
    return table


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
        greets=True,
        pid=world.server.web.pid,
    )


def assert_kept(world: World, places: list[Place], heard: Heard) -> None:
    """What was acknowledged is in the log, exactly once."""
    kept: Counter[str] = Counter()
    with caller(world) as client:
        for place in places:
            kept.update(refs_of(client, place))
    missing = [ref for ref in heard.acked if kept[ref] != 1]
    assert missing == [], f"{len(missing)} acknowledged batches are not in the log once."


def refs_of(client: httpx.Client, place: Place) -> Iterator[str]:
    image, since = place.url.rstrip("/").rpartition("/")[2], place.seen
    while True:
        page = client.get(f"images/{image}/edits", params={"since": since, "limit": 500}).json()
        yield from (batch["ref"] for batch in page["results"])
        if page["next"] is None:
            return
        since = page["results"][-1]["seq"]
