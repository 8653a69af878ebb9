import pytest
from django.test import Client

from modelship.accounts.models import User
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.modelship.jobs.conftest import queue
from tests.people import Person


@pytest.fixture
def operator(alice: Person) -> Client:
    User.objects.filter(pk=alice.user.pk).update(is_staff=True, is_superuser=True)
    return alice.browser


def act(client: Client, action: str, *jobs: Job) -> str:
    form = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    return client.post("/admin/jobs/job/", form, follow=True).content.decode()


def test_jobs_are_listed_and_read_but_not_made_or_removed(operator: Client, alice: Person):
    job = queue(alice, "test.patient")

    assert "Test of patient" in operator.get("/admin/jobs/job/").content.decode()
    assert operator.get(f"/admin/jobs/job/{job.pk}/change/").status_code == 200
    assert operator.get("/admin/jobs/job/add/").status_code == 403
    assert operator.post(f"/admin/jobs/job/{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Job.objects.filter(pk=job.pk).exists()


def test_jobs_are_cancelled_and_retried_in_bulk(operator: Client, alice: Person, charlie: Person):
    ours, theirs = queue(alice, "test.steps", args={"units": 0}), queue(charlie, "test.patient")
    ended = queue(alice, "test.steps", args={"units": 0}, priority=9)
    run_queued(limit=1)

    said = act(operator, "cancel_jobs", ours, theirs, ended)
    states = list(Job.objects.filter(pk__in=[ours.pk, theirs.pk]).values_list("state", flat=True))
    act(operator, "retry_jobs", ours)

    assert "2 jobs were cancelled." in said
    assert "This job has already ended." in said
    assert states == ["cancelled", "cancelled"]
    ours.refresh_from_db()
    assert ours.state == "queued"
