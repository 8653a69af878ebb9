"""Leaving somebody alone who does not answer: a circuit breaker, without a clock or a network of its own.

Closed, every call passes. After so many failures in a row it opens, and calls are refused at once. When it
has cooled down, exactly one call at a time may try (half open): its success closes the breaker, its failure
opens it anew.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

Clock = Callable[[], float]


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Refused(Exception):
    """No call may pass for about `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after:.1f} s")
        self.retry_after = retry_after


class Permit:
    """One call that may pass. Say how it went; a call that says nothing has proved nothing."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.went_well: bool | None = None

    def succeed(self) -> None:
        self.went_well = True

    def fail(self) -> None:
        self.went_well = False


class Breaker:
    """Safe from any thread. `failures` in a row open it; `cool_down` seconds later one call may try again."""

    def __init__(self, *, failures: int = 5, cool_down: float = 5.0, clock: Clock = time.monotonic) -> None:
        self._most, self._cool_down, self._clock = failures, cool_down, clock
        self._guard = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._is_probing = False
        # Counts openings and closings: how a call went that began before the last of them says nothing new.
        self._turn = 0

    @property
    def state(self) -> State:
        with self._guard:
            if self._opened_at is None:
                return State.CLOSED
            return State.OPEN if self._left() > 0 else State.HALF_OPEN

    @property
    def retry_after(self) -> float:
        """Seconds until a call may pass: 0 while it is closed."""
        with self._guard:
            return 0.0 if self._opened_at is None else max(0.0, self._left())

    @contextmanager
    def enter(self) -> Iterator[Permit]:
        """A permit for the length of a with block. Raises Refused, at once, where none is given."""
        permit, is_probe = self._admitted()
        try:
            yield permit
        finally:
            self._settle(permit, is_probe)

    def _admitted(self) -> tuple[Permit, bool]:
        with self._guard:
            if self._opened_at is None:
                return Permit(self._turn), False
            left = self._left()
            if left > 0 or self._is_probing:
                raise Refused(max(left, 1.0))
            self._is_probing = True
            return Permit(self._turn), True

    def _settle(self, permit: Permit, is_probe: bool) -> None:
        with self._guard:
            if is_probe:
                self._is_probing = False
            if permit.went_well is None or permit.turn != self._turn:
                return
            if permit.went_well:
                self._close()
                return
            self._failures += 1
            if is_probe or self._failures >= self._most:
                self._opened_at = self._clock()
                self._turn += 1

    def _close(self) -> None:
        self._failures = 0
        if self._opened_at is not None:
            self._opened_at = None
            self._turn += 1

    def _left(self) -> float:
        assert self._opened_at is not None
        return self._opened_at + self._cool_down - self._clock()
