"""Labelling while the detector service is away: the job waits, keeps its lease, can be cancelled, and goes on."""

import threading
import time

import pytest
from django.test import override_settings

from inference.models import ImageRun
from modelship.jobs.actions import cancel
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.inference.client import bad_service
from tests.inference.detector_service import TOKEN, DetectorService
from tests.inference.installed import add_images, boxes_of

pytestmark = pytest.mark.django_db(transaction=True)


def ordered(person, dataset, model) -> Job:
    body = {"model": str(model.id)}
    answer = person.api.post(f"/api/v1/datasets/{dataset.id}/label", body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    return Job.objects.get(id=answer.json()["job"]["id"])


def until(holds, seconds=40.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def until_done(job, count):
    until(lambda: ImageRun.objects.filter(job=job).count() >= count)


def at_work():
    """A worker in a thread: the handler ticks by itself, as in commands."""
    from django.db import connection

    def work():
        run_queued(["autolabel"])
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_job_waits_for_a_service_that_is_away_and_goes_on_when_it_is_back(alice, dataset, thing):
    images = add_images(alice, dataset, 4)
    service = DetectorService()
    with override_settings(MODELSHIP_ML_SERVICE_URL=service.url, MODELSHIP_ML_SERVICE_TOKEN=TOKEN):
        job = ordered(alice, dataset, thing)
        worker = at_work()
        until(lambda: "Waiting for the detector service" in Job.objects.get(id=job.id).message)
        waiting = Job.objects.get(id=job.id)
        try:
            service.start()
            began = time.monotonic()
            worker.join(60)
            took = time.monotonic() - began
        finally:
            service.drop()
    job.refresh_from_db()

    assert (waiting.state, waiting.attempts, waiting.done) == ("running", 1, 0)
    assert (job.state, job.attempts, job.done) == ("succeeded", 1, 4)
    assert [len(boxes_of(image)) for image in images] == [1] * 4
    assert ImageRun.objects.filter(job=job).count() == 4
    assert job.result["failed_count"] == 0
    # Including a child that starts and a model that is sent.
    assert took < 30


@pytest.mark.slow
def test_a_service_killed_three_times_in_the_middle_of_a_job_costs_no_picture(
    alice, dataset, thing, monkeypatch
):
    # So that there is always something left to do when it is killed.
    monkeypatch.setattr("inference.looking.LOT", 1)
    images = add_images(alice, dataset, 80)
    service = DetectorService().start()
    with override_settings(MODELSHIP_ML_SERVICE_URL=service.url, MODELSHIP_ML_SERVICE_TOKEN=TOKEN):
        job = ordered(alice, dataset, thing)
        worker, pauses = at_work(), []
        try:
            for kill in range(1, 4):
                until_done(job, kill * 5)
                service.kill()
                until(lambda: "Waiting" in Job.objects.get(id=job.id).message)
                before, began = ImageRun.objects.filter(job=job).count(), time.monotonic()
                service.start()
                until_done(job, before + 1)
                pauses.append(time.monotonic() - began)
            worker.join(100)
        finally:
            service.drop()
    job.refresh_from_db()

    assert (job.state, job.attempts, job.done, job.result["failed_count"]) == ("succeeded", 1, 80, 0)
    assert [len(boxes_of(image)) for image in images] == [1] * 80
    assert max(pauses) < 30, pauses


def test_a_job_that_waits_can_be_cancelled(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)
    with (
        bad_service.behaving_badly() as server,
        override_settings(MODELSHIP_ML_SERVICE_URL=server.url),
    ):
        server.mood = bad_service.broken
        job = ordered(alice, dataset, thing)
        worker = at_work()
        until(lambda: "Waiting" in Job.objects.get(id=job.id).message)
        cancel(Job.objects.get(id=job.id), alice.actor)
        began = time.monotonic()
        worker.join(30)
    job.refresh_from_db()

    assert job.state == "cancelled"
    assert time.monotonic() - began < 5
    assert boxes_of(image) == []


def test_people_hear_at_once_that_the_service_is_away(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)
    with (
        bad_service.behaving_badly() as server,
        override_settings(MODELSHIP_ML_SERVICE_URL=server.url),
    ):
        server.mood = bad_service.broken
        url, body = f"/api/v1/images/{image.id}/label", {"model": str(thing.id)}
        answers = [alice.api.post(url, body, content_type="application/json") for _ in range(6)]
        state = alice.api.get("/api/v1/inference/state").json()

    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer["Retry-After"]) >= 1 for answer in answers)
    assert [answer.json()["code"] for answer in answers] == ["ml_failed"] * 5 + ["ml_unavailable"]
    assert (state["mode"], state["state"]) == ("service", "down")
    assert boxes_of(image) == []
