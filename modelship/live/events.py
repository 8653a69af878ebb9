"""What travels through rooms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One message for a room, serialised once. `seq` is None for what is never stored.

    The member that awaits `ref` receives `reply` in place of `body`; the member `sender` receives
    nothing of what it sent itself. A hail is no message: it asks the members to say that they are
    here, to somebody who joined in another process.
    """

    room: str
    seq: int | None
    body: str
    ref: str | None = None
    reply: str | None = None
    sender: str | None = None
    is_hail: bool = False
