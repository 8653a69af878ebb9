"""The socket of jobs, on a real server; the job changes in another process."""

import asyncio
import json
from typing import Any

import pytest
import websockets

from tests.live_clients import LiveClient, World, new_id

pytestmark = pytest.mark.xdist_group("live")


def watching(world: World, key: str) -> Any:
    url = f"{world.server.url.replace('http', 'ws', 1)}/ws/v1/jobs/"
    return websockets.connect(url, additional_headers={"Authorization": f"Api-Key {key}"} if key else {})


def change_jobs(world: World, code: str) -> str:
    return world.server.python(
        f"""
from modelship.accounts.models import Tenant
from modelship.jobs.models import Job
tenant = Tenant.objects.get(id="{world.tenant}")
{code}
"""
    ).strip()


async def test_a_job_is_told_when_it_appears_and_when_it_moves(world: World):
    rival = World.make(world.server, f"rival-{new_id()[:8]}", f"{new_id()}@example.com")
    async with watching(world, world.key) as alice_socket, watching(rival, rival.key) as charlie_socket:
        alice, charlie = LiveClient(alice_socket), LiveClient(charlie_socket)
        assert (await alice.until("snapshot"))["jobs"] == []
        await charlie.until("snapshot")

        job_id = await asyncio.to_thread(
            change_jobs, world, "print(Job.objects.create(tenant=tenant, kind='none', title='Look').id)"
        )
        queued = await alice.until("job", patience=3)
        cancel = f"Job.objects.filter(id='{job_id}').move('cancel')"
        await asyncio.to_thread(change_jobs, world, cancel)
        cancelled = await alice.until("job", patience=3)
        await asyncio.sleep(1.2)
        await alice.send({"type": "ping"})
        await alice.until("beat")

    assert (queued["job"]["id"], queued["job"]["state"], queued["job"]["title"]) == (job_id, "queued", "Look")
    assert cancelled["job"]["state"] == "cancelled"
    assert [message["type"] for message in alice.heard].count("job") == 2
    assert [message["type"] for message in charlie.heard] == ["snapshot"]


async def test_nobody_watches_without_credentials(world: World):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with watching(world, ""):
            pass

    assert refused.value.response.status_code == 403


async def test_what_is_no_message_is_refused(world: World):
    async with watching(world, world.key) as socket:
        await socket.send(json.dumps({"type": "hello"}))
        refused = await LiveClient(socket).until("refused")

    assert refused["problem"]["status"] == 400
