"""Events between processes: one Redis subscription per process and open room, where Redis is set up.

Redis is only a wake-up here. While it is away the rooms heal from the database, a little later.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import redis
import redis.asyncio
import structlog
from django.conf import settings

from modelship.lib.ids import new_id
from modelship.live.events import Event

log = structlog.get_logger(__name__)

CHANNEL = "modelship:live:"
PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0
PUBLISH_TIMEOUT_SECONDS = 0.5


class Relay:
    """Hands what it hears to `arrived`, and tells `subscribed` from when on it hears a room."""

    def __init__(self, arrived: Callable[[Event], None], subscribed: Callable[[str], None]) -> None:
        self._arrived = arrived
        self._subscribed = subscribed
        self._rooms: set[str] = set()
        self._process = str(new_id())
        self._publisher: redis.Redis | None = None
        self._silent_until = 0.0
        # One thread, so that news keep their order, and neither an edit nor the loop waits for Redis.
        self._publishing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-relay")
        self._listening: asyncio.Task[None] | None = None
        self._pubsub: Any = None
        self._subscribing: set[asyncio.Task[None]] = set()

    def open(self, room: str) -> None:
        """Hear of events that other processes publish for this room. Called in the event loop."""
        if not settings.MODELSHIP_REDIS_URL:
            return
        self._rooms.add(room)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        elif self._pubsub is not None:
            self._soon(self._pubsub.subscribe(CHANNEL + room))

    def close(self, room: str) -> None:
        if room not in self._rooms:
            return
        self._rooms.discard(room)
        if not self._rooms and self._listening is not None:
            self._listening.cancel()
        elif self._pubsub is not None:
            self._soon(self._pubsub.unsubscribe(CHANNEL + room))

    def publish(self, event: Event) -> None:
        """Tell the other processes, from any thread. A Redis that is away is left alone for a moment."""
        if settings.MODELSHIP_REDIS_URL and time.monotonic() >= self._silent_until:
            self._publishing.submit(self._publish, event)

    def hail(self, room: str) -> None:
        """Ask the members in other processes to say that they are here."""
        self.publish(Event(room=room, seq=None, body="", is_hail=True))

    def _publish(self, event: Event) -> None:
        if time.monotonic() < self._silent_until:
            return
        if self._publisher is None:
            self._publisher = redis.Redis.from_url(
                settings.MODELSHIP_REDIS_URL,
                socket_timeout=PUBLISH_TIMEOUT_SECONDS,
                socket_connect_timeout=PUBLISH_TIMEOUT_SECONDS,
            )
        try:
            self._publisher.publish(CHANNEL + event.room, _pack(event, self._process))
        except (redis.RedisError, OSError) as error:
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            log.warning("relay_publish_failed", error=str(error))

    async def _listen(self) -> None:
        pause = PAUSE_SECONDS
        while self._rooms:
            try:
                await self._hear()
                pause = PAUSE_SECONDS
            except (redis.RedisError, OSError) as error:
                log.warning("relay_lost", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _hear(self) -> None:
        """Subscribe to all open rooms and pass on what comes, until the connection ends."""
        # No read timeout: silence is normal here. The health check finds dead connections.
        client = redis.asyncio.Redis.from_url(
            settings.MODELSHIP_REDIS_URL,
            socket_timeout=None,
            socket_connect_timeout=5,
            health_check_interval=10,
        )
        pubsub = client.pubsub()
        try:
            await pubsub.subscribe(*[CHANNEL + room for room in self._rooms])
            self._pubsub = pubsub
            while self._rooms:
                message = await pubsub.get_message(timeout=5)
                if message is not None:
                    self._take(message)
        finally:
            self._pubsub = None
            await pubsub.aclose()
            await client.aclose()

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            # Only from here on can the others be heard: they said that they are here before.
            room = message["channel"].decode().removeprefix(CHANNEL)
            self.hail(room)
            self._subscribed(room)
        elif message["type"] == "message":
            process, event = _unpack(message["data"])
            if process != self._process:
                self._arrived(event)

    def _soon(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._subscribing.add(task)
        task.add_done_callback(self._subscribing.discard)

    async def _quietly(self, work: Any) -> None:
        try:
            await work
        except (redis.RedisError, OSError) as error:
            # The listener notices the same loss and subscribes to every open room again.
            log.warning("relay_lost", error=str(error))


def _pack(event: Event, process: str) -> bytes:
    return orjson.dumps([process, event.room, event.seq, event.body, event.ref, event.sender, event.is_hail])


def _unpack(data: bytes) -> tuple[str, Event]:
    process, room, seq, body, ref, sender, is_hail = orjson.loads(data)
    return process, Event(room=room, seq=seq, body=body, ref=ref, sender=sender, is_hail=is_hail)
