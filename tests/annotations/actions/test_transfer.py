"""Pictures copied or moved to another dataset: nothing is lost, doubled, or left half done."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F

from annotations.actions.apply_edits import apply_edits
from annotations.history_queries import folded_at, present_seq
from annotations.models import Box, CanvasEdit, LabelClass, Transfer
from annotations.queries import all_boxes
from datasets.actions.archive import MOVED
from datasets.models import Blob, Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.models import Job
from modelship.jobs.runner import run, run_queued
from modelship.projects.models import Project
from modelship.usage.models import Quota
from tests.annotations.actions.test_rollback import Interrupted
from tests.live_clients import add, change
from tests.people import Person

pytestmark = pytest.mark.django_db
KIND = "datasets.transfer"


@pytest.fixture
def quay(alice: Person, dataset: Dataset, make_picture: Any) -> list[Image]:
    """Four pictures; the first has a boat that was moved, and a crane."""
    images = [make_picture() for _ in range(4)]
    boat, crane = (str(LabelClass.objects.get(name=name).id) for name in ("boat", "crane"))
    box = str(uuid4())
    Image.objects.filter(pk=images[0].pk).update(split="val", metadata={"camera": "c1"})
    apply_edits(
        images[0].id, [add(box, boat, attributes={"wet": True}), add(class_id=crane)], actor=alice.actor
    )
    apply_edits(images[0].id, [change("update", box, x=5, y=5, w=9, h=9)], actor=alice.actor)
    return images


@pytest.fixture
def pier(alice: Person) -> Dataset:
    """A dataset of another project, which has boats and no cranes."""
    project = Project.objects.create(tenant=alice.tenant, name="Pier")
    LabelClass.objects.create(project=project, name="Boat", color="#000000", order=0)
    return Dataset.objects.create(tenant=alice.tenant, project=project, name="Pier")


@pytest.fixture
def south(alice: Person, dataset: Dataset) -> Dataset:
    """Another dataset of the same project."""
    return Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="South quay")


def send(person: Person, source: Dataset, target: Dataset, **body: Any) -> Any:
    data = {"to": str(target.id), **({} if "images" in body else {"filter": {}}), **body}
    return person.api.post(
        f"/api/v1/datasets/{source.id}/transfer", json.dumps(data), content_type="application/json"
    )


def result_of(answer: Any) -> dict[str, Any]:
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    assert job.state == "succeeded", job.error
    return {name: job.result[name] for name in Transfer.COUNTERS if job.result[name]}


def kept(dataset: Dataset) -> int:
    return dataset.images.kept().count()


def test_a_copy_shares_bytes_and_keeps_boxes_and_metadata(
    alice: Person, dataset: Dataset, south: Dataset, quay: list[Image]
):
    blobs, used = Blob.objects.count(), list(Quota.objects.values("resource", "used"))

    answer = send(alice, dataset, south, images=[str(quay[0].id), str(quay[1].id)])
    run_queued([KIND])

    copy = south.images.order_by("ordinal").first()
    assert (answer.status_code, answer.json()["status"], result_of(answer)) == (202, "started", {"copied": 2})
    assert (Blob.objects.count(), list(Quota.objects.values("resource", "used"))) == (blobs, used)
    assert (copy.metadata, copy.split, copy.box_count, copy.state) == ({"camera": "c1"}, "val", 2, "labeled")
    assert [(box.x, box.attributes) for box in all_boxes(copy.id).values()] == [
        (box.x, box.attributes) for box in all_boxes(quay[0].id).values()
    ]
    assert CanvasEdit.objects.filter(canvas=copy.id).count() == 1
    assert folded_at(copy.id, present_seq(copy.id)) == all_boxes(copy.id)
    assert kept(dataset) == 4
    assert AuditEntry.objects.filter(verb="image.copied").count() == 2


def test_classes_go_by_name_and_missing_ones_are_a_choice(
    alice: Person, dataset: Dataset, pier: Dataset, quay: list[Image]
):
    refused = send(alice, dataset, pier)

    assert (refused.status_code, refused.json()["code"]) == (409, "classes_missing")
    assert refused.json()["missing"] == ["crane"]
    assert Job.objects.filter(kind=KIND).count() == 0
    made = send(alice, dataset, pier, classes="create")
    run_queued([KIND])
    assert result_of(made) == {"copied": 4}
    names = Box.objects.filter(canvas__image__dataset=pier).values_list("label__name", "label__project__name")
    assert sorted(names) == [("Boat", "Pier"), ("crane", "Pier")]


def test_a_class_that_appears_after_the_order_keeps_its_picture_back(
    alice: Person, dataset: Dataset, pier: Dataset, quay: list[Image]
):
    answer = send(alice, dataset, pier, images=[str(quay[1].id), str(quay[2].id)], original="archive")
    crane = str(LabelClass.objects.get(name="crane").id)
    apply_edits(quay[1].id, [add(class_id=crane)], actor=alice.actor)

    run_queued([KIND])

    assert result_of(answer) == {"copied": 1, "refused": 1}
    assert list(dataset.images.filter(archived_at=None).values_list("pk", flat=True).order_by("ordinal")) == [
        quay[0].pk,
        quay[1].pk,
        quay[3].pk,
    ]


@pytest.mark.parametrize(("original", "left"), [("archive", (0, 4)), ("delete", (0, 0))])
def test_a_move_leaves_nothing_and_a_second_one_changes_nothing(
    original: str, left: tuple[int, int], alice: Person, dataset: Dataset, south: Dataset, quay: list[Image]
):
    ids = [str(image.id) for image in quay]
    body = {"images": ids, "original": original, "confirm": dataset.name}
    sums = set(dataset.images.values_list("blob__sha256", flat=True))

    moved = send(alice, dataset, south, **body)
    run_queued()

    assert result_of(moved) == {"copied": 4}
    assert (kept(dataset), dataset.images.count()) == left
    assert set(dataset.images.values_list("archived_for", flat=True)) <= {MOVED}
    assert set(south.images.values_list("blob__sha256", flat=True)) == sums
    before = list(Image.objects.order_by("pk").values())
    again = send(alice, dataset, south, **body)
    run_queued()
    assert again.status_code == (422 if original == "delete" else 202)
    assert list(Image.objects.order_by("pk").values()) == before


def test_what_the_target_holds_is_told_and_stays_where_it_is(
    alice: Person, dataset: Dataset, south: Dataset, quay: list[Image]
):
    send(alice, dataset, south, images=[str(quay[2].id)])
    run_queued([KIND])

    answer = send(alice, dataset, south, original="archive")
    run_queued([KIND])

    there = south.images.get(blob=quay[2].blob)
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    assert result_of(answer) == {"copied": 3, "duplicates": 1}
    assert job.result["skipped"] == [
        {"filename": quay[2].filename, "status": "duplicates", "image": str(there.id)}
    ]
    assert list(dataset.images.kept().values_list("pk", flat=True)) == [quay[2].pk]


def test_a_killed_move_goes_on_where_it_ended(
    alice: Person, dataset: Dataset, south: Dataset, quay: list[Image]
):
    answer = send(alice, dataset, south, original="delete", confirm=dataset.name)
    run(Interrupted(lease.claim([KIND]), ticks_itself=True))
    assert (dataset.images.count() + south.images.count(), 0 < south.images.count() < 4) == (4, True)
    Job.objects.filter(kind=KIND).update(run_at=F("created_at"))

    run_queued()

    assert result_of(answer) == {"copied": 4}
    assert (dataset.images.count(), south.images.count()) == (0, 4)
    assert AuditEntry.objects.filter(verb="image.copied").count() == 4


def test_the_same_order_while_it_runs_is_one_job(
    alice: Person, dataset: Dataset, south: Dataset, quay: list[Image]
):
    first, again = send(alice, dataset, south), send(alice, dataset, south)

    assert again.json()["status"] == "already_running"
    assert first.json()["job"]["id"] == again.json()["job"]["id"]


def test_roles_count_in_both_datasets(
    alice: Person, ann: Person, charlie: Person, dataset: Dataset, south: Dataset, quay: list[Image]
):
    theirs = Dataset.objects.create(
        tenant=charlie.tenant, name="Theirs", project=Project.objects.create(tenant=charlie.tenant, name="P")
    )

    assert send(ann, dataset, south).status_code == 403
    assert send(ann, dataset, south, original="archive").status_code == 403
    assert send(charlie, dataset, theirs).status_code == 404
    assert send(alice, dataset, theirs).status_code == 404
    assert Job.objects.filter(kind=KIND).count() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"to": None}, 400),
        ({"original": "burn"}, 400),
        ({"classes": "maybe"}, 400),
        ({"original": "delete"}, 400),
        ({"original": "delete", "confirm": "yes"}, 400),
        ({"images": []}, 400),
        ({"images": [str(uuid4())]}, 422),
        ({"filter": {"q": "stae:new"}}, 400),
        ({"more": 1}, 400),
    ],
)
def test_what_can_not_be_read_moves_nothing(
    body: dict, status: int, alice: Person, dataset: Dataset, south: Dataset, quay: list[Image]
):
    answer = send(alice, dataset, south, **body)

    assert answer.status_code == status, answer.content
    assert (kept(dataset), south.images.count(), Job.objects.filter(kind=KIND).count()) == (4, 0, 0)


def test_a_dataset_is_no_place_to_move_its_own_pictures_to(
    alice: Person, dataset: Dataset, quay: list[Image]
):
    assert send(alice, dataset, dataset).status_code == 422
