"""The kinds of work. Apps register theirs in `AppConfig.ready()`, so this app imports none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modelship.jobs.context import JobContext
from modelship.jobs.models import Job

Handler = Callable[[Job, JobContext], dict[str, Any] | None]


@dataclass(frozen=True)
class Kind:
    """One kind of work: what to call, what people see it named, how often it may be tried."""

    name: str
    handler: Handler
    title: str
    max_attempts: int


_kinds: dict[str, Kind] = {}


def register(kind: str, handler: Handler, *, title: str, max_attempts: int = 3) -> None:
    """Make `kind` known. A handler must bear being run again: its results land under unique keys.

    Registering the same handler again changes nothing; another handler for a known kind raises ValueError.
    """
    known = _kinds.get(kind)
    if known is not None and known.handler is not handler:
        raise ValueError(f"The job kind {kind} is already registered.")
    if max_attempts < 1:
        raise ValueError("max_attempts must be at least 1.")
    _kinds[kind] = Kind(kind, handler, title, max_attempts)


def kind_named(name: str) -> Kind:
    """Raises LookupError for a kind that no app registered."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"No job kind is named {name}.") from None


def kind_names() -> frozenset[str]:
    return frozenset(_kinds)
