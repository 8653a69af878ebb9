import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run, run_queued
from modelship.projects.models import Project
from tests.modelship.jobs.conftest import queue
from tests.people import Person


def hurry(job: Job) -> None:
    """Don't wait for the pause before the next attempt."""
    Job.objects.filter(pk=job.pk, state="queued").update(run_at=Now())


def test_a_job_that_works_succeeds_with_its_last_progress_and_result(alice: Person):
    job = queue(alice, "test.steps", args={"units": 3})

    assert run_queued() == 1

    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.message) == ("succeeded", 3, 3, "Working.")
    assert job.result == {"units": 3}
    assert Project.objects.filter(name__startswith=str(job.id)).count() == 3


def test_work_that_may_heal_is_tried_again_after_a_pause(alice: Person):
    job = queue(alice, "test.flaky", args={"works_at": 3})

    assert run_queued() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == ("queued", 1, None)
    assert job.message == "Attempt 1 of 3 did not work: The camera did not answer."
    assert 0.5 < (job.run_at - job.updated_at).total_seconds() <= 2.1
    for _ in range(2):
        hurry(job)
        run_queued()

    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == ("succeeded", 3, {"attempts": 3})


def test_a_handler_may_name_the_pause(alice: Person):
    job = queue(alice, "test.flaky", args={"works_at": 2, "after": 60})

    run_queued()

    job.refresh_from_db()
    assert 59 < (job.run_at - job.updated_at).total_seconds() < 61


def test_work_that_never_heals_fails_with_its_last_problem(alice: Person):
    job = queue(alice, "test.flaky", args={"works_at": 99}, max_attempts=1)

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error["code"] == "unavailable"
    assert job.error["detail"] == "The camera did not answer."


def test_a_refusal_is_final_at_once(alice: Person):
    job = queue(alice, "test.refused")

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error == {
        "type": "about:blank#no_pages",
        "title": "Can't be done",
        "status": 422,
        "detail": "The file has no pages. Upload another one.",
        "code": "no_pages",
    }


def test_our_own_mistake_is_tried_to_the_limit_and_told_without_its_trace(alice: Person):
    job = queue(alice, "test.broken")

    for _ in range(3):
        hurry(job)
        run_queued()

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error["code"]) == ("failed", 3, "internal_error")
    assert job.error["job"] == str(job.id)
    assert "secret" not in json.dumps(job.error) + job.message


def test_a_lost_connection_is_told_without_its_address(alice: Person):
    job = queue(alice, "test.unplugged", max_attempts=1)

    run_queued()

    job.refresh_from_db()
    assert job.error["code"] == "unreachable"
    assert "host name" not in json.dumps(job.error)


def test_a_result_that_can_t_be_stored_is_our_mistake(alice: Person):
    job = queue(alice, "test.nonsense", max_attempts=1)

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.error["code"], job.result) == ("failed", "internal_error", None)


def test_a_cancelled_job_stops(alice: Person):
    job = queue(alice, "test.patient")
    claimed = lease.claim(["test.patient"])
    cancel(job, alice.actor)

    assert run(JobContext(claimed, ticks_itself=True)) == "stop"

    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_cancel_beats_another_attempt(alice: Person):
    job = queue(alice, "test.flaky", args={"works_at": 99})
    claimed = lease.claim(["test.flaky"])
    cancel(job, alice.actor)

    run(JobContext(claimed))

    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_late_duplicate_overwrites_nothing(alice: Person):
    job = queue(alice, "test.steps", args={"units": 2})
    late = lease.claim(["test.steps"])
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))
    lease.sweep()
    run_queued()
    before = Job.objects.values().get(pk=job.pk)

    ending = run(JobContext(late))

    assert ending == "lost"
    assert Job.objects.values().get(pk=job.pk) == before
    assert Project.objects.filter(name__startswith=str(job.id)).count() == 2


@pytest.mark.parametrize("limit", [1, 2])
def test_run_queued_stops_at_its_limit(alice: Person, limit: int):
    for _ in range(3):
        queue(alice, "test.steps", args={"units": 0})

    assert run_queued(["test.steps"], limit=limit) == limit

    assert Job.objects.filter(state="succeeded").count() == limit
