"""Changes of jobs, for those who watch: one poll per process while anybody does.

Jobs change in other processes, so the row is asked. A job that moved is sent once per change.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import Error

from modelship.accounts.actors import Actor
from modelship.accounts.roles import role_allows, scopes_allow
from modelship.jobs.models import Job
from modelship.jobs.queries import job_dict
from modelship.jobs.sight import kept_among
from modelship.lib.clock import now
from modelship.live.events import Event
from modelship.live.rooms import Member, hub
from modelship.live.threads import watching_db

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
# Rows are stamped before they commit, and by other machines' clocks: look a little further back.
OVERLAP = timedelta(seconds=5)
MOST = 500
MANAGERS = "managers"


def room_of(tenant_id: UUID) -> str:
    return f"jobs:{tenant_id}"


def rooms_of(actor: Actor) -> list[str]:
    """Where the actor hears of jobs: of those for everybody, of what is kept for them, and for managers of all."""
    tenant = room_of(actor.tenant.id)
    manages = role_allows(actor.role, "manage") and scopes_allow(actor.scopes, "manage")
    own = [f"{tenant}:{actor.user_id}"] if actor.user_id and not manages else []
    return [tenant, *own, *([f"{tenant}:{MANAGERS}"] if manages else [])]


@dataclass(frozen=True, slots=True)
class Change:
    """A job as it is now, with the rooms that hear of it."""

    job_id: UUID
    at: datetime
    rooms: tuple[str, ...]
    shown: dict[str, Any]


class JobFeed:
    def __init__(self) -> None:
        self._watchers: dict[UUID, int] = {}
        self._sent: dict[UUID, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, actor: Actor, member: Member) -> None:
        tenant_id = actor.tenant.id
        for room in rooms_of(actor):
            hub.join(room, member)
        self._watchers[tenant_id] = self._watchers.get(tenant_id, 0) + 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._poll())

    def leave(self, actor: Actor, member: Member) -> None:
        tenant_id = actor.tenant.id
        for room in rooms_of(actor):
            hub.leave(room, member)
        self._watchers[tenant_id] -= 1
        if not self._watchers[tenant_id]:
            del self._watchers[tenant_id]

    async def _poll(self) -> None:
        since = now() - OVERLAP
        while self._watchers:
            began = now()
            try:
                changed = await watching_db(changed_jobs, list(self._watchers), since)
            except Error as error:
                log.warning("job_feed_failed", error=repr(error))
            else:
                self._pass_on(changed)
                since = began - OVERLAP
            await asyncio.sleep(POLL_SECONDS)
        self._sent.clear()

    def _pass_on(self, changed: list[Change]) -> None:
        for change in changed:
            if self._sent.get(change.job_id) == change.at:
                continue
            body = orjson.dumps({"type": "job", "job": change.shown}).decode()
            for room in filter(None, map(hub.rooms.get, change.rooms)):
                room.take(Event(room.name, None, body))
        self._sent = {change.job_id: change.at for change in changed}


def changed_jobs(tenant_ids: list[UUID], since: datetime) -> list[Change]:
    """The jobs that changed since then, oldest change first."""
    rows = Job.objects.filter(tenant_id__in=tenant_ids, updated_at__gte=since)
    newest = rows.select_related("project").order_by("-updated_at")[:MOST]
    jobs = list(reversed(newest))
    kept = kept_among(jobs)
    return [Change(job.id, job.updated_at, _heard_in(job, kept), job_dict(job)) for job in jobs]


def _heard_in(job: Job, kept: Mapping[UUID, UUID | None]) -> tuple[str, ...]:
    tenant = room_of(job.tenant_id)
    if job.id not in kept:
        return (tenant,)
    return tuple(f"{tenant}:{who}" for who in (MANAGERS, kept[job.id]) if who)


feed = JobFeed()
