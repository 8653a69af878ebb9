"""Models kept open between calls that somebody waits for: starting one takes seconds, using it does not.

Each tenant has children of its own, even for a model that both use.
"""

import atexit
import os
from contextlib import AbstractContextManager
from uuid import UUID

from django.conf import settings

from inference.detection import Detection
from inference.models import DetectorModel
from inference.shelf import Shelf

Key = tuple[UUID, UUID]

_shelf: Shelf[Key, Detection] = Shelf(lambda: settings.MODELSHIP_INFERENCE_MEMORY_BYTES)


def warm_detection(tenant_id: UUID, model: DetectorModel) -> AbstractContextManager[Detection]:
    """The open model for one tenant, for the length of a with block. Safe from any thread."""

    def opened() -> Detection:
        return Detection(model, sessions=settings.MODELSHIP_INFERENCE_SESSIONS, group=tenant_id.hex)

    return _shelf.lent((tenant_id, model.id), opened, size=model.size)


def close() -> None:
    """End all children of this module; the next call starts fresh ones."""
    _shelf.close()


atexit.register(close)
os.register_at_fork(after_in_child=_shelf.forget)
