"""Looks under way: what the finished slices gave, for askers who follow, and the ways to stop one."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inference.asking import bad_answer
from inference.service.gate import ClientGone
from inference.wire import Part, Parts, converted
from modelship.lib.errors import NotFound
from modelship.lib.limited import Listener

# What is kept of one look for who asks seldom; older slices are forgotten.
KEPT = 1_000
# How long a look whose asker has left may take to end by itself, before its child is.
GRACE_SECONDS = 3.0


class Look:
    """Written by the thread that looks, read by the event loop."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._left_at: float | None = None
        self._guard = threading.Lock()
        self._parts: deque[Part] = deque(maxlen=KEPT)
        self._count = 0

    @property
    def listener(self) -> Listener:
        return Listener(self.hear, self.should_stop)

    def hear(self, told: Any) -> None:
        """Raises ModelFails for what is no slice."""
        part = converted(told, Part)
        if part is None:
            raise bad_answer()
        with self._guard:
            self._parts.append(part)
            self._count += 1

    def leave(self) -> None:
        """Nobody waits for the answer any more."""
        if self._left_at is None:
            self._left_at = time.monotonic()
        self.stopping.set()

    def should_stop(self) -> bool:
        """Raises ClientGone, which ends the child, where nobody waits and the look does not end by itself."""
        if self._left_at is not None and time.monotonic() > self._left_at + GRACE_SECONDS:
            raise ClientGone
        return self.stopping.is_set()

    def since(self, number: int) -> Parts:
        with self._guard:
            first = self._count - len(self._parts)
            return Parts(results=list(self._parts)[max(0, number - first) :], next=self._count)


class Looks:
    """By the ids that their askers gave them."""

    def __init__(self) -> None:
        self._under_way: dict[str, Look] = {}

    @contextmanager
    def under_way(self, name: str | None) -> Iterator[Look]:
        """A look, for as long as it takes; one without a name is followed by nobody."""
        look = Look()
        if name is not None:
            self._under_way[name] = look
        try:
            yield look
        finally:
            if name is not None:
                self._under_way.pop(name, None)

    def since(self, name: str, number: int) -> Parts:
        """The slices from that number on. Raises NotFound where the look is over, or never was."""
        return self._named(name).since(number)

    def stop(self, name: str) -> Parts:
        """The look comes to an end with what it has; raises as `since`."""
        self._named(name).stopping.set()
        return Parts(results=[], next=0)

    def _named(self, name: str) -> Look:
        look = self._under_way.get(name)
        if look is None:
            raise NotFound("No such look is under way.", code="look_unknown")
        return look
