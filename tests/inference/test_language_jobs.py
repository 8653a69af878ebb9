"""Classification of pictures by a language model, as a job."""

import uuid

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import Canvas
from datasets.models import Image
from datasets.storage import delete_bytes
from inference.models import ImageRun, LanguageUse
from modelship.jobs.actions import cancel, retry
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.usage.models import Quota
from tests.inference.installed import add_image, add_images, boxes_of, drawn
from tests.inference.language import openai_server as fails
from tests.inference.language.conftest import *  # noqa: F403

pytestmark = pytest.mark.django_db(transaction=True)


def classify(person, dataset, path="", **body):
    url = f"/api/v1/datasets/{dataset.id}/classify{path}"
    return person.api.post(url, body, content_type="application/json")


def finished(answer) -> Job:
    assert answer.status_code == 202, answer.content
    run_queued()
    return Job.objects.get(id=answer.json()["job"]["id"])


def test_each_picture_gets_one_tag_to_review(alice, dataset, endpoint, reachable):
    dark = add_image(alice, dataset, drawn(1, size=(1600, 900)), "dark.png")
    spots = tuple((x, y) for x in range(0, 64, 8) for y in range(0, 64, 8))
    bright = add_image(alice, dataset, drawn(2, spots=spots), "bright.png")

    job = finished(classify(alice, dataset, instructions="A crane is bright."))

    assert job.state == "succeeded", job.error
    told = {key: job.result[key] for key in ("images", "tagged", "skipped_locked", "cached", "failed_count")}
    assert told == {"images": 2, "tagged": 2, "skipped_locked": 0, "cached": 0, "failed_count": 0}
    [box] = boxes_of(dark)
    assert (box.label.name, box.shape, box.state, box.source, box.score) == (
        "boat",
        "tag",
        "proposed",
        "model",
        0.8,
    )
    assert box.model_id == endpoint.id
    assert box.provenance == {"slice": None, "model_name": "Local (tiny-1)", "job": str(job.id)}
    assert [box.label.name for box in boxes_of(bright)] == ["crane"]
    assert Image.objects.get(id=dark.id).state == "proposed"
    sizes = {picture.size for body in reachable.asked for picture in fails.pictures_of(body)}
    assert sizes == {(768, 432), (64, 64)}
    assert job.result["tokens"]["input"] == sum(LanguageUse.objects.values_list("input_tokens", flat=True))


def test_a_second_run_replaces_untouched_proposals_only_and_asks_nothing_anew(
    alice, dataset, endpoint, reachable
):
    first, second = add_images(alice, dataset, 2)
    finished(classify(alice, dataset))
    [judged] = boxes_of(first)
    edit = {
        "op_id": str(uuid.uuid4()),
        "kind": "review",
        "box_id": str(judged.uid),
        "patch": {"state": "accepted"},
    }
    apply_edits(first.id, [edit], actor=alice.actor)
    [old] = boxes_of(second)

    job = finished(classify(alice, dataset))

    assert (job.result["cached"], job.result["tokens"]) == (2, {"input": 0, "output": 0})
    assert [(box.uid, box.state) for box in boxes_of(first)] == [(judged.uid, "accepted")]
    [fresh] = boxes_of(second)
    assert (fresh.label_id, fresh.uid != old.uid) == (old.label_id, True)
    assert len(reachable.asked) == 2


def test_approved_pictures_and_broken_ones_are_told_and_the_others_tagged(alice, dataset, endpoint):
    good, approved, lost = add_images(alice, dataset, 3)
    Canvas.objects.create(image=approved, review_state="approved")
    delete_bytes(lost.blob)

    job = finished(classify(alice, dataset))

    assert job.state == "succeeded"
    assert (job.result["tagged"], job.result["skipped_locked"], job.result["failed_count"]) == (1, 1, 1)
    assert job.result["failed"][0]["code"] == "bytes_lost"
    assert (len(boxes_of(good)), boxes_of(approved)) == (1, [])


def test_several_pictures_are_asked_about_at_once(alice, dataset, endpoint, reachable):
    reachable.pause = 0.2
    add_images(alice, dataset, 8)

    finished(classify(alice, dataset))

    assert 1 < reachable.most_running <= endpoint.requests_at_once


