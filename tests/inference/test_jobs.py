import uuid
from functools import partial

import pytest
from django.test import override_settings

from annotations.actions.apply_edits import apply_edits
from annotations.models import Canvas, LabelClass
from datasets.models import Image
from datasets.storage import delete_bytes
from inference.models import DetectorModel, ImageRun
from modelship.jobs.actions import cancel, retry
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.inference.installed import add_image, add_images, boxes_of, drawn, put_in_place
from tests.inference.models import DEFAULT_BOXES, tiny_yolox

pytestmark = pytest.mark.django_db(transaction=True)


def label(person, dataset, model, **more):
    body = {"model": str(model.id), **more}
    return person.api.post(f"/api/v1/datasets/{dataset.id}/label", body, content_type="application/json")


def finished(answer) -> Job:
    assert answer.status_code == 202, answer.content
    run_queued()
    return Job.objects.get(id=answer.json()["job"]["id"])


def when_done(monkeypatch, count, act):
    """Let `act` happen when a job says that so many images are done, before that is written."""
    real = JobContext.progress

    def progress(self, done, total=None, message=""):
        if done == count:
            act()
        real(self, done, total, message)

    monkeypatch.setattr(JobContext, "progress", progress)


def test_every_image_gets_the_models_proposals_with_their_provenance(alice, dataset, thing):
    images = add_images(alice, dataset, 5, size=(128, 64))

    job = finished(label(alice, dataset, thing))

    assert (job.state, job.done, job.total) == ("succeeded", 5, 5)
    assert job.result == {
        "images": 5,
        "boxes": 5,
        "unmapped": 0,
        "dropped": 0,
        "skipped_locked": 0,
        "failed_count": 0,
        "failed": [],
    }
    [box] = boxes_of(images[3])
    # The picture is twice as wide as the model's input: it is shrunk to half, so boxes grow to twice.
    assert (box.x, box.y, box.w, box.h) == (16, 32, 32, 32)
    assert (box.label.name, box.source, box.state) == ("thing", "model", "proposed")
    assert box.score == pytest.approx(0.9, abs=1e-6)
    assert box.model_id == thing.id
    assert box.provenance == {"slice": None, "model_name": "thing finder", "job": str(job.id)}
    assert box.created_by_id is None
    assert Image.objects.get(id=images[3].id).state == "proposed"
    assert list(ImageRun.objects.filter(job=job).values_list("boxes", flat=True)) == [1] * 5


def test_slices_are_named_and_seen_in_pixels_of_the_original(alice, dataset, spotter):
    [image] = add_images(alice, dataset, 1, size=(160, 96), spots=((8, 16), (136, 64)))

    job = finished(
        label(
            alice,
            dataset,
            spotter,
            confidence=0.9,
            slice={"size": 64, "overlap": 0, "full_image": False},
            merge={"method": "nms", "metric": "iou", "threshold": 0.5},
        )
    )

    assert job.state == "succeeded"
    found = {(box.x, box.y, box.w, box.h, tuple(box.provenance["slice"])) for box in boxes_of(image)}
    assert found == {(8, 16, 8, 8, (0, 0, 64, 64)), (136, 64, 8, 8, (96, 32, 64, 64))}


def test_missing_classes_are_made_by_managers_and_found_whatever_their_case(
    alice, project, dataset, tmp_path
):
    model = put_in_place(
        tiny_yolox(
            tmp_path / "m.onnx", classes=["BOAT", "gull"], boxes=[*DEFAULT_BOXES, (1, 0.8, (30, 30, 50, 50))]
        ),
        "harbour",
        alice.tenant,
    )
    [image] = add_images(alice, dataset, 1)

    finished(label(alice, dataset, model))

    assert [box.label.name for box in boxes_of(image)] == ["boat", "gull"]
    assert list(LabelClass.objects.values_list("name", "order")) == [("boat", 0), ("crane", 1), ("gull", 2)]
    assert LabelClass.objects.get(name="gull").color == "#009e73"


def test_an_annotator_makes_no_classes_and_hears_what_was_left_out(alice, ann, dataset, thing):
    [image] = add_images(alice, dataset, 1)

    job = finished(label(ann, dataset, thing))

    assert (job.result["boxes"], job.result["unmapped"]) == (0, 1)
    assert boxes_of(image) == []
    assert LabelClass.objects.filter(name="thing").count() == 0


def test_a_second_run_replaces_untouched_proposals_and_nothing_else(alice, dataset, project, thing):
    [image] = add_images(alice, dataset, 1)
    finished(label(alice, dataset, thing))
    [first] = boxes_of(image)
    drawn_by_hand = {
        "op_id": str(uuid.uuid4()),
        "kind": "add",
        "box_id": str(uuid.uuid4()),
        "patch": {"class_id": None, "x": 1, "y": 1, "w": 5, "h": 5},
    }
    apply_edits(image.id, [drawn_by_hand], actor=alice.actor)

    finished(label(alice, dataset, thing, confidence=0.3))

    by_hand, second = boxes_of(image)
    assert str(by_hand.uid) == drawn_by_hand["box_id"]
    assert second.uid != first.uid
    assert (second.state, second.x) == ("proposed", first.x)


