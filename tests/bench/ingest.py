"""Pictures in: uploads over REST beside decoding alone, and beside our own child's work without any door."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from PIL import Image

from datasets.imaging.inspect import ImageLimits
from datasets.imaging.renditions import examine
from datasets.imaging.sizes import INGEST_SIZES
from tests.bench import pictures_in
from tests.bench.processor import used_by
from tests.bench.report import Options, Table, median, ratio, shared
from tests.bench.world import caller, served
from tests.live_clients import World, new_id

LIMITS = ImageLimits(pixels=50_000_000, side=20_000, frames=1_000)
SENDERS = 2


def run(options: Options) -> list[Table]:
    photos = sorted(shared("coco_val2017/images").glob("*.jpg"))
    table = Table(
        f"Ingest: {len(photos)} COCO photos (640 px) with sha256, checks, EXIF and two thumbnails",
        ("way", "photos/s", "time / decode", "CPU ms a photo", "CPU / decode"),
    )
    with served() as world, tempfile.TemporaryDirectory(prefix="modelship-bench-") as folder:
        ways: dict[str, Callable[[], object]] = {
            "limit: Pillow decodes, one thread": lambda: decode(photos),
            "our examination and thumbnails alone, one thread": lambda: [
                examine(str(path), "jpeg", LIMITS, folder, INGEST_SIZES) for path in photos
            ],
            "REST, all in one request": lambda: upload(world, photos, senders=1, per_call=len(photos)),
            "REST, a request each, one after the other": lambda: upload(world, photos, senders=1, per_call=1),
            f"REST, a request each, {SENDERS} at a time": lambda: upload(
                world, photos, senders=SENDERS, per_call=1
            ),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        used: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(options.repeats + 1):
            for name, work in ways.items():
                if name.startswith("REST"):
                    world = elsewhere(world)
                assert world.server.web is not None
                worker = world.server.web.pid if name.startswith("REST") else os.getpid()
                started, before = time.perf_counter(), used_by(worker)
                work()
                if turn:
                    seconds[name].append(time.perf_counter() - started)
                    used[name].append((used_by(worker) - before) / len(photos))
        tables = pictures_in.sizes(options, photos, world, lambda: sender(world))
    limit, least = (median(next(iter(taken.values()))) for taken in (seconds, used))
    for name in ways:
        typical, cpu = median(seconds[name]), median(used[name])
        table.add(name, len(photos) / typical, ratio(typical, limit), cpu, ratio(cpu, least))
    table.notes.append(
        "Every upload goes to a tenant that has none of the photos: nothing is found to be there already. "
        "CPU of REST: the server and its decoding children."
    )
    return [table, *tables]


def sender(world: World) -> Callable[[Sequence[Path]], None]:
    """What sends files to a new tenant, all in one request."""
    tenant = elsewhere(world)
    return lambda files: upload(tenant, list(files), senders=1, per_call=len(files))


def elsewhere(world: World) -> World:
    """A new tenant on the same server."""
    return World.make(world.server, f"acme-{new_id()[:8]}", f"{new_id()}@example.com")


def decode(photos: list[Path]) -> None:
    for path in photos:
        with Image.open(path) as picture:
            picture.load()


def upload(world: World, photos: list[Path], *, senders: int, per_call: int) -> None:
    """Send the photos, `per_call` in a request, by so many connections; every one must be created."""
    shares = [photos[start::senders] for start in range(senders)]
    with ThreadPoolExecutor(senders) as threads:
        list(threads.map(lambda part: send(world, part, per_call), shares))


def send(world: World, photos: list[Path], per_call: int) -> None:
    with caller(world) as client:
        for start in range(0, len(photos), per_call):
            post(client, world.dataset, photos[start : start + per_call])


def post(client: httpx.Client, dataset: str, photos: list[Path]) -> None:
    files = [("files", (path.name, path.read_bytes(), "image/jpeg")) for path in photos]
    answer = client.post(f"datasets/{dataset}/images", files=files)
    statuses = {result["status"] for result in answer.json()["results"]}
    assert statuses == {"created"}, answer.text
