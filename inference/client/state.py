"""Where the engine runs and whether it can be reached, for people and for probes."""

from dataclasses import dataclass
from datetime import datetime

from inference.client.choice import service_link
from modelship.lib.errors import Unavailable

IN_PROCESS, SERVICE = "in_process", "service"
UP, DOWN, PROBING = "up", "down", "probing"


@dataclass(frozen=True)
class EngineState:
    """`since` is None in process, which is always up; `retry_after` is in whole seconds while it is not."""

    mode: str
    state: str
    since: datetime | None = None
    retry_after: int | None = None


def engine_state() -> EngineState:
    """The state now: a service is asked for a sign of life, at most every two seconds and for a second at most."""
    link = service_link()
    if link is None:
        return EngineState(IN_PROCESS, UP)
    state, since = link.standing()
    wait = None if state == UP else max(1, round(link.breaker.retry_after))
    return EngineState(SERVICE, state, since, wait)


def is_up() -> bool:
    return engine_state().state == UP


def check() -> None:
    """Raises Unavailable while the engine can't be reached."""
    if not is_up():
        raise Unavailable("The detector service does not answer.", code="ml_unavailable")
