"""One attempt at one claimed job: call the handler, then write down how it ended."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.endings import tell_failed
from modelship.jobs.errors import Cancelled, LeaseLost, Retryable, WorkerStopping
from modelship.jobs.models import Job
from modelship.jobs.registry import kind_named, kind_names
from modelship.lib.errors import InternalError, Problem, TooManyRequests, Unavailable

# What another try can heal. Any other Problem is final; any other exception is our own mistake.
HEALING = (Unavailable, TooManyRequests, TimeoutError, ConnectionError, OperationalError, InterfaceError)
SETTLE_TRIES = 9
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ending:
    """How an attempt ended: the move to make, the fields to write with it, the pause before the next."""

    move: str
    fields: dict[str, Any] = field(default_factory=dict)
    pause: float = 0.0


def run(ctx: JobContext) -> str:
    """Run the claimed job to an end; returns the name of the move that was made, or "lost"."""
    job, began = ctx.job, time.monotonic()
    with structlog.contextvars.bound_contextvars(job=str(job.id), kind=job.kind, attempt=job.attempts):
        log.info("job.started", tenant=str(job.tenant_id))
        ending = attempt(ctx)
        made = write(ctx, ending)
        log.info("job.ended", ending=made, seconds=round(time.monotonic() - began, 3))
    return made


def run_queued(kinds: Collection[str] | None = None, *, limit: int = 10_000) -> int:
    """Run ready jobs in this thread until there are none (at most `limit`); returns how many ran.

    For commands and tests. Leases are renewed by the handlers' own steps, not by a thread.
    """
    names = kind_names() if kinds is None else kinds
    for count in range(limit):
        job = lease.claim(names)
        if job is None:
            return count
        run(JobContext(job, ticks_itself=True))
    return limit


def attempt(ctx: JobContext) -> Ending:
    """Call the handler and turn whatever comes out of it into an ending."""
    try:
        ctx.check()
        result = kind_named(ctx.job.kind).handler(ctx.job, ctx)
        if result is not None and not isinstance(result, dict):
            raise TypeError(f"The handler of {ctx.job.kind} returned {type(result).__name__}, not a dict.")
    except Exception as error:  # noqa: BLE001 - whatever a handler raises ends its attempt, not the worker
        return ending_of(error, ctx.job)
    return Ending("succeed", {"result": result})


def ending_of(error: Exception, job: Job) -> Ending:
    match error:
        case Cancelled():
            return Ending("stop")
        case LeaseLost():
            return Ending("lost")
        case WorkerStopping():
            return Ending("put_back", {"attempts": F("attempts") - 1})
    problem = problem_of(error, job)
    is_final = isinstance(error, Problem) and not isinstance(error, HEALING)
    if is_final or job.attempts >= job.max_attempts:
        return Ending("fail", {"error": problem.as_dict()})
    asked = error.after if isinstance(error, Retryable) else None
    pause = lease.pause_after(job.attempts) if asked is None else asked
    message = f"Attempt {job.attempts} of {job.max_attempts} did not work: {problem.detail}"
    return Ending("put_back", {"message": message[: lease.MESSAGE_LENGTH]}, pause)


def problem_of(error: Exception, job: Job) -> Problem:
    """What people are told. The trace goes to the log, never into the row."""
    if isinstance(error, Problem):
        log.warning("job.refused", code=error.code, detail=error.detail)
        return error
    if isinstance(error, HEALING):
        log.warning("job.disturbed", error=repr(error))
        return Unavailable(
            "Something this job needs did not answer. Retry it in a few minutes.", code="unreachable"
        )
    log.error("job.crashed", exc_info=error)
    return InternalError(
        "ModelShip made a mistake, not you. Retry the job; if it fails again, give your administrator its id.",
        job=str(job.id),
    )


def write(ctx: JobContext, ending: Ending) -> str:
    """Write the ending, patiently while the database is away; a result that can't be stored is our mistake."""
    if ending.move == "lost":
        return "lost"
    progress = ctx.unwritten()
    for tries in range(1, SETTLE_TRIES + 1):
        try:
            return ending.move if landed(ctx.job, ending, progress) else "lost"
        except (OperationalError, InterfaceError) as error:
            log.warning("job.ending_unwritten", error=repr(error), tries=tries)
            connection.close()
            time.sleep(min(0.25 * 2.0**tries, 20.0))
        except (TypeError, ValueError, DatabaseError) as error:
            if ending.move != "succeed":
                raise
            ending = ending_of(error, ctx.job)
    return "lost"


def landed(job: Job, ending: Ending, progress: dict[str, Any]) -> bool:
    fields = progress | ending.fields
    with transaction.atomic():
        if ending.move == "put_back":
            return lease.put_back(job, pause=ending.pause, **fields)
        has_landed = lease.settle(job, ending.move, **fields)
        if has_landed and ending.move == "fail":
            tell_failed(job)
        return has_landed
