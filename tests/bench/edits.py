"""Durable edits per second: through the action, and through the REST door, beside the bare disk."""

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.bench.processor import used_by
from tests.bench.report import Options, Table, median, ratio, share
from tests.bench.world import BATCH, caller, photo, post_edits, send_photo, served, spread
from tests.live_clients import World, change, new_id

BOXES = 1_000
SINGLES = 200
WIDTH, HEIGHT = 1280, 960

# Runs in a process of the same installation, as a worker's edits do.
IN_PROCESS = """
import json
from tests.bench.in_process import measured
print(json.dumps(measured({image!r}, {key!r}, {singles}, {batches})))
"""


@dataclass(frozen=True)
class Calls:
    """Seconds of each call, and milliseconds of processor time that one took."""

    seconds: list[float]
    cpu: float


def own_cpu() -> float:
    return time.process_time() * 1000


def run(options: Options) -> list[Table]:
    with served() as world, caller(world) as client:
        image = send_photo(client, world.dataset, photo(WIDTH, HEIGHT))
        boxes = spread(BOXES, world.classes, WIDTH, HEIGHT)
        post_edits(client, image, boxes)
        ids = [box["box_id"] for box in boxes]
        limit = bare_rows(world, options.repeats)
        table = Table(
            f"Durable edits: moving boxes of an image that has {BOXES:,}",
            ("way", "edits/s", "limit edits/s", "time / limit", "p50 ms", "p99 ms", "CPU ms a call"),
        )
        code = IN_PROCESS.format(image=image, key=world.key, singles=SINGLES, batches=2 * options.repeats)
        inside = json.loads(world.server.python(code).strip().splitlines()[-1])
        add_row(table, "apply_edits, one edit each", Calls(*inside["single"]), 1, limit["single"])
        add_row(table, f"apply_edits, {BATCH} edits each", Calls(*inside["batch"]), BATCH, limit["batch"])
        single, batch = over_rest(world, client, image, ids, options.repeats)
        floor = health(world)
        add_row(table, "REST, one edit each", single, 1, floor)
        add_row(table, f"REST, {BATCH} edits each", batch, BATCH, limit["batch"])
        table.notes.append(
            "Limit of the action and of REST batches: sqlite3 alone, the same pragmas and folder, one transaction per batch that "
            "updates as many rows by key and inserts one log row. Limit of single REST edits: GET /health by "
            "the same client on the same server. One client, one call at a time. CPU: the process that applies the edits."
        )
    return [table]


def add_row(table: Table, name: str, calls: Calls, size: int, limit: float) -> None:
    """Calls of `size` edits each beside a limit in seconds of one call."""
    typical = median(calls.seconds)
    milliseconds = [second * 1000 for second in calls.seconds]
    table.add(
        name,
        size / typical,
        size / limit,
        ratio(typical, limit),
        median(milliseconds),
        share(milliseconds, 0.99),
        calls.cpu,
    )


def moves(ids: list[str], step: int) -> list[dict[str, Any]]:
    """Edits that put each box somewhere else than the step before did."""
    return [change("update", box, x=10.0 + step % 50, y=20.0, w=30.0, h=30.0) for box in ids]


def over_rest(
    world: World, client: httpx.Client, image: str, ids: list[str], repeats: int
) -> tuple[Calls, Calls]:
    """Calls with one edit, and calls with a batch."""
    assert world.server.web is not None
    meter = partial(used_by, world.server.web.pid)

    def send(edits: list[dict[str, Any]]) -> None:
        answer = client.post(f"images/{image}/edits", json={"ref": new_id(), "edits": edits})
        assert answer.status_code == 200, answer.text

    single = timed(SINGLES, lambda at: send(moves([ids[at % len(ids)]], at)), meter)
    batch = timed(2 * repeats, lambda at: send(moves(ids[:BATCH], at)), meter)
    return single, batch


def health(world: World) -> float:
    """Median seconds of the cheapest answer that the server gives."""
    with httpx.Client(base_url=world.server.url) as client:
        return median(timed(SINGLES, lambda _: client.get("/health")).seconds)


def timed(count: int, work: Callable[[int], object], meter: Callable[[], float] = own_cpu) -> Calls:
    """Make `count` calls, after two to warm up; `meter` reads the processor time of whoever does the work."""
    seconds = []
    work(-2)
    work(-1)
    before = meter()
    for at in range(count):
        started = time.perf_counter()
        work(at)
        seconds.append(time.perf_counter() - started)
    return Calls(seconds, (meter() - before) / count)


def bare_rows(world: World, repeats: int) -> dict[str, float]:
    """Median seconds of one transaction with a single edit and with a batch, by sqlite3 alone."""
    log = json.dumps([change("update", new_id(), x=1.0, y=2.0, w=3.0, h=4.0)])
    database = sqlite3.connect(Path(world.server.home) / "bare.sqlite3", isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "CREATE TABLE box (id INTEGER PRIMARY KEY, x REAL, y REAL, w REAL, h REAL, seq INTEGER);"
        "CREATE TABLE log (seq INTEGER PRIMARY KEY, at REAL, edits TEXT);"
    )
    rows = [(at, 1.0, 2.0, 3.0, 4.0, 0) for at in range(BOXES)]
    database.executemany("INSERT INTO box VALUES (?, ?, ?, ?, ?, ?)", rows)

    def write(size: int) -> None:
        database.execute("BEGIN IMMEDIATE")
        seq = database.execute("SELECT coalesce(max(seq), 0) + 1 FROM log").fetchone()[0]
        database.executemany(
            "UPDATE box SET x = ?, y = ?, w = ?, h = ?, seq = ? WHERE id = ?",
            [(10.0, 20.0, 30.0, 30.0, seq, at) for at in range(size)],
        )
        database.execute("INSERT INTO log VALUES (?, ?, ?)", (seq, time.time(), log * size))
        database.execute("COMMIT")

    single = median(timed(SINGLES, lambda _: write(1)).seconds)
    batch = median(timed(4 * repeats, lambda _: write(BATCH)).seconds)
    database.close()
    return {"single": single, "batch": batch}
