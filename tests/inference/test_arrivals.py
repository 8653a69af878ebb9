"""New pictures are labelled as their project wants, each once, whenever and however they come in."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from annotations.actions.apply_edits import apply_edits
from annotations.models import Box
from datasets.actions.images import delete_image
from datasets.models import Dataset, DatasetVersion, Image
from inference.actions import automation
from inference.models import Arrival, ImageRun, LabelOnUpload
from inference.options import ON_ARRIVAL
from modelship.accounts.models import Membership
from modelship.jobs import lease
from modelship.jobs.actions import cancel, retry
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.api.test_tus import metadata
from tests.datasets.uploads import TUS, begun, complete, send, zipped
from tests.inference.installed import add_image, add_images, boxes_of, drawn
from tests.inference.test_jobs import when_done

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(automation, "PAUSE_SECONDS", 0)


@pytest.fixture
def wish(alice, project, thing) -> LabelOnUpload:
    return automation.label_on_upload(alice.actor, project, thing, {"confidence": 0.5})


def jobs() -> list[Job]:
    return list(Job.objects.filter(kind=ON_ARRIVAL).order_by("created_at"))


def test_new_pictures_are_labelled_by_one_job_in_the_name_of_the_model(alice, dataset, wish, thing):
    images = add_images(alice, dataset, 3)

    run_queued()

    [job] = jobs()
    assert (job.state, job.done, job.total, job.created_by) == ("succeeded", 3, 3, alice.user)
    assert (job.result["images"], job.result["boxes"]) == (3, 3)
    for image in images:
        [box] = boxes_of(image)
        assert (box.state, box.model_id, box.created_by_id) == ("proposed", thing.id, None)
        assert box.provenance["job"] == str(job.id)
    assert Arrival.objects.count() == 0
    assert DatasetVersion.objects.count() == 0


def test_a_job_waits_a_moment_for_more(alice, dataset, wish, monkeypatch):
    monkeypatch.setattr(automation, "PAUSE_SECONDS", 60)

    add_images(alice, dataset, 2)

    assert run_queued([ON_ARRIVAL]) == 0
    assert [job.state for job in jobs()] == ["queued"]
    assert Arrival.objects.filter(job=None).count() == 2


def test_the_person_who_set_it_up_may_leave(alice, bob, project, dataset, thing):
    automation.label_on_upload(bob.actor, project, thing, {})
    Membership.objects.filter(user=bob.user).delete()
    first = add_image(alice, dataset, drawn(1), "1.png")
    bob.user.delete()
    second = add_image(alice, dataset, drawn(2), "2.png")

    run_queued()

    # Bob may make no classes, so what the model names "thing" is left out.
    assert ImageRun.objects.filter(image__in=[first, second], unmapped=1).count() == 2


@pytest.mark.parametrize("door", ["images", "tus", "archive"])
def test_every_door_leads_here(alice, dataset, wish, door):
    data = drawn(7)
    if door == "images":
        file = SimpleUploadedFile("7.png", data, "image/png")
        assert alice.api.post(f"/api/v1/datasets/{dataset.id}/images", {"files": file}).status_code == 200
    elif door == "tus":
        upload_by_tus(alice, dataset, data)
    else:
        upload_in_an_archive(alice, dataset, data)

    run_queued()

    assert len(boxes_of(Image.objects.get(dataset=dataset))) == 1


def upload_by_tus(person, dataset, data):
    said = metadata(filename="7.png", dataset=dataset.id, filetype="image/png")
    made = person.api.post(
        "/api/v1/uploads/tus/", b"", content_type="text/plain",
        headers={**TUS, "Upload-Length": str(len(data)), **said},
    )  # fmt: skip
    assert send(person, {"url": made["Location"]}, data).status_code == 204


def upload_in_an_archive(person, dataset, data):
    packed = zipped(("7.png", data))
    upload = begun(person, dataset, filename="many.zip", size=len(packed))
    send(person, upload, packed)
    assert complete(person, upload).status_code in (200, 202)


def test_a_duplicate_is_not_labelled_again(alice, dataset, wish):
    add_image(alice, dataset, drawn(1), "1.png")
    run_queued()

    file = SimpleUploadedFile("again.png", drawn(1), "image/png")
    answer = alice.api.post(f"/api/v1/datasets/{dataset.id}/images", {"files": file})

    assert answer.json()["results"][0]["status"] == "duplicate"
    assert run_queued([ON_ARRIVAL]) == 0
    assert Box.objects.count() == 1


def test_what_comes_while_a_job_runs_gets_another(alice, dataset, wish, monkeypatch):
    add_images(alice, dataset, 2)
    when_done(monkeypatch, 1, lambda: late or late.append(add_image(alice, dataset, drawn(9), "9.png")))
    late: list[Image] = []

    run_queued()

    assert [(job.state, job.result["images"]) for job in jobs()] == [("succeeded", 2), ("succeeded", 1)]
    assert len(boxes_of(late[0])) == 1
    assert (ImageRun.objects.count(), Arrival.objects.count()) == (3, 0)


def test_a_killed_job_goes_on_with_what_it_took(alice, dataset, wish, monkeypatch):
    add_images(alice, dataset, 3)
    job = lease.claim([ON_ARRIVAL])
    assert automation.take_arrivals(job, JobContext(job)) == ""
    late = add_image(alice, dataset, drawn(9), "9.png")
    Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00:00Z")
    lease.sweep()

    run_queued()

    assert sorted(job.result["images"] for job in jobs()) == [1, 3]
    assert len(boxes_of(late)) == 1
    assert (ImageRun.objects.count(), Box.objects.count(), Arrival.objects.count()) == (4, 4, 0)


def test_what_a_failed_job_left_is_taken_by_the_next(alice, dataset, wish):
    [first] = add_images(alice, dataset, 1)
    job = lease.claim([ON_ARRIVAL])
    automation.take_arrivals(job, JobContext(job))
    lease.settle(job, "fail", error={"code": "x", "detail": "x"})
    second = add_image(alice, dataset, drawn(9), "9.png")

    run_queued()

    assert [len(boxes_of(image)) for image in (first, second)] == [1, 1]
    retry(Job.objects.get(pk=job.pk), alice.actor)
    run_queued()
    assert ImageRun.objects.count() == 2


def test_a_cancelled_job_can_be_retried(alice, dataset, wish):
    [image] = add_images(alice, dataset, 1)
    [job] = jobs()
    cancel(job, alice.actor)
    run_queued()
    assert boxes_of(image) == []

    retry(job, alice.actor)
    run_queued()

    assert len(boxes_of(image)) == 1


@pytest.mark.parametrize("change", [{"state": "archived"}, {"state": "draft"}, None])
def test_a_model_that_cannot_label_lets_pictures_in_all_the_same(
    alice, project, dataset, wish, thing, change
):
    [early] = add_images(alice, dataset, 1)
    thing.delete() if change is None else type(thing).objects.filter(pk=thing.pk).update(**change)
    late = add_image(alice, dataset, drawn(9), "9.png")

    run_queued()

    [job] = jobs()
    assert (job.state, job.result["images"], job.result["skipped"]) == ("succeeded", 0, 1)
    assert "thing finder" in job.result["reason"]
    assert (boxes_of(early), boxes_of(late), Arrival.objects.count()) == ([], [], 0)


def test_switched_off_before_the_job_begins_nothing_is_labelled(alice, project, dataset, wish):
    [image] = add_images(alice, dataset, 1)
    automation.switch_off(alice.actor, project)

    run_queued()
    add_image(alice, dataset, drawn(9), "9.png")

    assert len(jobs()) == 1
    assert (boxes_of(image), Arrival.objects.count()) == ([], 0)


def test_another_projects_pictures_are_left_alone(alice, dataset, wish):
    from modelship.projects.models import Project

    other = Project.objects.create(tenant=alice.tenant, name="Other")
    elsewhere = Dataset.objects.create(tenant=alice.tenant, project=other, name="Elsewhere")

    add_images(alice, elsewhere, 1)

    assert (jobs(), Arrival.objects.count()) == ([], 0)


def test_people_are_quicker_and_their_boxes_stay(alice, dataset, wish):
    approved, by_hand, archived, gone = add_images(alice, dataset, 4)
    add = {"op_id": str(uuid.uuid4()), "kind": "add", "box_id": str(uuid.uuid4()),
           "patch": {"class_id": None, "x": 1, "y": 1, "w": 5, "h": 5}}  # fmt: skip
    apply_edits(by_hand.id, [add], actor=alice.actor)
    Image.objects.filter(pk=approved.pk).update(state="approved")
    Image.objects.filter(pk=archived.pk).update(archived_at="2026-01-01T00:00:00Z")
    delete_image(alice.actor, Image.objects.get(pk=gone.pk))

    run_queued()

    [job] = jobs()
    assert (job.state, job.result["images"], job.result["skipped_locked"]) == ("succeeded", 1, 1)
    assert str(boxes_of(by_hand)[0].uid) == add["box_id"]
    assert (boxes_of(approved), boxes_of(archived)) == ([], [])
    assert Arrival.objects.count() == 0


def test_arrivals_cost_four_statements_whatever_their_number(
    alice, dataset, wish, django_assert_max_num_queries
):
    images = add_images(alice, dataset, 5)
    Arrival.objects.all().delete()

    # As the pictures come in: in a transaction, whose savepoints count along.
    with transaction.atomic(), django_assert_max_num_queries(6):
        automation.note_arrivals(dataset, images)
