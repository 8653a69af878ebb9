"""A detector service that hangs takes nothing from people who edit: edits are acknowledged and stored all along."""

import asyncio

import pytest

from tests.inference.client.bad_service import good, hanging
from tests.inference.editing_beside import acks, editing_beside
from tests.live_clients import joined

pytestmark = pytest.mark.slow
EDITS = 30


@pytest.fixture
def beside(tmp_path):
    with editing_beside(tmp_path) as world:
        yield world


def test_edits_are_acknowledged_while_the_service_hangs_and_jobs_wait(beside):
    world, detector = beside.world, beside.detector
    images = [world.image(64, 64) for _ in range(3)]
    detector.mood = hanging

    async def edit() -> tuple[str, dict]:
        """As somebody who was there before, and as somebody who comes meanwhile."""
        async with joined(world.server, images[0], world.key) as alice:
            job = await asyncio.to_thread(beside.label_all)
            with beside.people_waiting(images[1]):
                # One look for a lane of the job, one for a caller: they hang by now.
                await asyncio.to_thread(beside.wait_for_looks, 2)
                before = len(await acks(alice, EDITS))
                async with joined(world.server, images[0], world.key) as bob:
                    assert len(await acks(bob, EDITS)) == before
                return job, await asyncio.to_thread(beside.job, job)

    job, during = asyncio.run(edit())

    assert during["state"] == "running"
    assert during["progress"]["done"] == 0
    assert len(world.boxes(images[0])["results"]) == 2 * EDITS
    assert detector.at_once > 0

    detector.mood = good
    detector.over.set()
    finished = beside.until_over(job)
    assert (finished["state"], finished["result"]["images"]) == ("succeeded", 3)
    assert len(world.boxes(images[0])["results"]) == 2 * EDITS