@pytest.mark.parametrize(
    ("kind", "patch", "state"),
    [("review", {"state": "accepted"}, "accepted"), ("review", {"state": "rejected"}, "rejected"),
     ("update", {"x": 9.0, "y": 17.0, "w": 3.0, "h": 4.0}, "accepted")],
)  # fmt: skip
def test_what_a_person_judged_or_changed_stays(alice, dataset, thing, kind, patch, state):
    [image] = add_images(alice, dataset, 1)
    finished(label(alice, dataset, thing))
    [first] = boxes_of(image)
    edit = {"op_id": str(uuid.uuid4()), "kind": kind, "box_id": str(first.uid), "patch": patch}
    apply_edits(image.id, [edit], actor=alice.actor)

    finished(label(alice, dataset, thing, confidence=0.3))

    kept, fresh = boxes_of(image)
    assert (kept.uid, kept.state, kept.x) == (first.uid, state, patch.get("x", first.x))
    assert fresh.state == "proposed"


def test_replace_none_keeps_earlier_proposals(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)
    finished(label(alice, dataset, thing))

    finished(label(alice, dataset, thing, replace="none"))

    assert len(boxes_of(image)) == 2


def test_approved_images_are_skipped_and_counted(alice, dataset, thing):
    first, second = add_images(alice, dataset, 2)
    Canvas.objects.create(image=first, review_state="approved")
    Image.objects.filter(id=first.id).update(state="approved")

    job = finished(label(alice, dataset, thing))

    assert (job.result["images"], job.result["skipped_locked"]) == (1, 1)
    assert boxes_of(first) == []
    assert len(boxes_of(second)) == 1


def test_an_image_approved_while_it_is_looked_at_is_skipped_too(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)
    Canvas.objects.create(image=image, review_state="approved")

    job = finished(label(alice, dataset, thing))

    assert (job.result["images"], job.result["skipped_locked"], job.state) == (0, 1, "succeeded")


def test_a_bad_image_is_listed_and_the_others_are_labelled(alice, dataset, thing):
    good, lost = add_images(alice, dataset, 2)
    delete_bytes(lost.blob)

    job = finished(label(alice, dataset, thing))

    assert job.state == "succeeded"
    assert (job.result["images"], job.result["failed_count"]) == (1, 1)
    assert job.result["failed"][0]["image"] == str(lost.id)
    assert job.result["failed"][0]["code"] == "bytes_lost"
    assert len(boxes_of(good)) == 1


def test_only_the_selected_images_are_labelled(alice, dataset, thing):
    first, second, third = add_images(alice, dataset, 3)
    finished(label(alice, dataset, thing, images=[str(second.id)]))

    job = finished(label(alice, dataset, thing, filter={"state": "new"}))

    assert job.total == 2
    assert [len(boxes_of(image)) for image in (first, second, third)] == [1, 1, 1]
    assert ImageRun.objects.filter(job=job, image=second).count() == 0


def test_a_job_that_starts_again_continues_where_it_was(alice, dataset, thing):
    images = add_images(alice, dataset, 3)
    job = finished(label(alice, dataset, thing))
    seqs = list(Canvas.objects.values_list("seq", flat=True))
    Job.objects.filter(id=job.id).update(state="cancelled", result=None)
    add_image(alice, dataset, drawn(99), "late.png")

    retry(Job.objects.get(id=job.id), alice.actor)
    run_queued()

    job.refresh_from_db()
    assert (job.state, job.result["images"]) == ("succeeded", 4)
    assert [len(boxes_of(image)) for image in images] == [1, 1, 1]
    assert list(Canvas.objects.filter(image__in=images).values_list("seq", flat=True)) == seqs


def test_cancel_ends_the_look_at_the_service_and_keeps_what_its_finished_slices_gave(
    alice, dataset, spotter, by_service, monkeypatch
):
    [image] = add_images(alice, dataset, 1, size=(4096, 4096), spots=((8, 8), (4072, 4072)))
    cut = {"size": 64, "overlap": 0.5, "full_image": False}
    job = Job.objects.get(id=label(alice, dataset, spotter, confidence=0.9, slice=cut).json()["job"]["id"])
    with by_service.client() as client:
        busy = partial(lanes_busy, client)
        real, told = JobContext.progress, []

        def progress(self, done, total=None, message=""):
            if message.endswith("slices.") and not told:
                told.append((message, busy()))
                cancel(job, alice.actor)
            real(self, done, total, message)

        monkeypatch.setattr(JobContext, "progress", progress)
        run_queued()
        job.refresh_from_db()

        assert job.state == "cancelled"
        [(message, was_busy)] = told
        assert message.endswith(" of 16,129 slices.")
        assert was_busy > 0
        # As the job waits for what the stopped look answers, the lanes are free once it has ended.
        assert busy() == 0
    assert [(box.x, box.y, box.state) for box in boxes_of(image)] == [(8, 8, "proposed")]
    assert not ImageRun.objects.filter(job=job).exists()


def lanes_busy(client) -> int:
    return client.get("/api/ml/health").json()["lanes"]["now"]


