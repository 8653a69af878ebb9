"""Who works, who waits, and who is sent away: lanes with one bounded queue before them.

Everything here runs on the event loop, so nothing needs a lock.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from modelship.lib.errors import Unavailable

POLL_SECONDS = 1.0
# How much the latest piece of work counts in what one usually takes.
WEIGHT = 0.2
MOST_RETRY_SECONDS = 30

Gone = Callable[[], Awaitable[bool]]


class ClientGone(Exception):
    """Whoever asked has left; there is nobody to answer."""


class Gate:
    """`lanes` work side by side, `queue` more may wait; a place is taken before the body of a request is read."""

    def __init__(self, *, lanes: int, queue: int, patience: float) -> None:
        self.lanes, self.queue, self._patience = lanes, queue, patience
        self.places = 0
        self.busy = 0
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._usual_seconds = 0.5

    @property
    def waiting(self) -> int:
        return len(self._line)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among those who work and wait. Raises Unavailable at once where there is none."""
        if self.places >= self.lanes + self.queue:
            raise self.full()
        self.places += 1
        try:
            yield
        finally:
            self.places -= 1

    @asynccontextmanager
    async def lane(self, wide: int, gone: Gone) -> AsyncIterator[int]:
        """As many lanes as were asked for and there are, in order of arrival; yields how many.

        Raises Unavailable after too long a wait, and ClientGone where nobody waits any more.
        """
        wide = min(wide, self.lanes)
        await self._admitted(wide, gone)
        began = time.monotonic()
        try:
            yield wide
        finally:
            took = (time.monotonic() - began) * wide
            self._usual_seconds += WEIGHT * (took - self._usual_seconds)
            self._give_back(wide)

    def full(self) -> Unavailable:
        return Unavailable(
            "The detector service has as much to do as it may. Try again in a moment.",
            code="busy",
            retry_after=self.retry_after(),
        )

    def retry_after(self) -> int:
        """Whole seconds until about half of those who are here are done."""
        seconds = self._usual_seconds * self.places / self.lanes / 2
        return min(MOST_RETRY_SECONDS, max(1, math.ceil(seconds)))

    async def _admitted(self, wide: int, gone: Gone) -> None:
        if not self._line and self.busy + wide <= self.lanes:
            self.busy += wide
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (wide, turn)
        self._line.append(entry)
        deadline = time.monotonic() + self._patience
        try:
            while not (await asyncio.wait({turn}, timeout=POLL_SECONDS))[0]:
                if await gone():
                    raise ClientGone
                if time.monotonic() > deadline:
                    raise self.full()
        except BaseException:
            self._leave(entry)
            raise

    def _leave(self, entry: tuple[int, asyncio.Future[None]]) -> None:
        """Out of the line; a lane that was given in this very moment goes to the next."""
        if entry in self._line:
            self._line.remove(entry)
            self._call()
        else:
            self._give_back(entry[0])

    def _give_back(self, wide: int) -> None:
        self.busy -= wide
        self._call()

    def _call(self) -> None:
        """Those at the head of the line, as far as there is room. Nobody overtakes who needs more."""
        while self._line and self.busy + self._line[0][0] <= self.lanes:
            wide, turn = self._line.popleft()
            self.busy += wide
            turn.set_result(None)
