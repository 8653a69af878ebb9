from datetime import timedelta

import pytest

from modelship.jobs import lease
from modelship.jobs.models import Job
from modelship.jobs.queries import job_dict, may_steer, progress_of
from modelship.jobs.runner import run_queued
from modelship.projects.models import Member, Project
from tests.modelship.jobs.conftest import queue
from tests.people import Person


def running(person: Person, *, done: int, total: int, seconds: float, done_before: int = 0) -> Job:
    queue(person, "test.patient", total=total)
    job = lease.claim(["test.patient"])
    job.done, job.done_before = done, done_before
    job.updated_at = job.started_at + timedelta(seconds=seconds)
    return job


def test_rate_and_time_left_follow_from_what_is_done(alice: Person):
    job = running(alice, done=30, total=120, seconds=10)

    assert progress_of(job) == {"done": 30, "total": 120, "rate": 3.0, "eta_s": 30.0}


def test_the_rate_leaves_out_what_an_earlier_attempt_did(alice: Person):
    job = running(alice, done=50, total=60, seconds=10, done_before=40)

    assert progress_of(job) == {"done": 50, "total": 60, "rate": 1.0, "eta_s": 10.0}


@pytest.mark.parametrize(("done", "total", "seconds"), [(0, 10, 5), (5, 10, 0)])
def test_without_a_pace_there_is_no_time_left(alice: Person, done: int, total: int, seconds: float):
    job = running(alice, done=done, total=total, seconds=seconds)

    assert progress_of(job) == {"done": done, "total": total, "rate": None, "eta_s": None}


def test_an_unknown_total_has_a_rate_but_no_time_left(alice: Person):
    job = running(alice, done=5, total=0, seconds=10)

    assert progress_of(job) == {"done": 5, "total": 0, "rate": 0.5, "eta_s": None}


def test_the_wire_shape_of_a_finished_job(alice: Person, project: Project):
    args = {"units": 1, "dataset": "6e0c24d4-6f24-4a55-9d4f-2f1d8f0f6a11"}
    job = queue(alice, "test.steps", args=args, project=project)
    run_queued()
    job.refresh_from_db()

    shown = job_dict(job)

    times = [shown.pop(name) for name in ("created_at", "started_at", "finished_at")]
    assert times == sorted(times)
    assert all(time.endswith("Z") for time in times)
    assert shown == {
        "id": str(job.id),
        "kind": "test.steps",
        "title": "Test of steps",
        "state": "succeeded",
        "progress": {"done": 1, "total": 1, "rate": None, "eta_s": None},
        "message": "Working.",
        "attempts": 1,
        "max_attempts": 3,
        "error": None,
        "result": {"units": 1},
        "project": str(project.id),
        "dataset": "6e0c24d4-6f24-4a55-9d4f-2f1d8f0f6a11",
        "created_by": str(alice.user.id),
        "cancel_requested": False,
    }


def test_the_creator_and_managers_steer_a_job(
    alice: Person, bob: Person, ann: Person, vic: Person, charlie: Person
):
    job = queue(ann, "test.patient")

    allowed = {person.user.name: may_steer(person.actor, job) for person in (alice, bob, ann, vic, charlie)}

    assert allowed == {"Alice": True, "Bob": False, "Ann": True, "Vic": False, "Charlie": False}


def test_a_role_in_the_project_counts(alice: Person, bob: Person, project: Project):
    Member.objects.create(project=project, user=bob.user, role="manager")

    assert may_steer(bob.actor, queue(alice, "test.patient", project=project))


def test_a_creator_who_may_only_look_by_now_steers_no_more(ann: Person, project: Project):
    job = queue(ann, "test.patient", project=project)
    Member.objects.create(project=project, user=ann.user, role="viewer")

    assert not may_steer(ann.actor, job)
