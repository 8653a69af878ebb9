"""Hearing, beside a look at the service, what its finished slices gave, and handing on the wish to stop it."""

import msgspec

from inference import wire
from inference.client.link import Call, Link
from modelship.lib.errors import Problem
from modelship.lib.limited import Listener

# How often the service is asked.
FOLLOW_SECONDS = 0.25
# What is only shown is not waited for long.
ANSWER_SECONDS = 5.0


class Following:
    """One look. Used in the thread that waits for its answer, which alone counts: what is missed here is only not shown."""

    def __init__(self, link: Link, look: str, listener: Listener, correlation: str) -> None:
        self._link, self._listener, self._correlation = link, listener, correlation
        self._path = f"/api/ml/looks/{look}"
        self._next = 0

    def step(self) -> None:
        """Ask once. Raises what the listener raises."""
        parts = self._asked("GET", f"{self._path}?since={self._next}")
        if parts is None:
            return
        self._next = parts.next
        for part in parts.results:
            self._listener.on_part(msgspec.to_builtins(part))
        if self._listener.should_stop():
            self._asked("DELETE", self._path)

    def _asked(self, method: str, path: str) -> wire.Parts | None:
        """None while the look has not begun, and where the service says nothing of it."""
        call = Call(method, path, wire.Parts, ANSWER_SECONDS, self._correlation)
        try:
            return self._link.begin(call).result()
        except Problem:
            return None
