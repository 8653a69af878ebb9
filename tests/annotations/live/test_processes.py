"""Several web processes on one database, with and without Redis between them."""

import asyncio
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
import redis

from modelship.live.rooms import Hub
from tests.live_clients import World, add, joined
from tests.modelship.live.test_rooms import Listener, Log
from tests.servers import Server, free_port

pytestmark = pytest.mark.xdist_group("live")


class Redis:
    """A redis-server of the test's own, which may be killed and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(100):
            try:
                redis.Redis.from_url(self.url).ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="module")
def broker() -> Iterator[Redis]:
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server")
    started = Redis()
    started.start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def pair(world: World, broker: Redis) -> Iterator[list[Server]]:
    """Two web processes beside the first, which know each other through Redis."""
    servers = [world.server.sibling(MODELSHIP_REDIS_URL=broker.url) for _ in range(2)]
    try:
        yield [server.restart() for server in servers]
    finally:
        for server in servers:
            server.stop()


async def test_without_a_broker_the_database_tells_the_other_process(world: World):
    image, other = world.image(), world.server.sibling(MODELSHIP_REDIS_URL="")
    other.restart()
    try:
        async with joined(world.server, image, world.key) as alice, joined(other, image, world.key) as bob:
            for n in range(5):
                ack = await alice.edited(add(x=n))
                seen = await bob.until("edits", patience=2)
                assert seen["ref"] == ack["ref"]
            back = await bob.edited(add(x=50))
            assert (await alice.until("edits", patience=2))["ref"] == back["ref"]
    finally:
        other.stop()


async def test_with_redis_edits_and_presence_cross_at_once(world: World, pair: list[Server]):
    image = world.image()
    async with joined(pair[0], image, world.key) as alice, joined(pair[1], image, world.key) as bob:
        arrived = await alice.until("joined")
        here = await bob.until("joined")
        await bob.send({"type": "presence", "cursor": [3, 4]})
        seen = await alice.until("presence", patience=1)
        for n in range(10):
            await alice.edited(add(x=n))
            await bob.until("edits", patience=1)
        acks = await asyncio.gather(alice.edited(add(x=50)), bob.edited(add(x=60)))

    assert arrived["session"] != here["session"]
    assert (seen["session"], seen["cursor"]) == (arrived["session"], [3, 4])
    assert sorted(ack["seq"] for ack in acks) == [11, 12]


async def test_what_was_told_before_a_process_listened_is_looked_up(broker: Redis, settings):
    settings.MODELSHIP_REDIS_URL = broker.url
    hub, log, alice = Hub(), Log(), Listener("alice")
    room = hub.join("room", alice, log)
    await room.admit(alice, 0)

    log.append()
    await asyncio.sleep(0.5)

    hub.leave("room", alice)
    assert alice.heard == ["edit 1"]


async def test_a_redis_that_dies_and_returns_loses_nothing(world: World, pair: list[Server], broker: Redis):
    image = world.image()
    async with joined(pair[0], image, world.key) as alice, joined(pair[1], image, world.key) as bob:
        await alice.edited(add(x=1))
        await bob.until("edits", patience=1)

        broker.kill()
        for n in range(5):
            await alice.edited(add(x=n))
        missed = [await bob.until("edits", patience=5) for _ in range(5)]
        broker.start()
        await asyncio.sleep(3)
        await bob.edited(add(x=9))
        seen = await alice.until("edits", patience=3)

    assert [message["seq"] for message in missed] == [2, 3, 4, 5, 6]
    assert seen["seq"] == 7
