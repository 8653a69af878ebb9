"""Whether this process has been asked to end: work that takes long looks here between two of its steps."""

import threading

from modelship.lib.errors import Unavailable

_STOPPING = threading.Event()


def stop() -> None:
    """Say so; it can't be taken back."""
    _STOPPING.set()


def check_stopping() -> None:
    """Raises Unavailable once the process has been asked to end."""
    if _STOPPING.is_set():
        raise Unavailable("The server is starting anew. Send it again in a moment.", code="stopping")
