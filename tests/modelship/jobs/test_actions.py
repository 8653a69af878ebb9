import threading

import pytest
from django.db import IntegrityError, connections

from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.actions import cancel, enqueue, retry
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.lib.errors import Conflict
from modelship.projects.models import Project
from tests.modelship.jobs.conftest import queue
from tests.people import Person


def test_enqueue_makes_a_queued_job_with_the_kind_s_title(alice: Person, project: Project):
    job, is_new = enqueue(
        "test.steps", tenant=alice.tenant, args={"units": 2}, actor=alice.actor, project=project, total=2
    )

    assert is_new
    assert (job.state, job.title, job.total, job.attempts, job.max_attempts) == (
        "queued",
        "Test of steps",
        2,
        0,
        3,
    )
    assert (job.project, job.created_by) == (project, alice.user)
    assert AuditEntry.objects.get(verb="job.queued").subject == f"job:{job.id}"


def test_enqueue_of_an_unknown_kind_queues_nothing(alice: Person):
    with pytest.raises(LookupError):
        queue(alice, "test.unheard")

    assert not Job.objects.exists()


def test_an_equal_key_returns_the_live_job(alice: Person):
    first = queue(alice, "test.steps", args={"units": 1}, dedupe_key="scan:7")

    again, is_new = enqueue(
        "test.steps", tenant=alice.tenant, args={"units": 1}, actor=alice.actor, dedupe_key="scan:7"
    )

    assert (again, is_new) == (first, False)
    assert Job.objects.count() == 1


def test_a_key_is_free_again_when_its_job_has_ended(alice: Person):
    first = queue(alice, "test.steps", args={"units": 1}, dedupe_key="scan:7")
    run_queued()

    second = queue(alice, "test.steps", args={"units": 1}, dedupe_key="scan:7")

    assert second != first


def test_keys_of_two_tenants_do_not_meet(alice: Person, charlie: Person):
    queue(alice, "test.steps", args={"units": 1}, dedupe_key="scan:7")

    queue(charlie, "test.steps", args={"units": 1}, dedupe_key="scan:7")

    assert Job.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_that_enqueue_at_once_one_makes_the_job(alice: Person):
    outcomes: list[tuple[str, bool]] = []
    barrier = threading.Barrier(8)

    def enqueue_it() -> None:
        barrier.wait()
        job, is_new = enqueue(
            "test.steps", tenant=alice.tenant, args={"units": 1}, actor=alice.actor, dedupe_key="scan:7"
        )
        outcomes.append((str(job.id), is_new))
        connections.close_all()

    threads = [threading.Thread(target=enqueue_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 8
    assert len({job_id for job_id, _ in outcomes}) == 1
    assert [is_new for _, is_new in outcomes].count(True) == 1
    assert AuditEntry.objects.filter(verb="job.queued").count() == 1


def test_a_queued_job_is_cancelled_at_once(alice: Person):
    job = cancel(queue(alice, "test.patient"), alice.actor)

    assert job.state == "cancelled"
    assert job.finished_at is not None
    assert run_queued() == 0
    assert AuditEntry.objects.filter(verb="job.cancelled", subject=f"job:{job.id}").exists()


def test_a_running_job_is_asked_to_stop(alice: Person):
    queue(alice, "test.patient")
    running = lease.claim(["test.patient"])

    job = cancel(running, alice.actor)

    assert (job.state, job.cancel_requested) == ("running", True)


def test_a_finished_job_can_t_be_cancelled(alice: Person):
    job = queue(alice, "test.steps", args={"units": 1})
    run_queued()

    with pytest.raises(Conflict) as refusal:
        cancel(job, alice.actor)

    job.refresh_from_db()
    assert refusal.value.code == "job_ended"
    assert (job.state, job.cancel_requested) == ("succeeded", False)


def test_retry_queues_a_failed_job_from_its_first_attempt(alice: Person):
    job = queue(alice, "test.refused")
    run_queued()

    job = retry(job, alice.actor)

    assert (job.state, job.attempts, job.error, job.finished_at) == ("queued", 0, None, None)


def test_retry_clears_the_wish_to_cancel(alice: Person):
    job = cancel(queue(alice, "test.steps", args={"units": 1}), alice.actor)

    retry(job, alice.actor)
    run_queued()

    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == ("succeeded", False)


@pytest.mark.parametrize("finish", [True, False])
def test_only_failed_and_cancelled_jobs_are_retried(alice: Person, finish: bool):
    job = queue(alice, "test.steps", args={"units": 1})
    if finish:
        run_queued()
    before = Job.objects.values().get(pk=job.pk)

    with pytest.raises(Conflict) as refusal:
        retry(job, alice.actor)

    assert refusal.value.code == "not_retryable"
    assert Job.objects.values().get(pk=job.pk) == before


def test_retry_is_refused_while_an_equal_job_is_live(alice: Person):
    first = cancel(queue(alice, "test.patient", dedupe_key="scan:7"), alice.actor)
    queue(alice, "test.patient", dedupe_key="scan:7")

    with pytest.raises(Conflict) as refusal:
        retry(first, alice.actor)

    assert refusal.value.code == "already_running"


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "running"},
        {"state": "failed"},
        {"state": "asleep"},
        {"error": {"code": "x"}},
        {"done": 3, "total": 2},
        {"attempts": 4},
    ],
)
def test_the_database_refuses_rows_that_make_no_sense(alice: Person, wrong: dict):
    job = queue(alice, "test.patient")

    with pytest.raises(IntegrityError):
        Job.objects.filter(pk=job.pk).update(**wrong)
