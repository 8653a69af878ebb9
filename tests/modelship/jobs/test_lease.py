from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.models import Job
from modelship.lib.clock import now
from tests.modelship.jobs.conftest import queue
from tests.people import Person

KINDS = ["test.patient", "test.steps"]


def claimed(person: Person, **options: object) -> Job:
    queue(person, "test.patient", **options)
    return lease.claim(KINDS)


def let_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def row(job: Job) -> dict:
    return Job.objects.values().get(pk=job.pk)


def test_a_claim_takes_the_job_and_counts_the_attempt(alice: Person):
    queue(alice, "test.patient")

    job = lease.claim(KINDS)

    assert (job.state, job.attempts) == ("running", 1)
    assert job.lease_token is not None
    assert timedelta(seconds=15) < job.lease_until - now() <= timedelta(seconds=21)
    assert lease.claim(KINDS) is None


def test_claims_go_by_priority_then_by_age(alice: Person):
    first = queue(alice, "test.patient")
    second = queue(alice, "test.patient")
    urgent = queue(alice, "test.patient", priority=5)

    assert [lease.claim(KINDS) for _ in range(3)] == [urgent, first, second]


def test_a_worker_leaves_other_kinds_and_later_jobs_alone(alice: Person):
    queue(alice, "test.flaky", args={"works_at": 1})
    queue(alice, "test.patient", run_at=now() + timedelta(minutes=1))

    assert lease.claim(KINDS) is None


def test_renewing_moves_the_end_and_writes_progress(alice: Person):
    job = claimed(alice)
    let_lease_run_out(job)

    assert lease.renew(job, done=3, total=9, message="Reading.")

    job.refresh_from_db()
    assert job.lease_until > now()
    assert (job.done, job.total, job.message) == (3, 9, "Reading.")


def test_a_late_worker_can_write_nothing(alice: Person):
    late = claimed(alice)
    let_lease_run_out(late)
    lease.sweep()
    heir = lease.claim(KINDS)
    before = row(heir)

    assert not lease.renew(late, done=99)
    assert not lease.settle(late, "succeed", result={"by": "late"})
    assert not lease.put_back(late, pause=0)
    assert not lease.release(late)
    assert not lease.lock_held(late)
    assert lease.cancel_wish(late) is None
    assert row(heir) == before


def test_a_job_whose_lease_ran_out_is_queued_again(alice: Person):
    job = claimed(alice)
    let_lease_run_out(job)

    assert lease.sweep() == 1

    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_token) == ("queued", 1, None)
    assert lease.claim(KINDS).attempts == 2


def test_a_lease_that_still_runs_is_left_alone(alice: Person):
    job = claimed(alice)
    before = row(job)

    assert lease.sweep() == 0

    assert row(job) == before


def test_a_job_that_loses_every_worker_fails(alice: Person):
    job = queue(alice, "test.patient", max_attempts=2)
    for _ in range(2):
        let_lease_run_out(lease.claim(KINDS))
        lease.sweep()

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error["code"]) == ("failed", 2, "worker_lost")
    assert job.error["status"] == 503
    assert lease.claim(KINDS) is None


def test_a_lost_job_that_somebody_cancelled_is_cancelled(alice: Person):
    job = claimed(alice)
    cancel(job, alice.actor)
    let_lease_run_out(job)

    lease.sweep()

    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_sweep_does_not_take_a_lease_that_was_renewed_meanwhile(alice: Person):
    job = claimed(alice)
    let_lease_run_out(job)
    seen = Job.objects.get(pk=job.pk)
    lease.renew(job)

    assert not lease.recover(seen)

    job.refresh_from_db()
    assert job.state == "running"


def test_releasing_costs_no_attempt(alice: Person):
    job = claimed(alice)

    assert lease.release(job)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)


def test_pauses_double_up_to_five_minutes_and_are_spread():
    for attempts, longest in [(1, 2), (2, 4), (3, 8), (20, 300)]:
        pauses = {lease.pause_after(attempts) for _ in range(50)}

        assert longest / 2 <= min(pauses) < max(pauses) <= longest


@pytest.mark.parametrize("move", ["succeed", "fail", "stop", "put_back"])
def test_every_end_of_an_attempt_clears_the_lease(alice: Person, move: str):
    job = claimed(alice)
    fields = {"error": {"code": "x"}} if move == "fail" else {}

    lease.settle(job, move, **fields)

    job.refresh_from_db()
    assert (job.lease_token, job.lease_until) == (None, None)
    assert (job.finished_at is None) == (move == "put_back")


def test_the_rate_of_an_attempt_counts_from_where_it_began(alice: Person):
    job = claimed(alice)
    lease.renew(job, done=40, total=100, message="")
    lease.release(job)

    again = lease.claim(KINDS)

    assert (again.done, again.done_before) == (40, 40)
    assert Job.objects.filter(done=F("done_before")).exists()


def test_a_job_that_gets_further_outlives_any_number_of_workers(alice: Person):
    job = queue(alice, "test.patient", max_attempts=2)
    for done in range(5):
        claimed_job = lease.claim(KINDS)
        Job.objects.filter(pk=job.pk).update(done=done + 1)
        let_lease_run_out(claimed_job)
        lease.sweep()

    job.refresh_from_db()
    assert (job.state, job.attempts, job.done) == ("queued", 0, 5)


def test_an_attempt_that_gets_nowhere_counts_from_the_last_that_got_further(alice: Person):
    job = queue(alice, "test.patient", max_attempts=2)
    for done in (1, 1, 2, 2, 3):
        claimed_job = lease.claim(KINDS)
        Job.objects.filter(pk=job.pk).update(done=done)
        let_lease_run_out(claimed_job)
        lease.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)

    for _ in range(2):
        let_lease_run_out(lease.claim(KINDS))
        lease.sweep()

    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "worker_lost")
