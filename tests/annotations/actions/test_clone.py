"""A copy holds what the original held, shares its bytes, and lives on its own."""

import json
from typing import Any
from uuid import uuid4

import orjson
import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from annotations.history_queries import folded_at, present_seq
from annotations.models import Box, LabelClass
from annotations.queries import all_boxes
from datasets.models import Blob, Dataset, Image
from modelship.accounts.actors import Actor
from modelship.jobs import lease
from modelship.jobs.runner import run, run_queued
from modelship.projects.models import Project
from tests.annotations.actions.test_rollback import Interrupted
from tests.annotations.canonical import canonical
from tests.annotations.frozen import frozen
from tests.live_clients import add, change
from tests.people import Person

pytestmark = pytest.mark.django_db


def clone(person: Person, dataset: Dataset, **body: Any) -> Any:
    url = f"/api/v1/datasets/{dataset.id}/clone"
    return person.api.post(url, json.dumps({"name": "Copy", **body}), content_type="application/json")


@pytest.fixture
def quay(alice: Person, dataset: Dataset, make_picture: Any, robot: Actor) -> list[Image]:
    images = [make_picture() for _ in range(3)]
    boat, box = str(LabelClass.objects.get(name="boat").id), str(uuid4())
    Image.objects.filter(pk=images[0].pk).update(split="val", metadata={"camera": "c1"})
    apply_edits(images[0].id, [add(box, boat, attributes={"wet": True}), add()], actor=alice.actor)
    apply_edits(images[0].id, [change("delete", box), change("restore", box)], actor=alice.actor)
    apply_edits(images[1].id, [add(class_id=boat, source="model", score=0.5)], actor=robot)
    review(images[0].id, "approve", actor=alice.actor)
    return images


def without_people(export: bytes) -> dict[str, Any]:
    document = orjson.loads(export)
    del document["dataset"]
    for image in document["images"]:
        for box in image["boxes"]:
            del box["created_by"]
    return document


def test_a_copy_exports_what_the_original_does_and_shares_its_bytes(
    alice: Person, dataset: Dataset, quay: list[Image]
):
    blobs = Blob.objects.count()

    answer = clone(alice, dataset)
    run_queued(["dataset.clone"])

    copy = Dataset.objects.get(pk=answer.json()["dataset"]["id"])
    assert (answer.status_code, copy.name, Blob.objects.count()) == (202, "Copy", blobs)
    assert without_people(canonical(copy)) == without_people(canonical(dataset))
    assert list(
        copy.images.order_by("ordinal").values_list("state", "split", "box_count", "proposed_count")
    ) == [
        ("approved", "val", 2, 0),
        ("proposed", "", 1, 1),
        ("new", "", 0, 0),
    ]
    for image in copy.images.all():
        assert folded_at(image.id, present_seq(image.id)) == all_boxes(image.id)


def test_a_copy_of_a_version_goes_to_another_project_with_classes_by_name(
    alice: Person, dataset: Dataset, quay: list[Image]
):
    frozen(alice, dataset)
    apply_edits(quay[2].id, [add()], actor=alice.actor)
    other = Project.objects.create(tenant=alice.tenant, name="Other")
    LabelClass.objects.create(project=other, name="Boat", color="#000000", order=0)

    copy = clone(alice, dataset, version=1, project=str(other.id)).json()["dataset"]
    run_queued(["dataset.clone"])

    assert list(LabelClass.objects.filter(project=other).values_list("name", flat=True)) == ["Boat", "crane"]
    boxes = Box.objects.filter(canvas__image__dataset=copy["id"])
    assert (boxes.count(), boxes.filter(label__project=other).count()) == (3, 2)


def test_a_copy_that_is_interrupted_goes_on_where_it_ended(alice: Person, dataset: Dataset, quay: Any):
    copy = clone(alice, dataset).json()["dataset"]["id"]
    run(Interrupted(lease.claim(["dataset.clone"]), ticks_itself=True))
    assert Image.objects.filter(dataset=copy).count() == 2

    run_queued(["dataset.clone"])

    assert without_people(canonical(Dataset(pk=copy))) == without_people(canonical(dataset))


def test_who_may_not_manage_the_project_copies_nothing(
    ann: Person, alice: Person, charlie: Person, dataset: Dataset, quay: Any
):
    foreign = Project.objects.create(tenant=charlie.tenant, name="Theirs")

    assert clone(ann, dataset).status_code == 403
    assert clone(charlie, dataset).status_code == 404
    assert clone(alice, dataset, project=str(foreign.id)).status_code == 404
    assert clone(alice, dataset, version=7).status_code == 404
    assert clone(alice, dataset, name=dataset.name).json()["code"] == "name_taken"
    assert Dataset.objects.count() == 1
