"""Where somebody is and what they are about to do. Kept in memory, never stored, at most 20 times a second."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

import orjson

from modelship.lib.errors import BadRequest

PAUSE_SECONDS = 0.05
MAX_SELECTION = 500
MAX_GHOST_BYTES = 8 * 1024


def read_presence(message: dict[str, Any]) -> dict[str, Any]:
    """The presence that a client says; raises BadRequest for anything that others could choke on."""
    selection = message.get("selection") or []
    if not isinstance(selection, list) or len(selection) > MAX_SELECTION:
        raise BadRequest(f"selection must be a list of up to {MAX_SELECTION} ids.")
    if any(not isinstance(item, str) or len(item) != 36 for item in selection):
        raise BadRequest("selection must be a list of ids.")
    ghost = message.get("ghost")
    if ghost is not None and (not isinstance(ghost, dict) or len(orjson.dumps(ghost)) > MAX_GHOST_BYTES):
        raise BadRequest("ghost must be a small object or null.")
    return {
        "cursor": _numbers(message, "cursor", 2),
        "selection": selection,
        "viewport": _numbers(message, "viewport", 4),
        "ghost": ghost,
    }


def _numbers(message: dict[str, Any], key: str, count: int) -> list[float] | None:
    value = message.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != count:
        raise BadRequest(f"{key} must be a list of {count} numbers or null.")
    if any(
        isinstance(item, bool) or not isinstance(item, int | float) or not math.isfinite(item)
        for item in value
    ):
        raise BadRequest(f"{key} must hold numbers.")
    return value


class Throttle:
    """Passes on the latest value at most every PAUSE_SECONDS; the last one always arrives."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self.latest: dict[str, Any] | None = None
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None
        self._has_news = False

    def say(self, value: dict[str, Any]) -> None:
        self.latest = value
        self._has_news = True
        if self._timer is None:
            self._pass_on()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _pass_on(self) -> None:
        self._timer = None
        if self._has_news and self.latest is not None:
            self._has_news = False
            self._tell(self.latest)
            self._timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._pass_on)
