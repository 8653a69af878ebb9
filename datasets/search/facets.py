"""Counts beside a list, and how long they may take; layers above register theirs when their app is ready."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from django.db import OperationalError, connection, transaction

from datasets.models import Dataset
from datasets.search.sample import Sample
from datasets.search.terms import Search

T = TypeVar("T")
# What PostgreSQL says of a statement that it gave up.
CANCELLED = "57014"
# So much is given also to the last of many counts: it may be a quick one.
LEAST_MS = 20


class Patience:
    """How long several counts together may take. Without a limit each is made; only PostgreSQL gives one up."""

    def __init__(self, milliseconds: int | None = None) -> None:
        self.is_bounded = milliseconds is not None and connection.vendor == "postgresql"
        self._ends = time.monotonic() + (milliseconds or 0) / 1000

    def counted(self, count: Callable[[], T]) -> T | None:
        """What `count` reads, or None where it would take longer than is left."""
        if not self.is_bounded:
            return count()
        left = max(LEAST_MS, round((self._ends - time.monotonic()) * 1000))
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(left)])
                found = count()
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
                return found
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != CANCELLED:
                raise
            return None


@dataclass(frozen=True, slots=True)
class Question:
    """What facets are counted for: `total` pictures fit the search, None where those are too many to count."""

    dataset: Dataset
    search: Search
    total: int | None
    patience: Patience
    sample: Sample


class Answer(NamedTuple):
    """What a facet tells, as it goes into JSON. An estimate's numbers are the sample's, scaled up."""

    value: Any
    is_estimate: bool = False


Facet = Callable[[Question], Answer]

_facets: dict[str, Facet] = {}


def register(name: str, facet: Facet) -> None:
    """Make a facet known; registering one again replaces nothing and is an error."""
    if name in _facets:
        raise ValueError(f"The facet {name} is already registered.")
    _facets[name] = facet


def counted_above(question: Question) -> dict[str, Answer]:
    return {name: facet(question) for name, facet in _facets.items()}