def test_a_used_up_quota_ends_the_job_and_what_is_done_stays(alice, dataset, endpoint, reachable):
    endpoint.requests_at_once = 1
    endpoint.save()
    images = add_images(alice, dataset, 5)
    estimated = classify(alice, dataset, path="/estimate").json()["tokens"]["total"] // 5
    Quota.objects.create(tenant=alice.tenant, resource="language_tokens", limit=estimated * 2)

    job = finished(classify(alice, dataset))

    assert (job.state, job.error["code"]) == ("failed", "quota_exceeded")
    done = sum(len(boxes_of(image)) for image in images)
    assert 1 <= done < 5
    assert ImageRun.objects.filter(job=job).count() == done
    assert not LanguageUse.objects.filter(reserved__gt=0).exists()
    Quota.objects.update(limit=None)

    retry(job, alice.actor)
    run_queued()

    job.refresh_from_db()
    assert (job.state, job.result["tagged"]) == ("succeeded", 5)
    assert [len(boxes_of(image)) for image in images] == [1] * 5


def test_an_endpoint_that_refuses_fails_the_job_once_and_for_all(alice, dataset, endpoint, reachable):
    add_images(alice, dataset, 6)
    reachable.key = "another"

    job = finished(classify(alice, dataset))

    assert (job.state, job.error["code"], job.attempts) == ("failed", "credentials_refused", 1)
    assert len(reachable.asked) <= endpoint.requests_at_once + 1


def test_cancel_keeps_what_is_finished_and_counts_what_was_asked(
    alice, dataset, endpoint, reachable, monkeypatch
):
    add_images(alice, dataset, 12)
    answer = classify(alice, dataset)
    job = Job.objects.get(id=answer.json()["job"]["id"])
    monkeypatch.setattr("modelship.jobs.context.TICK_SECONDS", 0.0)

    def stop_here(page, body):
        cancel(job, alice.actor)
        page.send_json(200, fails.completed(page.server, body))

    def later(page, body):
        page.send_json(200, fails.completed(page.server, body))

    reachable.failures.extend([later] * 5 + [stop_here])

    run_queued()

    job.refresh_from_db()
    done = ImageRun.objects.filter(job=job).count()
    assert job.state == "cancelled"
    assert 1 <= done < 12
    assert not LanguageUse.objects.filter(reserved__gt=0).exists()


def test_the_estimate_is_near_what_it_takes(alice, dataset, endpoint, reachable):
    endpoint.input_price, endpoint.output_price, endpoint.requests_per_minute = 2, 10, 60
    endpoint.save()
    add_images(alice, dataset, 10)

    told = classify(alice, dataset, path="/estimate", instructions="Look well.")

    assert told.status_code == 200, told.content
    shown = told.json()
    assert (shown["images"], shown["cached"], shown["requests"]) == (10, 0, 10)
    tokens = shown["tokens"]
    assert tokens["total"] == tokens["input"] + tokens["output"]
    assert shown["price"] == pytest.approx((2 * tokens["input"] + 10 * tokens["output"]) / 1e6)
    # Four at once, then one a second.
    assert shown["seconds"] == 6.0
    assert reachable.asked == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"options": ["boat", "submarine"]}, 422, "unknown_class"),
        ({"images": [str(uuid.uuid4())]}, 404, "unknown_image"),
        ({"endpoint": "nobody"}, 404, "unknown_endpoint"),
        ({"model": "x"}, 400, "unknown_field"),
        ({"replace": "all"}, 400, "malformed"),
        ({"texts": {"state": "new"}}, 422, "nothing_selected"),
        ({"texts": {"state": "new"}, "images": []}, 400, "malformed"),
    ],
)
def test_what_can_t_be_done_is_refused_and_nothing_queued(alice, dataset, endpoint, body, status, code):
    add_images(alice, dataset, 1)

    answers = [classify(alice, dataset, path=path, **body) for path in ("", "/estimate")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(status, code)] * 2
    assert Job.objects.filter(kind__startswith="classify").count() == 0


def test_an_endpoint_that_sees_no_pictures_is_not_asked_about_them(alice, dataset, endpoint):
    endpoint.sees_images = False
    endpoint.save()
    add_images(alice, dataset, 1)

    answer = classify(alice, dataset)

    assert (answer.status_code, answer.json()["code"]) == (409, "sees_no_images")
