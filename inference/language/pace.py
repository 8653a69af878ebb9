"""How often an endpoint may be asked: a bucket of tokens that all threads of the process share. Pure."""

import threading
import time
from collections.abc import Callable

Clock = Callable[[], float]


class Pace:
    """So many requests a minute, `burst` of them at once. The other side may ask for a rest."""

    def __init__(self, per_minute: int, burst: int, *, clock: Clock = time.monotonic) -> None:
        self._guard = threading.Lock()
        self._clock = clock
        self._at = clock()
        self._rests_until = self._at
        self._burst = max(1, min(burst, per_minute))
        self._held = float(self._burst)
        self._per_second = per_minute / 60

    def change(self, per_minute: int, burst: int) -> None:
        with self._guard:
            self._refill()
            self._burst = max(1, min(burst, per_minute))
            self._held = min(self._held, float(self._burst))
            self._per_second = per_minute / 60

    def take(self) -> float:
        """Take a request's turn; returns how many seconds to wait before it, 0 where it may go now."""
        with self._guard:
            self._refill()
            self._held -= 1
            turn = 0.0 if self._held >= 0 else -self._held / self._per_second
            return max(turn, self._rests_until - self._at)

    def rest(self, seconds: float) -> None:
        """Nobody asks for so long: the other side said so."""
        with self._guard:
            self._rests_until = max(self._rests_until, self._clock() + seconds)

    def _refill(self) -> None:
        at = self._clock()
        self._held = min(float(self._burst), self._held + (at - self._at) * self._per_second)
        self._at = at


_paces: dict[str, Pace] = {}
_guard = threading.Lock()


def pace_of(key: str, per_minute: int, burst: int) -> Pace:
    """The pace of an endpoint, the same for all threads of this process."""
    with _guard:
        known = _paces.get(key)
        if known is None:
            known = _paces[key] = Pace(per_minute, burst)
    known.change(per_minute, burst)
    return known
