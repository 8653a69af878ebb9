"""Edits of all connections of this process on their way to the database, many in one transaction.

A batch that comes while nothing is written goes at once. What comes meanwhile, and within a few
milliseconds after, goes together next: the busier it is, the less a batch costs.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from annotations.actions.apply_edits import Wish, apply_together
from annotations.actions.outcome import Outcome
from modelship.live.threads import WRITERS, writing_db

# What goes together: enough to share the cost, and few enough that nobody waits long for the others.
MAX_BATCHES, MAX_EDITS = 64, 200
# Of one image, so that a crowd on it leaves room for the other images.
MAX_OF_ONE = 8
# How long more may join once something was written: 300 to 500 edits a second cost a fifth to a third less.
PAUSE_SECONDS = 0.02

Answered = Callable[[Outcome | Exception], None]


@dataclass(frozen=True, slots=True)
class Waiting:
    wish: Wish
    answered: Answered
    sender: str

    @property
    def size(self) -> int:
        edits = self.wish.edits
        return len(edits) if isinstance(edits, list) else 1


class Committer:
    """Batches of one image are applied in the order in which they came, one after the other."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reset()

    def _reset(self) -> None:
        # By image, the longest waiting first; images that something is written to are kept apart.
        self._free: dict[UUID, deque[Waiting]] = {}
        self._busy: dict[UUID, deque[Waiting]] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._pausing: asyncio.TimerHandle | None = None

    def put(self, wish: Wish, answered: Answered, *, sender: str) -> None:
        """Call `answered` in the loop with what `apply_edits` would return or raise."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._reset()
        queues = self._busy if wish.image_id in self._busy else self._free
        queues.setdefault(wish.image_id, deque()).append(Waiting(wish, answered, sender))
        self._go_on()

    def forget(self, image_id: UUID, sender: str) -> None:
        """Drop what waits of somebody who has left: nobody is there to hear the answer."""
        for queues in (self._free, self._busy):
            if image_id in queues:
                queues[image_id] = deque(one for one in queues[image_id] if one.sender != sender)

    def _go_on(self) -> None:
        if self._pausing is not None and len(self._free) < MAX_BATCHES:
            return
        while len(self._writing) < WRITERS and (group := self._next_group()):
            task = asyncio.get_running_loop().create_task(self._write(group))
            self._writing.add(task)
            task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if self._pausing is None:
            self._pausing = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._end_pause)
        self._go_on()

    def _end_pause(self) -> None:
        self._pausing = None
        self._go_on()

    def _next_group(self) -> list[Waiting]:
        """The first waiting batches of each free image, as many as go together."""
        group: list[Waiting] = []
        edits = 0
        for image_id in list(self._free):
            queue = self._free.pop(image_id)
            taken = 0
            while queue and taken < MAX_OF_ONE:
                if group and (len(group) == MAX_BATCHES or edits + queue[0].size > MAX_EDITS):
                    break
                group.append(queue.popleft())
                edits += group[-1].size
                taken += 1
            if taken:
                self._busy[image_id] = queue
            elif queue:
                self._free = {image_id: queue, **self._free}
                break
        return group

    async def _write(self, group: list[Waiting]) -> None:
        answers: list[Outcome | Exception]
        try:
            answers = await writing_db(apply_together, [one.wish for one in group])
        except Exception as error:  # noqa: BLE001 - it belongs to those who sent the batches
            answers = [error] * len(group)
        for image_id in {one.wish.image_id: None for one in group}:
            if queue := self._busy.pop(image_id):
                # At the end: the other images have waited longer.
                self._free[image_id] = queue
        for one, answer in zip(group, answers, strict=True):
            # Each for itself: what one connection makes of it is nothing to the others.
            asyncio.get_running_loop().call_soon(one.answered, answer)


committer = Committer()
