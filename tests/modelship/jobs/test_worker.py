"""Workers on threads of this process: stopping, cancelling, hanging, sharing the queue."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.models.functions import Now

from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.models import Job
from modelship.jobs.worker import Worker
from modelship.projects.models import Project
from tests.modelship.jobs.conftest import queue, state_of, wait_until
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
Crew = Callable[..., Worker]


def test_a_waiting_worker_takes_a_new_job_at_once(alice: Person, crew: Crew):
    crew()
    time.sleep(0.3)

    job = queue(alice, "test.steps", args={"units": 1})

    assert wait_until(lambda: state_of(job) == "succeeded") < 2


def test_several_slots_and_workers_do_each_job_once(alice: Person, crew: Crew):
    jobs = [queue(alice, "test.steps", args={"units": 2}) for _ in range(12)]

    crew(slots=2)
    crew(slots=2)

    wait_until(lambda: Job.objects.filter(state="succeeded").count() == 12)
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
    assert Project.objects.filter(tenant=alice.tenant).count() == 2 * len(jobs)


def test_a_running_job_is_cancelled_within_a_second(alice: Person, crew: Crew):
    job = queue(alice, "test.patient")
    crew()
    wait_until(lambda: state_of(job) == "running")

    cancel(job, alice.actor)

    assert wait_until(lambda: state_of(job) == "cancelled") < 1.0


def test_progress_shows_while_the_job_runs(alice: Person, crew: Crew):
    job = queue(alice, "test.steps", args={"units": 40, "pause": 0.05})
    crew()

    wait_until(lambda: Job.objects.filter(pk=job.pk, state="running", done__gt=0, total=40).exists())

    seen = []
    while state_of(job) == "running":
        seen.append(Job.objects.values_list("done", flat=True).get(pk=job.pk))
        time.sleep(0.05)
    assert seen == sorted(seen)


def test_a_long_step_keeps_its_lease(alice: Person, crew: Crew, settings):
    settings.MODELSHIP_JOB_LEASE_SECONDS = 1
    job = queue(alice, "test.stubborn", args={"seconds": 2.5})

    crew()
    crew()

    wait_until(lambda: state_of(job) == "succeeded")
    assert Job.objects.get(pk=job.pk).attempts == 1


def test_a_stopped_worker_puts_its_job_back_unharmed(alice: Person, crew: Crew):
    job = queue(alice, "test.patient")
    worker = crew()
    wait_until(lambda: state_of(job) == "running")

    worker.stop()

    assert wait_until(lambda: state_of(job) == "queued") < 2
    assert Job.objects.get(pk=job.pk).attempts == 0


def test_a_job_that_ignores_the_stop_is_taken_from_it(alice: Person, crew: Crew, monkeypatch):
    monkeypatch.setattr("modelship.jobs.worker.STOP_SECONDS", 0.5)
    job = queue(alice, "test.stubborn", args={"seconds": 3})
    worker = crew()
    wait_until(lambda: state_of(job) == "running")

    worker.stop()

    assert wait_until(lambda: state_of(job) == "queued") < 2
    time.sleep(3)
    assert state_of(job) == "queued"


def test_a_hanging_job_loses_its_lease_and_its_slot_is_replaced(alice: Person, crew: Crew, settings):
    settings.MODELSHIP_JOB_LEASE_SECONDS = 1
    hanging = queue(alice, "test.stubborn", args={"seconds": 6}, max_attempts=1)
    crew(silence=0.5)

    wait_until(lambda: state_of(hanging) == "failed")
    after = queue(alice, "test.steps", args={"units": 1})

    wait_until(lambda: state_of(after) == "succeeded", 3)
    assert Job.objects.get(pk=hanging.pk).error["code"] == "worker_lost"


def test_drain_ends_when_nothing_is_ready(alice: Person):
    now_, later = queue(alice, "test.steps", args={"units": 1}), queue(alice, "test.steps", args={"units": 1})
    Job.objects.filter(pk=later.pk).update(run_at=Now() + timedelta(hours=1))

    call_command("worker", "--drain")

    assert (state_of(now_), state_of(later)) == ("succeeded", "queued")


def test_once_runs_one_job(alice: Person):
    jobs = [queue(alice, "test.steps", args={"units": 1}) for _ in range(2)]

    call_command("worker", "--once")

    assert [state_of(job) for job in jobs] == ["succeeded", "queued"]


def test_kinds_are_chosen_by_name(alice: Person):
    chosen = queue(alice, "test.steps", args={"units": 1})
    other = queue(alice, "test.flaky", args={"works_at": 1})

    call_command("worker", "--drain", "--kinds", "test.steps")

    assert (state_of(chosen), state_of(other)) == ("succeeded", "queued")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--kinds", "test.unheard"], r"test\.unheard"), (["--concurrency", "0"], "at least 1")],
)
def test_wrong_arguments_are_refused_in_words(arguments: list[str], words: str):
    with pytest.raises(CommandError, match=words):
        call_command("worker", "--drain", *arguments)


def test_a_worker_outlives_a_database_that_goes_away(alice: Person, crew: Crew, monkeypatch):
    real, failures = lease.claim, iter(range(2))

    def claim(kinds: frozenset[str], **more: Any) -> Job | None:
        if next(failures, None) is not None:
            raise OperationalError("the server closed the connection")
        return real(kinds, **more)

    # The database of the tests can't be stopped, so its refusal is put where a claim meets it.
    monkeypatch.setattr(lease, "claim", claim)
    job = queue(alice, "test.steps", args={"units": 1})

    crew()

    wait_until(lambda: state_of(job) == "succeeded", 6)
