"""What becomes of assignments when pictures are archived, gone back to, copied or exported."""

import json
from typing import Any

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import Assignment
from datasets.models import Dataset, Image
from modelship.jobs.runner import run_queued
from tests.annotations.frozen import frozen
from tests.datasets.seeded import seed_images
from tests.live_clients import add
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(ann: Person, dataset: Dataset) -> list[Image]:
    """Two of Ann's."""
    images = seed_images(dataset, {"filename": "1.png"}, {"filename": "2.png"})
    for image in images:
        Assignment.objects.create(tenant=dataset.tenant, image=image, user=ann.user, purpose="label")
    return images


def post(person: Person, url: str, body: dict[str, Any]) -> Any:
    return person.api.post(f"/api/v1/{url}", json.dumps(body), content_type="application/json")


def found(person: Person, dataset: Dataset, line: str) -> list[str]:
    answer = person.api.get("/api/v1/images", {"dataset": str(dataset.id), "q": line}).json()
    return [image["filename"] for image in answer["results"]]


def test_an_archived_picture_keeps_who_has_it(
    alice: Person, ann: Person, dataset: Dataset, pictures: list[Image]
):
    named = {"images": [str(pictures[0].id)]}

    post(alice, f"datasets/{dataset.id}/bulk", {"action": "archive", **named})

    assert found(ann, dataset, "assignee:me") == ["2.png"]
    assert found(ann, dataset, "assignee:me archived:true") == ["1.png"]
    assert ann.browser.get("/").context["tasks"][0]["text"] == "1 to label in North quay"
    post(alice, f"datasets/{dataset.id}/bulk", {"action": "restore", **named})
    assert found(ann, dataset, "assignee:me") == ["1.png", "2.png"]


def test_going_back_changes_nothing_of_it(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, pictures: list[Image]
):
    version = frozen(alice, dataset)
    apply_edits(pictures[0].id, [add()], actor=ann.actor)
    Assignment.objects.filter(image=pictures[1]).update(user=bob.user)
    before = list(Assignment.objects.order_by("id").values())

    assert post(alice, f"datasets/{dataset.id}/rollback", {"version": version.number}).status_code == 202
    run_queued(["dataset.rollback"])

    assert list(Assignment.objects.order_by("id").values()) == before
    assert found(ann, dataset, "assignee:me state:new") == ["1.png"]


def test_a_copy_starts_without(alice: Person, ann: Person, dataset: Dataset, pictures: list[Image]):
    answer = post(alice, f"datasets/{dataset.id}/clone", {"name": "Copy"})
    run_queued(["dataset.clone"])

    copy = Dataset.objects.get(name="Copy")
    assert (answer.status_code, copy.images.count()) == (202, 2)
    assert found(ann, copy, "assignee:none") == ["1.png", "2.png"]
    assert Assignment.objects.count() == 2
