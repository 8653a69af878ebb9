"""Real worker processes that are killed, stopped and started again."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from modelship.jobs.models import Job
from modelship.projects.models import Project
from tests.modelship.jobs.conftest import Process, queue, state_of, wait_until
from tests.people import Person

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Start = Callable[..., Process]


def units(job: Job) -> int:
    return Project.objects.filter(name__startswith=str(job.id)).count()


def starts(log: Path) -> list[str]:
    return [line.split()[1] for line in log.read_text().splitlines()]


def test_a_killed_worker_s_job_is_finished_by_another_each_unit_once(
    alice: Person, start_process: Start, tmp_path: Path
):
    log = tmp_path / "starts"
    job = queue(alice, "test.steps", args={"units": 30, "pause": 0.1, "log": str(log)})
    victim = start_process()
    wait_until(lambda: units(job) >= 5)

    victim.kill()
    at_death = units(job)
    start_process()

    assert wait_until(lambda: state_of(job) == "succeeded", 40) < 40
    job.refresh_from_db()
    assert 5 <= at_death < 30
    assert (units(job), job.done, job.attempts, job.result) == (30, 30, 1, {"units": 30})
    # It got further, so its attempts count anew.
    assert starts(log) == ["1", "1"]


def test_a_job_that_kills_its_workers_ends_after_its_attempts(
    alice: Person, start_process: Start, tmp_path: Path
):
    log = tmp_path / "starts"
    job = queue(alice, "test.poison", args={"log": str(log)}, max_attempts=2)

    for _ in range(2):
        assert start_process().ends() == -signal.SIGKILL
    start_process()

    wait_until(lambda: state_of(job) == "failed")
    job.refresh_from_db()
    assert (job.attempts, job.error["code"]) == (2, "worker_lost")
    assert starts(log) == ["1", "2"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_in_order(alice: Person, start_process: Start, number: signal.Signals):
    job = queue(alice, "test.patient")
    worker = start_process()
    wait_until(lambda: state_of(job) == "running")

    worker.process.send_signal(number)

    assert worker.ends(6) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_token) == ("queued", 0, None)
    assert '"worker.stopped"' in worker.said()


def test_the_second_signal_ends_it_at_once(alice: Person, start_process: Start, tmp_path: Path):
    log = tmp_path / "starts"
    job = queue(alice, "test.stubborn", args={"seconds": 30, "log": str(log)})
    worker = start_process()
    wait_until(lambda: state_of(job) == "running" and log.exists())

    worker.process.send_signal(signal.SIGTERM)
    worker.process.send_signal(signal.SIGINT)

    assert worker.ends(3) == 1
