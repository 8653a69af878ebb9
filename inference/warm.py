"""Models kept open between calls, and between jobs: starting one takes a second or more, using it does not.

Each tenant has children of its own, even for a model that both use, and so has each job while it runs.
"""

import atexit
import os
from contextlib import AbstractContextManager
from itertools import count
from uuid import UUID

from django.conf import settings

from inference.detection import Detection
from inference.models import DetectorModel
from inference.shelf import Shelf

# Tenant, model, pictures at once, and which of those that jobs have; 0 is the one that calls share.
Key = tuple[UUID, UUID, int, int]

_shelf: Shelf[Key, Detection] = Shelf(lambda: settings.MODELSHIP_INFERENCE_MEMORY_BYTES)


def warm_detection(tenant_id: UUID, model: DetectorModel) -> AbstractContextManager[Detection]:
    """The open model for one tenant, for the length of a with block. Safe from any thread."""

    def opened() -> Detection:
        return Detection(model, sessions=settings.MODELSHIP_INFERENCE_SESSIONS, group=tenant_id.hex)

    return _shelf.lent((tenant_id, model.id, 1, 0), opened, size=model.size)


def job_detection(
    tenant_id: UUID, model: DetectorModel, *, lanes: int, sessions: int
) -> AbstractContextManager[Detection]:
    """An open model that no other job uses, for the length of a with block; it ends with a block that raises."""

    def opened() -> Detection:
        return Detection(model, lanes=lanes, sessions=sessions, group=tenant_id.hex)

    keys = ((tenant_id, model.id, lanes, number) for number in count(1))
    return _shelf.lent_alone(keys, opened, size=model.size)


def close() -> None:
    """End all children of this module; the next call starts fresh ones."""
    _shelf.close()


atexit.register(close)
os.register_at_fork(after_in_child=_shelf.forget)