def test_cancel_keeps_what_the_finished_slices_gave_and_a_retry_looks_at_the_rest(
    alice, dataset, spotter, monkeypatch
):
    [image] = add_images(alice, dataset, 1, size=(4096, 3072), spots=((8, 8), (4072, 3016)))
    cut = {"size": 64, "overlap": 0, "full_image": False}
    job = Job.objects.get(id=label(alice, dataset, spotter, confidence=0.9, slice=cut).json()["job"]["id"])
    real, messages = JobContext.progress, []

    def progress(self, done, total=None, message=""):
        if message.endswith("slices.") and not messages:
            messages.append(message)
            cancel(job, alice.actor)
        real(self, done, total, message)

    monkeypatch.setattr(JobContext, "progress", progress)
    run_queued()
    job.refresh_from_db()

    assert job.state == "cancelled"
    assert [(box.x, box.y, box.state) for box in boxes_of(image)] == [(8, 8, "proposed")]
    assert messages[0].startswith("000.png: ")
    assert messages[0].endswith(" of 3,072 slices.")
    assert not ImageRun.objects.filter(job=job).exists()
    retry(job, alice.actor)
    run_queued()
    job.refresh_from_db()
    assert job.state == "succeeded"
    assert [(box.x, box.y) for box in boxes_of(image)] == [(8, 8), (4072, 3016)]


def test_cancel_keeps_what_is_finished(alice, dataset, thing, monkeypatch):
    add_images(alice, dataset, 6)
    answer = label(alice, dataset, thing)
    job = Job.objects.get(id=answer.json()["job"]["id"])
    monkeypatch.setattr("modelship.jobs.context.TICK_SECONDS", 0.0)
    monkeypatch.setattr("inference.looking.LOT", 2)
    when_done(monkeypatch, 2, lambda: cancel(job, alice.actor))

    run_queued()

    job.refresh_from_db()
    assert job.state == "cancelled"
    assert ImageRun.objects.filter(job=job).count() == 2


def test_a_model_that_was_deleted_meanwhile_fails_the_job_in_words(alice, dataset, thing):
    add_images(alice, dataset, 1)
    answer = label(alice, dataset, thing)
    DetectorModel.objects.all().delete()

    job = finished(answer)

    assert (job.state, job.error["code"]) == ("failed", "model_gone")


def test_an_image_that_is_deleted_while_it_is_looked_at_is_left_out(alice, dataset, thing, monkeypatch):
    images = add_images(alice, dataset, 3)
    answer = label(alice, dataset, thing)
    when_done(monkeypatch, 1, images[2].delete)

    job = finished(answer)

    assert (job.state, job.result["images"], job.result["failed_count"]) == ("succeeded", 2, 0)


def test_a_dataset_that_is_deleted_meanwhile_fails_the_job_in_words(alice, dataset, thing, monkeypatch):
    add_images(alice, dataset, 3)
    answer = label(alice, dataset, thing)
    when_done(monkeypatch, 1, dataset.delete)

    job = finished(answer)

    assert (job.state, job.error["code"]) == ("failed", "dataset_gone")


def test_a_model_whose_answer_does_not_fit_fails_the_job_at_once(alice, dataset, thing):
    add_images(alice, dataset, 3)
    thing.spec = {**thing.spec, "class_names": ["only one"]}
    thing.save()

    job = finished(label(alice, dataset, thing))

    assert (job.state, job.error["code"]) == ("failed", "unexpected_output")
    assert ImageRun.objects.count() == 0


def test_images_hold_no_more_boxes_than_they_may(alice, dataset, tmp_path):
    boxes = [(0, 0.9 - x / 100, (x * 8 + 1, 8, x * 8 + 7, 14)) for x in range(5)]
    model = put_in_place(tiny_yolox(tmp_path / "m.onnx", boxes=boxes), "many", alice.tenant)
    [image] = add_images(alice, dataset, 1)

    with override_settings(MODELSHIP_MAX_BOXES=3):
        job = finished(label(alice, dataset, model))

    assert (job.result["boxes"], job.result["dropped"]) == (3, 2)
    assert [round(box.score, 2) for box in boxes_of(image)] == [0.9, 0.89, 0.88]


def test_the_same_wish_twice_is_one_job(alice, dataset, thing):
    add_images(alice, dataset, 1)

    first, second = label(alice, dataset, thing), label(alice, dataset, thing)

    assert first.json()["job"]["id"] == second.json()["job"]["id"]
    assert Job.objects.filter(kind="autolabel").count() == 1


def test_the_dataset_is_frozen_before_boxes_are_replaced_and_after(alice, dataset, thing):
    add_images(alice, dataset, 2)
    finished(label(alice, dataset, thing))
    assert [(row.number, row.message) for row in dataset.versions.order_by("number")] == [
        (1, f"After labelling 2 images with {thing.name}.")
    ]

    finished(label(alice, dataset, thing, replace="proposed"))

    # What was there was a version already, so none is made before.
    versions = dataset.versions.order_by("number")
    assert [(row.number, row.source, row.created_by) for row in versions] == [
        (1, "label", alice.user),
        (2, "label", alice.user),
    ]
