"""Open models: warm children that belong to one model and one group, the longest unused closed first."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from modelship.lib.limited import Pool

# Whose pictures, and which model.
Key = tuple[str, str]


class _Entry:
    def __init__(self, lanes: int) -> None:
        self.pool = Pool(children=lanes)
        self.users = 0


class Shelf:
    """Used on the event loop alone; closing children happens beside it."""

    def __init__(self, *, lanes: int, kept: int) -> None:
        self._lanes, self._kept = lanes, kept
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    @property
    def open(self) -> list[str]:
        """The models that have children, by their SHA-256."""
        return sorted({sha256 for _, sha256 in self._entries})

    @asynccontextmanager
    async def lent(self, group: str, sha256: str) -> AsyncIterator[Pool]:
        key = (group, sha256)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry(self._lanes)
        self._entries.move_to_end(key)
        entry.users += 1
        try:
            await self._close(self._spare())
            yield entry.pool
        finally:
            entry.users -= 1

    async def close(self) -> None:
        entries = list(self._entries.values())
        self._entries.clear()
        await self._close(entries)

    def _spare(self) -> list[_Entry]:
        idle = [key for key, entry in self._entries.items() if not entry.users]
        return [self._entries.pop(key) for key in idle[: max(0, len(self._entries) - self._kept)]]

    async def _close(self, entries: list[_Entry]) -> None:
        for entry in entries:
            await asyncio.to_thread(entry.pool.close)
