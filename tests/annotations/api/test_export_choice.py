"""Exports of chosen pictures: named ones, or those that a search finds."""

import pytest

from annotations.formats import FORMAT_NAMES
from annotations.models import Export
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.annotations.api.worlds import exported, order, quay
from tests.annotations.formats.samples import parsed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_every_format_holds_the_chosen_pictures_alone(name, alice, dataset):
    images = quay(alice, dataset)

    answer = order(alice, dataset, format=name, images=[str(images[1].id)])
    run_queued(["export"])

    job = Job.objects.get(pk=answer.json()["job"]["id"])
    # Folders tell tags alone, and there are none.
    boxes = 0 if name == "imagefolder" else 1
    assert (job.state, job.total, job.result["images"], job.result["boxes"]) == ("succeeded", 1, 1, boxes)


def test_what_a_search_finds_goes_out(alice, ann, dataset):
    quay(alice, dataset)

    document = parsed(exported(ann, dataset, filter={"q": "class:crane"}))

    assert [image["filename"] for image in document["images"]] == ["quay.png"]
    assert Export.objects.get().options["chosen"]["line"] == "class:crane"


def test_the_same_order_while_it_is_under_way_is_one_export(alice, ann, dataset):
    images = quay(alice, dataset)
    body = {"images": [str(images[0].id)], "include_images": True}

    first, again = order(alice, dataset, **body), order(alice, dataset, **body)
    hers, other = order(ann, dataset, **body), order(alice, dataset, images=[str(images[2].id)])

    assert first.json()["export"]["id"] == again.json()["export"]["id"]
    assert len({answer.json()["export"]["id"] for answer in (first, hers, other)}) == 3
    run_queued(["export"])
    assert order(alice, dataset, **body).json()["export"]["id"] != first.json()["export"]["id"]


def test_lists_tell_how_many_were_named_and_not_each_one(alice, dataset):
    images = quay(alice, dataset)

    shown = order(alice, dataset, images=[str(image.id) for image in images]).json()["export"]

    assert shown["options"]["chosen"] == {"images": 3}
    assert len(Export.objects.get().options["chosen"]["images"]) == 3


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"images": []}, 400, "malformed"),
        ({"images": ["1"]}, 400, "malformed"),
        ({"filter": {"q": "stae:new"}}, 400, None),
        ({"filter": {}, "version": 1}, 400, "malformed"),
        ({"filter": {"q": "keyword:none-has-it"}}, 422, "nothing_selected"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(body, status, code, alice, dataset):
    quay(alice, dataset)

    answer = order(alice, dataset, **body)

    assert answer.status_code == status, answer.content
    assert code is None or answer.json()["code"] == code
    assert Export.objects.count() == 0


def test_pictures_of_another_dataset_are_not_found(alice, charlie, dataset):
    images = quay(alice, dataset)
    other = alice.api.post(
        "/api/v1/datasets",
        {"project": str(dataset.project_id), "name": "South"},
        content_type="application/json",
    ).json()["id"]

    elsewhere = alice.api.post(
        f"/api/v1/datasets/{other}/exports",
        {"format": "json", "images": [str(images[0].id)]},
        content_type="application/json",
    )

    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "nothing_selected")
    assert order(charlie, dataset, images=[str(images[0].id)]).status_code == 404
