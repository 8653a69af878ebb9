"""Reads of jobs, each through the tenancy gate, and the shape in which every door shows them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from modelship.accounts.actors import Actor
from modelship.accounts.roles import role_allows, scopes_allow
from modelship.jobs.models import Job
from modelship.jobs.sight import seen_by
from modelship.jobs.states import RUNNING
from modelship.lib.clock import wire
from modelship.lib.errors import Forbidden, NotFound
from modelship.projects import gate

NEWEST_FIRST = ("-created_at", "id")


def allows(actor: Actor, job: Job, need: str) -> bool:
    """Whether the actor may do `need` to this job: in its project, or in the tenant where it has none."""
    if job.project is not None:
        return gate.can(actor, job.project, need)
    is_own = job.tenant_id == actor.tenant.id
    return is_own and scopes_allow(actor.scopes, need) and role_allows(actor.role, need)


def may_steer(actor: Actor, job: Job) -> bool:
    """Whether the actor may cancel or retry it: who started it may, and managers."""
    is_creator = actor.user_id is not None and job.created_by_id == actor.user_id
    return allows(actor, job, "annotate" if is_creator else "manage")


def jobs_for(actor: Actor) -> QuerySet[Job]:
    """The tenant's jobs that are not kept from the actor. Raises Forbidden for a key that may not read."""
    if not scopes_allow(actor.scopes, "view"):
        raise Forbidden("This key may not read. Make one with the scope 'view'.")
    return seen_by(actor, Job.objects.filter(tenant=actor.tenant)).select_related("project")


def job_for(actor: Actor, job_id: UUID) -> Job:
    """One job that the actor may see; raises NotFound for a foreign or absent one."""
    job = jobs_for(actor).filter(id=job_id).first()
    if job is None:
        raise NotFound()
    return job


def steerable_job(actor: Actor, job_id: UUID) -> Job:
    """One job that the actor may cancel or retry; raises NotFound or Forbidden."""
    job = job_for(actor, job_id)
    if not may_steer(actor, job):
        raise Forbidden("Only who started this job and managers may do this. Ask a manager.")
    return job


def etag_of(job: Job) -> str:
    return f"{int(job.updated_at.timestamp() * 1_000_000):x}"


def progress_of(job: Job) -> dict[str, Any]:
    """How far it is; `rate` (a second) and `eta_s` only while it runs and has shown a pace."""
    rate = pace(job)
    left = max(job.total - job.done, 0)
    eta = round(left / rate, 1) if rate and job.total else None
    return {"done": job.done, "total": job.total, "rate": rate and round(rate, 2), "eta_s": eta}


def pace(job: Job) -> float | None:
    """Units a second in this attempt, by the clock of the worker that counted them."""
    if job.state != RUNNING or job.started_at is None:
        return None
    seconds = (job.updated_at - job.started_at).total_seconds()
    units = job.done - job.done_before
    return units / seconds if seconds > 0 and units > 0 else None


def steps_of(job: Job) -> list[dict[str, Any]]:
    """The steps of a job that has some, in order, each with how far it is; a step without a job waits."""
    planned = job.args.get("steps")
    if not isinstance(planned, list):
        return []
    children = {str(child.id): child for child in Job.objects.filter(parent=job)}
    return [_step(step, children.get(step["job"])) for step in planned]


def _step(step: dict[str, Any], child: Job | None) -> dict[str, Any]:
    waiting = "skipped" if step.get("is_skipped") else "waiting"
    return {
        "name": step["name"],
        "title": step["title"],
        "job": step["job"],
        "state": child.state if child else waiting,
        "progress": progress_of(child) if child else None,
        "error": child.error if child else None,
        "result": child.result if child else None,
    }


def job_dict(job: Job) -> dict[str, Any]:
    """The job as REST and sockets write it."""
    return {
        "id": str(job.id),
        "kind": job.kind,
        "title": job.title,
        "state": job.state,
        "progress": progress_of(job),
        "message": job.message,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "error": job.error,
        "result": job.result,
        "project": str(job.project_id) if job.project_id else None,
        "dataset": job.args.get("dataset"),
        "created_by": str(job.created_by_id) if job.created_by_id else None,
        "created_at": wire(job.created_at),
        "started_at": wire(job.started_at),
        "finished_at": wire(job.finished_at),
        "cancel_requested": job.cancel_requested,
    }
