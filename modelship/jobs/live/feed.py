"""Changes of jobs, for those who watch: one poll per process while anybody does.

Jobs change in other processes, so the row is asked. A job that moved is sent once per change.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import Error

from modelship.jobs.models import Job
from modelship.jobs.queries import job_dict
from modelship.lib.clock import now
from modelship.live.events import Event
from modelship.live.rooms import Member, hub
from modelship.live.threads import watching_db

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
# Rows are stamped before they commit, and by other machines' clocks: look a little further back.
OVERLAP = timedelta(seconds=5)
MOST = 500


def room_of(tenant_id: UUID) -> str:
    return f"jobs:{tenant_id}"


class JobFeed:
    def __init__(self) -> None:
        self._watchers: dict[UUID, int] = {}
        self._sent: dict[UUID, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, tenant_id: UUID, member: Member) -> None:
        hub.join(room_of(tenant_id), member)
        self._watchers[tenant_id] = self._watchers.get(tenant_id, 0) + 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._poll())

    def leave(self, tenant_id: UUID, member: Member) -> None:
        hub.leave(room_of(tenant_id), member)
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

    def _pass_on(self, changed: list[tuple[UUID, UUID, datetime, dict[str, Any]]]) -> None:
        fresh = {job_id: at for _, job_id, at, _ in changed}
        for tenant_id, job_id, at, shown in changed:
            if self._sent.get(job_id) != at and (room := hub.rooms.get(room_of(tenant_id))):
                body = orjson.dumps({"type": "job", "job": shown}).decode()
                room.take(Event(room.name, None, body))
        self._sent = fresh


def changed_jobs(
    tenant_ids: list[UUID], since: datetime
) -> list[tuple[UUID, UUID, datetime, dict[str, Any]]]:
    """Tenant, id, stamp and wire shape of the jobs that changed since then, oldest change first."""
    rows = Job.objects.filter(tenant_id__in=tenant_ids, updated_at__gte=since)
    newest = rows.select_related("project").order_by("-updated_at")[:MOST]
    return [(job.tenant_id, job.id, job.updated_at, job_dict(job)) for job in reversed(newest)]


feed = JobFeed()
