import uuid

import pytest
from django.http import HttpResponse
from django.test import Client

from modelship.accounts.actions import create_api_key
from modelship.jobs import lease
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.projects.models import Project
from tests.modelship.jobs.conftest import queue
from tests.people import Person


def url(job: Job, action: str = "") -> str:
    return f"/api/v1/jobs/{job.id}{action}"


def ids(answer: HttpResponse) -> list[str]:
    assert answer.status_code == 200
    return [shown["id"] for shown in answer.json()["results"]]


def bare(answer: HttpResponse) -> tuple[int, dict]:
    return answer.status_code, {**answer.json(), "request_id": "any"}


def test_the_list_shows_the_tenant_s_jobs_newest_first(alice: Person, vic: Person, charlie: Person):
    first, second = queue(alice, "test.patient"), queue(alice, "test.patient")
    queue(charlie, "test.patient")

    assert ids(vic.api.get("/api/v1/jobs")) == [str(second.id), str(first.id)]


def test_the_list_is_narrowed_by_state_kind_project_and_dataset(alice: Person, project: Project):
    dataset = str(uuid.uuid4())
    plain = queue(alice, "test.patient")
    failed = queue(alice, "test.refused")
    run_queued(["test.refused"])
    ours = queue(alice, "test.steps", args={"units": 1, "dataset": dataset}, project=project)

    def found(query: str) -> list[str]:
        return ids(alice.api.get(f"/api/v1/jobs?{query}"))

    assert found("state=failed") == [str(failed.id)]
    assert found("kind=test.patient") == [str(plain.id)]
    assert found(f"project={project.id}") == [str(ours.id)]
    assert found(f"dataset={dataset}&state=queued") == [str(ours.id)]
    assert found(f"dataset={uuid.uuid4()}") == []


@pytest.mark.parametrize("query", ["state=asleep", "project=7", "dataset=x", "limit=0", "cursor=x"])
def test_a_filter_that_makes_no_sense_is_a_400(alice: Person, query: str):
    answer = alice.api.get(f"/api/v1/jobs?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_pages_follow_each_other(alice: Person):
    jobs = [str(queue(alice, "test.patient").id) for _ in range(5)]

    first = alice.api.get("/api/v1/jobs?limit=3")
    second = alice.api.get(first.json()["next"])

    assert ids(first) + ids(second) == jobs[::-1]


def test_one_job_is_shown_with_its_etag(ann: Person):
    job = queue(ann, "test.patient")

    answer = ann.api.get(url(job))

    assert answer.json()["title"] == "Test of patient"
    assert answer["ETag"].startswith('"')


def test_a_stranger_s_answers_equal_those_for_a_job_that_never_was(alice: Person, charlie: Person):
    job = queue(alice, "test.patient")
    absent = Job(id=uuid.uuid4())

    for action in ("/cancel", "/retry"):
        foreign, missing = charlie.api.post(url(job, action)), charlie.api.post(url(absent, action))
        assert bare(foreign) == bare(missing)
        assert foreign.status_code == 404
    assert bare(charlie.api.get(url(job))) == bare(charlie.api.get(url(absent)))
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_without_credentials_there_is_a_401(alice: Person):
    job = queue(alice, "test.patient")

    answers = [Client().get("/api/v1/jobs"), Client().get(url(job)), Client().post(url(job, "/cancel"))]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


def test_the_creator_cancels(ann: Person):
    answer = ann.api.post(url(queue(ann, "test.patient"), "/cancel"))

    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


def test_cancelling_a_running_job_asks_it_to_stop(alice: Person):
    queue(alice, "test.patient")
    running = lease.claim(["test.patient"])

    answer = alice.api.post(url(running, "/cancel")).json()

    assert (answer["state"], answer["cancel_requested"]) == ("running", True)


@pytest.mark.parametrize("action", ["/cancel", "/retry"])
def test_other_people_s_jobs_are_for_managers(alice: Person, ann: Person, vic: Person, action: str):
    job = queue(alice, "test.patient")
    before = Job.objects.values().get(pk=job.pk)

    answers = [person.api.post(url(job, action)) for person in (ann, vic)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert Job.objects.values().get(pk=job.pk) == before


def test_a_key_that_may_only_read_steers_nothing(alice: Person):
    key = create_api_key(alice.actor, name="reader", scopes=["view"])[1]
    reader = Client(headers={"authorization": f"Api-Key {key}"})
    job = queue(alice, "test.patient")

    assert reader.get(url(job)).status_code == 200
    assert reader.post(url(job, "/cancel")).status_code == 403
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_a_failed_job_is_retried(alice: Person):
    job = queue(alice, "test.refused")
    run_queued()
    assert alice.api.get(url(job)).json()["error"]["code"] == "no_pages"

    answer = alice.api.post(url(job, "/retry"))

    assert answer.status_code == 202
    assert (answer.json()["job"]["state"], answer.json()["job"]["error"]) == ("queued", None)


def test_moves_that_are_not_possible_are_409(alice: Person):
    job = queue(alice, "test.steps", args={"units": 0})
    run_queued()

    answers = [alice.api.post(url(job, "/cancel")), alice.api.post(url(job, "/retry"))]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "job_ended"),
        (409, "not_retryable"),
    ]
