"""How often an endpoint may be asked: so many requests a minute, some of them at once. Pure."""

from datetime import datetime, timedelta
from typing import Protocol


class Pace(Protocol):
    """Whom a client asks before each request. Safe from any thread."""

    def take(self) -> float:
        """Take a request's turn; returns how many seconds to wait before it, 0 where it may go now."""
        ...

    def rest(self, seconds: float) -> None:
        """Nobody asks for so long: the other side said so."""
        ...


def turn_after(last: datetime | None, at: datetime, per_minute: int, burst: int) -> tuple[float, datetime]:
    """Seconds until the turn of a request that comes now, and what is `last` for the next one.

    The generic cell rate algorithm (ITU-T I.371): `last` is when the queue would be empty if each request took its
    share of a minute; up to `burst` of them may be ahead of that.
    """
    share = timedelta(minutes=1) / per_minute
    empty = at if last is None else max(last, at)
    ahead = share * (max(1, min(burst, per_minute)) - 1)
    return max(0.0, (empty - ahead - at).total_seconds()), empty + share
