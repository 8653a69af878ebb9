"""How soon edits are acknowledged while the detector service hangs, beside how soon they are without it."""

import asyncio
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.report import Options, Table, median, ratio, share
from tests.inference.client.bad_service import good, hanging
from tests.inference.editing_beside import CALLERS, Beside, acks, editing_beside
from tests.live_clients import joined

EDITS = 200


def measured(options: Options) -> Table:
    """`repeats` rounds of each, in turns, so that other load hits both alike."""
    table = Table(
        f"Edits over a websocket, {EDITS} one after the other, while a job and {CALLERS} callers wait for the service",
        ("detector service", "edits", "ack p50 ms", "ack p99 ms", "of p50"),
    )
    with TemporaryDirectory(prefix="beside-") as home, editing_beside(Path(home)) as beside:
        images = [beside.world.image(64, 64) for _ in range(3)]
        asyncio.run(_edited(beside, images[0]))
        calm, hung = [], []
        for _ in range(options.repeats):
            calm += asyncio.run(_edited(beside, images[0]))
            hung += _while_hanging(beside, images)
    for name, seconds in (("works, nothing to do", calm), ("hangs", hung)):
        p50 = median(seconds)
        table.add(name, len(seconds), p50 * 1000, share(seconds, 0.99) * 1000, ratio(p50, median(calm)))
    return table


def _while_hanging(beside: Beside, images: list[str]) -> list[float]:
    detector = beside.detector
    detector.over, detector.mood = threading.Event(), hanging
    before = detector.looks
    job = beside.label_all()
    try:
        with beside.people_waiting(images[1]):
            beside.wait_for_looks(before + 2)
            return asyncio.run(_edited(beside, images[0]))
    finally:
        detector.mood = good
        detector.over.set()
        beside.until_over(job)


async def _edited(beside: Beside, image: str) -> list[float]:
    async with joined(beside.world.server, image, beside.world.key) as client:
        return await acks(client, EDITS)
