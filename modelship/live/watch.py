"""What a process keeps looking at while sockets are open: missed events, ended rights, the beat."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Protocol, TypeVar, cast

import structlog
from django.conf import settings
from django.db import Error

from modelship.accounts.actors import Actor
from modelship.live.callers import Caller, present_actor
from modelship.live.rooms import hub
from modelship.live.threads import watching_db

T = TypeVar("T")

log = structlog.get_logger(__name__)

# Without Redis this is how edits of other processes (the worker) arrive; with it, a safety net.
TAIL_SECONDS, TAIL_SECONDS_WITH_REDIS = 0.4, 2.0
# Ended rights must show within 2 s.
CHECK_SECONDS = 1.0
BEAT_SECONDS = 10.0


class Look:
    """What one look at all connections has found so far: many share a caller, a picture or a project."""

    def __init__(self) -> None:
        self._found: dict[tuple[Hashable, ...], Any] = {}

    def once(self, find: Callable[..., T], *args: Hashable) -> T:
        """What `find` answers to these arguments."""
        key = (find, *args)
        if key not in self._found:
            self._found[key] = find(*args)
        return cast(T, self._found[key])


class Watched(Protocol):
    """An open connection."""

    caller: Caller

    def verdict(self, actor: Actor | None, look: Look) -> str | None:
        """Why the connection must end, given who its caller is now. Runs in a thread."""

    def end(self, code: str, detail: str) -> None: ...

    def beat(self) -> None: ...


REASONS = {
    "signed_out": "Your session or key has ended. Sign in again.",
    "membership_ended": "You can't see this any more. Ask a manager of the project.",
    "role_changed": "Your role has changed. Reload the page.",
    "moved": "This picture was moved to another dataset. Go back to the list.",
    "deleted": "This was deleted meanwhile. Go back to the list.",
}


class Watch:
    def __init__(self) -> None:
        self.connections: set[Watched] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, connection: Watched) -> None:
        self.connections.add(connection)
        if not any(task.get_loop() is asyncio.get_running_loop() and not task.done() for task in self._tasks):
            tail = TAIL_SECONDS_WITH_REDIS if settings.MODELSHIP_REDIS_URL else TAIL_SECONDS
            self._tasks = [
                self._every(tail, follow_tails),
                self._every(CHECK_SECONDS, self._check),
                self._every(BEAT_SECONDS, self._beat),
            ]

    def discard(self, connection: Watched) -> None:
        self.connections.discard(connection)
        if not self.connections:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    def _every(self, seconds: float, step: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        async def repeat() -> None:
            while True:
                await asyncio.sleep(seconds)
                try:
                    await step()
                except Error as error:
                    # A database that is away for a moment: the next look tries again.
                    log.warning("watch_failed", step=step.__name__, error=repr(error))

        return asyncio.get_running_loop().create_task(repeat())

    async def _check(self) -> None:
        ending = await watching_db(verdicts_of, list(self.connections))
        for connection, code in ending:
            if connection in self.connections:
                connection.end(code, REASONS[code])

    async def _beat(self) -> None:
        for connection in list(self.connections):
            connection.beat()


async def follow_tails() -> None:
    """Tell each room how far its source is: one query for all rooms of a source."""
    for source, rooms in hub.sourced().items():
        heads = await watching_db(source.heads, [room.name for room in rooms])
        for room in rooms:
            room.notice(heads.get(room.name, 0))


def verdicts_of(connections: list[Watched]) -> list[tuple[Watched, str]]:
    """The connections that must end, and why. Each caller is looked up once."""
    look = Look()
    actors: dict[tuple[str, str], Actor | None] = {}
    ending = []
    for connection in connections:
        caller = connection.caller
        if caller.key not in actors:
            actors[caller.key] = present_actor(caller)
        if code := connection.verdict(actors[caller.key], look):
            ending.append((connection, code))
    return ending


watch = Watch()
