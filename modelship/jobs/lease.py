"""What a worker does to jobs: claim, renew, settle, and sweep up after workers that died.

A claim stamps the job with a new token, and every later write is conditioned on it. A worker that
was thought dead and wakes up late holds an old token, so nothing that it writes can land.
"""

import random
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField as Moment
from django.db.models import Expression, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now

from modelship.jobs.endings import tell_failed
from modelship.jobs.models import Job
from modelship.jobs.states import RUNNING
from modelship.lib.clock import now
from modelship.lib.errors import Problem, Unavailable
from modelship.lib.ids import new_id

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 300.0
MESSAGE_LENGTH = Job._meta.get_field("message").max_length
log = structlog.get_logger(__name__)


def seconds_from_now(seconds: float) -> Expression:
    """By the database's clock. SQLite writes a sum with more digits than Now(), so "at once" stays Now()."""
    if not seconds:
        return Now()
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=Moment())


def lease_end() -> Expression:
    return seconds_from_now(settings.MODELSHIP_JOB_LEASE_SECONDS)


def ready(kinds: Collection[str]) -> QuerySet[Job]:
    """Jobs that a worker for `kinds` may start now, the next one first."""
    waiting = Job.objects.filter(state="queued", run_at__lte=Now(), kind__in=kinds)
    return waiting.order_by("-priority", "run_at", "created_at", "id")


def claim(kinds: Collection[str], *, only: UUID | None = None) -> Job | None:
    """Take the next ready job for this worker alone, or the one named by `only`; None when there is none.

    An idle look takes no lock. On PostgreSQL workers skip each other's rows, on SQLite the
    transaction lets one in at a time; the move itself is conditional, so a job is claimed once.
    """
    waiting = ready(kinds) if only is None else ready(kinds).filter(pk=only)
    if not waiting.exists():
        return None
    token = new_id()
    with transaction.atomic():
        pk = waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True).first()
        taken = Job.objects.filter(pk=pk).move(
            "claim",
            lease_token=token,
            lease_until=lease_end(),
            attempts=F("attempts") + 1,
            done_before=F("done"),
            started_at=now(),
        )
    if not taken:
        return None
    return Job.objects.select_related("tenant", "project", "created_by").get(lease_token=token)


def renew(job: Job, **progress: Any) -> bool:
    """Keep the lease for another while, and write the progress; False when the lease is lost."""
    fields = progress | ({"updated_at": now()} if progress else {})
    return bool(Job.objects.held(job).update(lease_until=lease_end(), **fields))


def cancel_wish(job: Job) -> bool | None:
    """Whether somebody wants this job to stop; None when the lease is lost."""
    return Job.objects.held(job).values_list("cancel_requested", flat=True).first()


def lock_held(job: Job) -> bool:
    """Lock the row until the transaction ends; False when the lease is lost."""
    held = Job.objects.held(job).select_for_update(no_key=True)
    return held.values_list("pk", flat=True).first() is not None


def settle(job: Job, move: str, **fields: Any) -> bool:
    """End this attempt with the named move; False when the lease is lost and nothing was written."""
    return bool(Job.objects.held(job).move(move, **fields))


def put_back(job: Job, *, pause: float, **fields: Any) -> bool:
    """Queue the job again after a pause, or end it where a cancel is already wished for."""
    if Job.objects.held(job).filter(cancel_requested=True).move("stop", **fields):
        return True
    return settle(job, "put_back", run_at=seconds_from_now(pause), **fields)


def release(job: Job) -> bool:
    """Give the job back unharmed: a worker that is told to stop costs it no attempt."""
    return put_back(job, pause=0, attempts=F("attempts") - 1)


def pause_after(attempts: int) -> float:
    """Seconds before the next attempt: doubling, capped, and spread so that jobs don't come back together."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (attempts - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards no secret


def sweep() -> int:
    """Take jobs back from workers that stopped renewing their leases; returns how many."""
    late = Job.objects.filter(state=RUNNING, lease_until__lt=Now())
    return sum(recover(job) for job in late.order_by("lease_until"))


def recover(job: Job) -> bool:
    """Queue one job whose lease ran out, or fail it where it has no attempts left and got nowhere."""
    late = Job.objects.held(job).filter(lease_until__lt=Now())
    with transaction.atomic():
        locked = late.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True).first()
        if locked is None:
            return False
        message = "The worker stopped answering; another one continues."
        if job.done > job.done_before:
            # This attempt got further, so all are granted anew: a long job outlives any number of workers.
            moved = put_back(job, pause=0, message=message, attempts=0)
        elif job.attempts < job.max_attempts:
            moved = put_back(job, pause=0, message=message)
        else:
            moved = settle(job, "fail", error=lost_for_good(job).as_dict())
            tell_failed(job)
    log.warning("job.recovered", job=str(job.id), kind=job.kind, attempts=job.attempts)
    return moved


def lost_for_good(job: Job) -> Problem:
    return Unavailable(
        f"The worker stopped {job.attempts} times while it ran this. Retry with less work at once, "
        "or ask your administrator to look at the worker's memory.",
        code="worker_lost",
    )
