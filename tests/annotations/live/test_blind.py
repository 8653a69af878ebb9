"""Sockets of what is kept for one person: nobody else is let in or told, and who is kept out later has to leave."""

import asyncio

import pytest

from tests.annotations.live.test_doors import refusal
from tests.live_clients import LiveClient, World, connected, joined, new_id
from tests.modelship.live.test_jobs_socket import watching

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def kept(world: World) -> tuple[World, str, str, str]:
    """A dataset of one picture that is Bob's own, and the keys of Bob and Ann."""
    made = World.make(world.server, f"blind-{new_id()[:8]}", f"{new_id()}@example.com")
    image = made.image()
    (bob, bobs_key), (_, anns_key) = made.person("annotator"), made.person("annotator")
    change(made, f"audience='person', kept_for='{bob}'")
    return made, image, bobs_key, anns_key


def change(world: World, values: str) -> None:
    world.server.python(
        f"from datasets.models import Dataset; Dataset.objects.filter(id='{world.dataset}').update({values})"
    )


async def test_another_s_canvas_is_met_like_one_that_never_existed(kept: tuple[World, str, str, str]):
    world, image, bobs_key, anns_key = kept

    assert await refusal(world, image, anns_key) == await refusal(world, new_id(), anns_key)
    async with joined(world.server, image, bobs_key), joined(world.server, image, world.key):
        pass


async def test_who_is_kept_out_has_to_leave(kept: tuple[World, str, str, str]):
    world, image, bobs_key, _ = kept
    async with (
        connected(world.server, image, bobs_key) as bob,
        connected(world.server, image, world.key) as alice,
    ):
        await bob.hello()
        await alice.hello()

        await asyncio.to_thread(change, world, "audience='managers'")
        closed, _ = await bob.closed(patience=4)
        await alice.send({"type": "ping"})
        await alice.until("beat")

    assert closed is not None
    assert closed["code"] == "membership_ended"


async def test_jobs_about_it_are_told_to_them_and_to_managers(kept: tuple[World, str, str, str]):
    world, _, bobs_key, anns_key = kept
    args = f"{{'dataset': '{world.dataset}'}}"
    make = f"""
from modelship.jobs.models import Job
print(Job.objects.create(tenant_id='{world.tenant}', kind='none', title='Look', args={args}).id)
"""
    async with (
        watching(world, world.key) as alices,
        watching(world, bobs_key) as bobs,
        watching(world, anns_key) as anns,
    ):
        alice, bob, ann = LiveClient(alices), LiveClient(bobs), LiveClient(anns)
        for person in (alice, bob, ann):
            await person.until("snapshot")

        job_id = (await asyncio.to_thread(world.server.python, make)).strip()
        told = [await person.until("job", patience=4) for person in (alice, bob)]
        await asyncio.sleep(1.2)
        await ann.send({"type": "ping"})
        await ann.until("beat")

    assert [message["job"]["id"] for message in told] == [job_id, job_id]
    assert [message for message in ann.heard if message["type"] == "job"] == []
    async with watching(world, anns_key) as anns:
        assert (await LiveClient(anns).until("snapshot"))["jobs"] == []
