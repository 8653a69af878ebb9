"""Open models: warm children that belong to one model and one group, bounded by the memory that they take.

What a model takes is measured after use, from outside and at most once a second: the share of its children in the machine's memory,
with weights, arenas and all. Until then it counts as one child with the model's bytes, which is the least.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

# Measured: a child that has only loaded the engine's libraries.
CHILD_BYTES = 55 << 20
# However small they are, so many stay open and no more: each is a process or more.
MOST = 64
# Reading what a child holds takes milliseconds, as long as a small picture.
MEASURED_EVERY = 1.0


class Open(Protocol):
    """What is kept warm."""

    @property
    def held_bytes(self) -> int:
        """Memory of this machine; 0 where nobody can tell."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Stock:
    """How many models are open, and what they take of what they may, in bytes as last measured."""

    count: int
    bytes: int
    most_bytes: int


Key = TypeVar("Key")
Item = TypeVar("Item", bound=Open)


class _Entry(Generic[Item]):
    def __init__(self, make: Callable[[], Item], least: int) -> None:
        self._make = make
        self._guard = threading.Lock()
        self._item: Item | None = None
        self.users = 0
        self.bytes = least
        self._measured_at = -MEASURED_EVERY

    def item(self) -> Item:
        """Opened by the first who asks, while those who want another model do not wait."""
        with self._guard:
            if self._item is None:
                self._item = self._make()
            return self._item

    def measured(self) -> int:
        """What it takes now, or took a moment ago."""
        at = time.monotonic()
        if self._item is None:
            return 0
        if at - self._measured_at < MEASURED_EVERY:
            return self.bytes
        self._measured_at = at
        return self._item.held_bytes

    def close(self) -> None:
        if self._item is not None:
            self._item.close()


class Shelf(Generic[Key, Item]):
    """Lends open models. Beyond `most_bytes` those that nobody uses are closed, the longest unused first.

    Whoever asks gets a model, also one that alone needs more: it is closed after use. Safe from any thread;
    closing children takes a moment, and happens outside of the lock.
    """

    def __init__(self, most_bytes: Callable[[], int], *, most: int = MOST) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._guard = threading.Lock()
        self._entries: OrderedDict[Key, _Entry[Item]] = OrderedDict()

    @property
    def keys(self) -> list[Key]:
        with self._guard:
            return list(self._entries)

    @property
    def stock(self) -> Stock:
        with self._guard:
            return Stock(len(self._entries), self._bytes(), self._most_bytes())

    @contextmanager
    def lent(self, key: Key, make: Callable[[], Item], *, size: int) -> Iterator[Item]:
        """The open model of that key, for the length of a with block; `make` opens one of `size` bytes."""
        with self._guard:
            entry, spare = self._taken(key, make, size)
        try:
            _close(spare)
            yield entry.item()
        finally:
            self._give_back(entry)

    @contextmanager
    def lent_alone(self, keys: Iterable[Key], make: Callable[[], Item], *, size: int) -> Iterator[Item]:
        """The open model of the first key that nobody uses, for one alone.

        Where the block raises, the model is closed and not kept: something may still run in it.
        """
        with self._guard:
            key = next(key for key in keys if key not in self._entries or not self._entries[key].users)
            entry, spare = self._taken(key, make, size)
        try:
            _close(spare)
            yield entry.item()
        except BaseException:
            with self._guard:
                if self._entries.get(key) is entry:
                    del self._entries[key]
            entry.close()
            raise
        else:
            self._give_back(entry)

    def close(self) -> None:
        with self._guard:
            entries = list(self._entries.values())
            self._entries.clear()
        _close(entries)

    def forget(self) -> None:
        """A forked process must not talk to its parent's children."""
        self._guard = threading.Lock()
        self._entries.clear()

    def _taken(
        self, key: Key, make: Callable[[], Item], size: int
    ) -> tuple[_Entry[Item], list[_Entry[Item]]]:
        """The entry with one user more, and those that made room for it."""
        entry = self._entries.setdefault(key, _Entry(make, CHILD_BYTES + size))
        self._entries.move_to_end(key)
        entry.users += 1
        return entry, self._spare()

    def _give_back(self, entry: _Entry[Item]) -> None:
        held = entry.measured()
        with self._guard:
            entry.users -= 1
            entry.bytes = held
            spare = self._spare()
        _close(spare)

    def _bytes(self) -> int:
        return sum(entry.bytes for entry in self._entries.values())

    def _spare(self) -> list[_Entry[Item]]:
        """Those that must make room, taken off the shelf."""
        idle = [key for key, entry in self._entries.items() if not entry.users]
        most_bytes, spare = self._most_bytes(), []
        while idle and (self._bytes() > most_bytes or len(self._entries) > self._most):
            spare.append(self._entries.pop(idle.pop(0)))
        return spare


def _close(entries: list[_Entry[Item]]) -> None:
    for entry in entries:
        entry.close()
