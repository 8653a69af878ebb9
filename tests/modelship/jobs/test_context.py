from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.context import TICK_SECONDS, JobContext
from modelship.jobs.errors import Cancelled, LeaseLost, WorkerStopping
from modelship.jobs.models import Job
from modelship.projects.models import Project
from tests.modelship.jobs.conftest import queue
from tests.people import Person


@pytest.fixture
def job(alice: Person) -> Job:
    queue(alice, "test.patient")
    return lease.claim(["test.patient"])


def tick_now(ctx: JobContext) -> None:
    ctx._ticked_at -= TICK_SECONDS
    ctx.tick()


def stored(job: Job) -> tuple[int, int, str]:
    return Job.objects.values_list("done", "total", "message").get(pk=job.pk)


def steal(job: Job) -> Job:
    """Another worker takes the job over."""
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))
    lease.sweep()
    return lease.claim(["test.patient"])


def test_progress_reaches_the_row_with_the_next_tick(job: Job):
    ctx = JobContext(job)

    ctx.progress(3, 10, "Reading.")
    before = stored(job)
    tick_now(ctx)

    assert before == (0, 0, "")
    assert stored(job) == (3, 10, "Reading.")


def test_ticks_that_come_too_soon_write_nothing(job: Job):
    ctx = JobContext(job)
    ctx.progress(1, 10)
    tick_now(ctx)

    ctx.progress(2, 10)
    ctx.tick()

    assert stored(job)[0] == 1
    assert ctx.unwritten()["done"] == 2


@pytest.mark.django_db(transaction=True)
def test_progress_that_could_not_be_written_is_written_later(job: Job):
    ctx = JobContext(job)
    ctx.progress(4, 10)

    with pytest.raises(OperationalError), connection.execute_wrapper(no_updates):
        tick_now(ctx)
    tick_now(ctx)

    assert stored(job)[:2] == (4, 10)


def no_updates(execute: Callable[..., object], sql: str, *rest: object) -> object:
    """A database that is read-only for the moment."""
    if sql.startswith("UPDATE"):
        raise OperationalError("the disk is full")
    return execute(sql, *rest)


def test_progress_never_shrinks_and_never_passes_the_total(job: Job):
    ctx = JobContext(job)

    ctx.progress(5, 10)
    ctx.progress(3)
    ctx.progress(12, 10)
    tick_now(ctx)

    assert stored(job)[:2] == (12, 12)


def test_a_cancel_is_heard_with_the_next_tick(job: Job, alice: Person):
    ctx = JobContext(job)
    cancel(job, alice.actor)

    tick_now(ctx)

    assert ctx.should_stop()
    with pytest.raises(Cancelled):
        ctx.check()


def test_a_lost_lease_is_heard_with_the_next_tick(job: Job):
    ctx = JobContext(job)
    heir = steal(job)

    ctx.progress(7, 10)
    tick_now(ctx)

    with pytest.raises(LeaseLost):
        ctx.progress(8, 10)
    assert stored(heir) == (0, 0, "The worker stopped answering; another one continues.")


def test_a_stopping_worker_ends_the_work_at_the_next_step(job: Job):
    stopping = Event()
    ctx = JobContext(job, stopping=stopping)
    ctx.check()

    stopping.set()

    with pytest.raises(WorkerStopping):
        ctx.check()


def test_a_context_without_a_thread_ticks_at_its_steps(job: Job, alice: Person):
    ctx = JobContext(job, ticks_itself=True)
    cancel(job, alice.actor)

    ctx._ticked_at -= TICK_SECONDS

    with pytest.raises(Cancelled):
        ctx.progress(1, 2)
    assert stored(job)[:2] == (1, 2)


def test_fenced_results_of_the_holder_land(job: Job):
    with JobContext(job).fenced():
        Project.objects.create(tenant=job.tenant, name="result")

    assert Project.objects.filter(name="result").exists()


def test_fenced_results_of_a_lost_lease_do_not_land(job: Job):
    ctx = JobContext(job)
    steal(job)

    with pytest.raises(LeaseLost), ctx.fenced():
        Project.objects.create(tenant=job.tenant, name="result")

    assert not Project.objects.filter(name="result").exists()
    with pytest.raises(LeaseLost):
        ctx.check()


def test_a_fenced_block_renews_the_lease(job: Job):
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))

    with JobContext(job).fenced():
        pass

    assert lease.sweep() == 0


def land_and_fail(job: Job) -> None:
    with JobContext(job).fenced():
        Project.objects.create(tenant=job.tenant, name="result")
        raise ZeroDivisionError


def test_a_fenced_block_that_fails_keeps_nothing(job: Job):
    with pytest.raises(ZeroDivisionError):
        land_and_fail(job)

    assert not Project.objects.filter(name="result").exists()
