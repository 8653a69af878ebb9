"""Slice advice at its door: from the boxes of the dataset, with times from what was measured."""

from uuid import uuid4

import pytest

from inference.models import DetectorModel, ImageRun
from modelship.jobs.models import Job
from tests.inference.installed import add_images

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def pictures(alice, dataset):
    """Two pictures of 1000 x 800 with ten objects of 9 x 9 px each."""
    images = add_images(alice, dataset, 2, size=(1000, 800))
    for image in images:
        edits = [
            {
                "op_id": str(uuid4()),
                "kind": "add",
                "box_id": str(uuid4()),
                "patch": {"class_id": None, "shape": "box", "x": 50 * number, "y": 9, "w": 9, "h": 9},
            }
            for number in range(10)
        ]
        answer = alice.api.post(f"/api/v1/images/{image.id}/edits", {"edits": edits}, content_type=JSON)
        assert answer.status_code == 200, answer.content
    return images


def advice(person, dataset, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return person.api.get(f"/api/v1/datasets/{dataset.id}/label/advice?{query}")


def plan(shown: dict, size: int | None) -> dict:
    return next(one for one in shown["plans"] if (one["slice"] or {}).get("size") == size)


def test_what_people_drew_tells_the_slices(alice, dataset, pictures, thing):
    shown = advice(alice, dataset, model=thing.id).json()

    # Nine pixels reach a 64 px input at most twice as large.
    assert shown["objects"] == {"count": 20, "small": 9.0, "large": 9.0}
    assert shown["suggested"] == {"size": 128, "overlap": 0.1, "full_image": True}
    assert (shown["images"], shown["is_whole_enough"]) == (2, False)
    assert [(one["slice"] or {}).get("size") for one in shown["plans"]] == [None, 320, 512, 640, 1024, 128]
    assert (plan(shown, None)["looks"], plan(shown, 640)["looks"]) == (1, 5)


def test_without_boxes_nothing_is_suggested(alice, dataset, thing):
    add_images(alice, dataset, 1)

    shown = advice(alice, dataset, model="thing finder").json()

    assert (shown["objects"], shown["suggested"], shown["is_whole_enough"]) == (None, None, False)


def test_ones_own_slices_are_planned_too(alice, dataset, pictures, thing):
    shown = advice(alice, dataset, model=thing.id, size=200, overlap=0.5).json()

    assert plan(shown, 200) == {
        "slice": {"size": 200, "overlap": 0.5, "full_image": True}, "looks": 64, "seconds": None
    }  # fmt: skip


def test_the_self_test_tells_the_time_until_a_job_does(alice, dataset, pictures, thing):
    DetectorModel.objects.filter(id=thing.id).update(proof={"milliseconds": 100})
    before = advice(alice, dataset, model=thing.id).json()
    options = {"slicing": {"width": 640, "height": 640, "overlap": 0.2}}
    job = Job.objects.create(
        tenant=alice.tenant, kind="autolabel", args={"model": str(thing.id), "options": options}
    )
    ImageRun.objects.create(job=job, image=pictures[0], boxes=0, milliseconds=2_000)
    after = advice(alice, dataset, model=thing.id).json()

    looks = plan(before, 1024)["seconds"] / plan(before, None)["seconds"]
    assert looks == plan(before, 1024)["looks"] == 1
    # 5 looks took 2 seconds: four times as long as the self-test said.
    assert plan(after, 640)["seconds"] == pytest.approx(4 * plan(before, 640)["seconds"])


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"model": "nobody"}, 404),
        ({"model": "thing finder", "size": "x"}, 400),
        ({"model": "thing finder", "size": 31}, 400),
        ({"model": "thing finder", "size": 64, "overlap": 0.99}, 400),
        ({"model": "thing finder", "colour": "red"}, 400),
        ({"model": "thing finder", "overlap": "abc"}, 400),
    ],
)
def test_what_can_not_be_planned_is_refused(alice, dataset, thing, asked: dict, status: int):
    assert advice(alice, dataset, **asked).status_code == status


def test_a_stranger_gets_no_advice(charlie, dataset, thing):
    assert advice(charlie, dataset, model=thing.id).status_code == 404
