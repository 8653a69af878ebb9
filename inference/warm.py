"""Models kept open between calls that somebody waits for: starting one takes seconds, using it does not.

Each tenant has children of its own, even for a model that both use.
"""

import atexit
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from django.conf import settings

from inference.detection import Detection
from inference.models import DetectorModel

KEPT = 2
Key = tuple[UUID, UUID]


class _Entry:
    def __init__(self, model: DetectorModel, tenant_id: UUID) -> None:
        self._model, self._group = model, tenant_id.hex
        self._guard = threading.Lock()
        self._detection: Detection | None = None
        self.users = 0

    def detection(self) -> Detection:
        """Opened by the first who asks, while those who want another model do not wait."""
        with self._guard:
            if self._detection is None:
                sessions = settings.MODELSHIP_INFERENCE_SESSIONS
                self._detection = Detection(self._model, sessions=sessions, group=self._group)
            return self._detection

    def close(self) -> None:
        if self._detection is not None:
            self._detection.close()


class _Shelf:
    """The open models of this process; of those that nobody uses, the longest unused make room."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    @contextmanager
    def lent(self, key: Key, model: DetectorModel) -> Iterator[Detection]:
        with self._guard:
            entry = self._entries.setdefault(key, _Entry(model, key[0]))
            self._entries.move_to_end(key)
            entry.users += 1
        try:
            yield entry.detection()
        finally:
            with self._guard:
                entry.users -= 1
                spare = self._spare()
            for unused in spare:
                unused.close()

    def close(self) -> None:
        with self._guard:
            entries = list(self._entries.values())
            self._entries.clear()
        for entry in entries:
            entry.close()

    def forget(self) -> None:
        """A forked process must not talk to its parent's children."""
        self._guard = threading.Lock()
        self._entries.clear()

    def _spare(self) -> list[_Entry]:
        idle = [key for key, entry in self._entries.items() if not entry.users]
        return [self._entries.pop(key) for key in idle[: max(0, len(self._entries) - KEPT)]]


_shelf = _Shelf()


def warm_detection(tenant_id: UUID, model: DetectorModel) -> AbstractContextManager[Detection]:
    """The open model for one tenant, for the length of a with block. Safe from any thread."""
    return _shelf.lent((tenant_id, model.id), model)


def close() -> None:
    """End all children of this module; the next call starts fresh ones."""
    _shelf.close()


atexit.register(close)
os.register_at_fork(after_in_child=_shelf.forget)
