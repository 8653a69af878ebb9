"""Looks under way that their askers follow: what the finished slices gave, and a way to stop them."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inference.asking import bad_answer
from inference.wire import Part, Parts, converted
from modelship.lib.errors import NotFound
from modelship.lib.limited import Listener

# What is kept of one look for who asks seldom; older slices are forgotten.
KEPT = 1_000


class _Look:
    """Written by the thread that looks, read by the event loop."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._guard = threading.Lock()
        self._parts: deque[Part] = deque(maxlen=KEPT)
        self._count = 0

    def hear(self, told: Any) -> None:
        """Raises ModelFails for what is no slice."""
        part = converted(told, Part)
        if part is None:
            raise bad_answer()
        with self._guard:
            self._parts.append(part)
            self._count += 1

    def since(self, number: int) -> Parts:
        with self._guard:
            first = self._count - len(self._parts)
            return Parts(results=list(self._parts)[max(0, number - first) :], next=self._count)


class Looks:
    """By the ids that their askers gave them."""

    def __init__(self) -> None:
        self._under_way: dict[str, _Look] = {}

    @contextmanager
    def followed(self, name: str | None) -> Iterator[Listener | None]:
        """What the look with that id is heard by; nothing, where nobody wants to follow it."""
        if name is None:
            yield None
            return
        look = self._under_way[name] = _Look()
        try:
            yield Listener(look.hear, look.stopping.is_set)
        finally:
            self._under_way.pop(name, None)

    def since(self, name: str, number: int) -> Parts:
        """The slices from that number on. Raises NotFound where the look is over, or never was."""
        return self._named(name).since(number)

    def stop(self, name: str) -> Parts:
        """The look comes to an end with what it has; raises as `since`."""
        self._named(name).stopping.set()
        return Parts(results=[], next=0)

    def _named(self, name: str) -> _Look:
        look = self._under_way.get(name)
        if look is None:
            raise NotFound("No such look is under way.", code="look_unknown")
        return look
