"""Which jobs not everybody in the tenant may see: layers above say so in `AppConfig.ready()`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.db.models import QuerySet

from modelship.accounts.actors import Actor
from modelship.jobs.models import Job


class Seen(Protocol):
    def __call__(self, rows: QuerySet[Job], actor: Actor) -> QuerySet[Job]:
        """Those of the jobs that the actor may see."""


class Kept(Protocol):
    def __call__(self, jobs: Sequence[Job]) -> Mapping[UUID, UUID | None]:
        """Of these jobs those that are kept from others, each with the person who may see it beside managers."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One reason to keep jobs from people: as a question to the database, and of jobs at hand."""

    seen: Seen
    kept: Kept


_sights: dict[str, Sight] = {}


def register(name: str, sight: Sight) -> None:
    """Make it known; registering it again replaces it."""
    _sights[name] = sight


def seen_by(actor: Actor, rows: QuerySet[Job]) -> QuerySet[Job]:
    for sight in _sights.values():
        rows = sight.seen(rows, actor)
    return rows


def kept_among(jobs: Sequence[Job]) -> dict[UUID, UUID | None]:
    found: dict[UUID, UUID | None] = {}
    for sight in _sights.values():
        found |= sight.kept(jobs)
    return found
