"""What people and other apps do to jobs: enqueue, cancel, retry."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Expression
from django.db.models.functions import Now

from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.audit.actions import record
from modelship.jobs.models import Job, JobQuerySet
from modelship.jobs.registry import kind_named
from modelship.jobs.states import LIVE, RUNNING
from modelship.lib.clock import now
from modelship.lib.errors import Conflict
from modelship.projects.models import Project

ENQUEUE_TRIES = 3


class JobOptions(TypedDict, total=False):
    """What `enqueue` may be told beyond the work itself."""

    project: Project | None
    dedupe_key: str | None
    priority: int
    title: str
    total: int
    parent: Job | None
    run_at: datetime | Expression
    max_attempts: int


def enqueue(
    kind: str, *, tenant: Tenant, args: dict[str, Any], actor: Actor, **options: Unpack[JobOptions]
) -> tuple[Job, bool]:
    """Queue work, in the caller's transaction; returns the job and whether it is new.

    With a `dedupe_key`, a job of the same tenant, kind and key that is queued or running is
    returned instead of a second one. Raises LookupError for an unknown kind.
    """
    known = kind_named(kind)
    options["title"] = options.get("title") or known.title
    options["dedupe_key"] = options.get("dedupe_key") or ""
    options.setdefault("max_attempts", known.max_attempts)
    job = Job(kind=kind, tenant=tenant, args=args, created_by=actor.user, **options)
    for tries_left in reversed(range(ENQUEUE_TRIES)):
        if twin := live_twin(job):
            return twin, False
        try:
            with transaction.atomic():
                job.save(force_insert=True)
                record(actor, "job.queued", f"job:{job.id}", kind=kind, title=job.title)
            return job, True
        except IntegrityError:
            # A twin slipped in between the look and the insert: the next look finds it.
            if not job.dedupe_key or not tries_left:
                raise
    raise AssertionError("unreachable")


def live_twin(job: Job) -> Job | None:
    if not job.dedupe_key:
        return None
    twins = Job.objects.filter(tenant=job.tenant, kind=job.kind, dedupe_key=job.dedupe_key)
    return twins.filter(state__in=LIVE).exclude(pk=job.pk).first()


@transaction.atomic
def cancel(job: Job, actor: Actor) -> Job:
    """Cancel at once what is queued; ask what is running to stop. A finished job raises Conflict.

    The steps of a job are cancelled with it.
    """
    if not _stop(Job.objects.filter(pk=job.pk)):
        raise Conflict("This job has already ended. There is nothing to cancel.", code="job_ended")
    _stop(Job.objects.filter(parent=job))
    record(actor, "job.cancelled", f"job:{job.id}", kind=job.kind)
    job.refresh_from_db()
    return job


def _stop(these: JobQuerySet) -> int:
    return these.move("cancel") + these.filter(state=RUNNING).update(cancel_requested=True, updated_at=now())


@transaction.atomic
def retry(job: Job, actor: Actor) -> Job:
    """Queue a failed or cancelled job again, from its first attempt, with the step of it that stopped it.

    Raises Conflict for any other state, or while an equal job is queued or running.
    """
    if live_twin(job):
        raise Conflict(
            "The same work is already queued or running. Wait for it to end.", code="already_running"
        )
    fresh = {
        "attempts": 0,
        "cancel_requested": False,
        "done": 0,
        "message": "",
        "error": None,
        "result": None,
    }
    try:
        with transaction.atomic():
            moved = Job.objects.filter(pk=job.pk).move("retry", run_at=Now(), **fresh)
            if moved:
                Job.objects.filter(parent=job).move("retry", run_at=Now(), **fresh)
    except IntegrityError:
        raise Conflict(
            "The same work has just been started. Wait for it to end.", code="already_running"
        ) from None
    if not moved:
        raise Conflict("Only failed and cancelled jobs can be retried.", code="not_retryable")
    record(actor, "job.retried", f"job:{job.id}", kind=job.kind)
    job.refresh_from_db()
    return job
