"""Pictures of an import are written several at once: in order, once each, and none at the cost of another."""

import json
from typing import Any

import pytest

from annotations.actions import import_landing
from annotations.models import Box, CanvasEdit, Import, LabelClass
from datasets.models import Image
from modelship.jobs.runner import run_queued
from tests.annotations.api.importing import KINDS, coco, job_of, send, shown
from tests.datasets.seeded import seed_images

pytestmark = pytest.mark.django_db
SIZE = (40, 20)


@pytest.fixture
def images(dataset) -> list[Image]:
    return seed_images(dataset, *({} for _ in range(5)))


@pytest.fixture
def reached(monkeypatch) -> list[int]:
    """How far the import was at each of its commits."""
    noted: list[int] = []

    def remember(row: Import, done: Any, at: int | None = None) -> None:
        import_landing_remember(row, done, at)
        if at is not None:
            noted.append(at)

    import_landing_remember = import_landing.remember
    monkeypatch.setattr(import_landing, "remember", remember)
    return noted


def labels(images: list[Image], per_image: int = 2) -> bytes:
    boxes = [("boat", [float(3 * at), 1.0, 2.0, 2.0]) for at in range(per_image)]
    return coco({image.filename: boxes for image in images}, SIZE)


def counted(images: list[Image]) -> list[int]:
    return [Box.objects.filter(canvas=image.pk, deleted=False).count() for image in images]


def sent(alice, dataset, data: bytes, **wish: str) -> dict[str, Any]:
    answer = send(alice, dataset, data, "labels.json", dry_run="false", **wish)
    assert answer.status_code == 202, answer.content
    run_queued(KINDS)
    return shown(alice, answer.json()["import"]["id"])


def test_pictures_are_written_together_each_its_own_revision(alice, dataset, images, reached):
    row = sent(alice, dataset, labels(images))

    assert row["state"] == "done", job_of(row).error
    assert reached == [5]
    assert counted(images) == [2] * 5
    logged = CanvasEdit.objects.values_list("canvas_id", "seq")
    assert sorted(logged) == sorted((image.pk, 1) for image in images)
    assert (row["result"]["counts"]["added"], row["result"]["images"]["matched"]) == (10, 5)


def test_a_lot_is_no_larger_than_its_shapes_allow(alice, dataset, images, reached, monkeypatch):
    monkeypatch.setattr(import_landing, "LOT_SHAPES", 4)

    sent(alice, dataset, labels(images))

    assert reached == [2, 4, 5]


def test_a_picture_that_comes_again_waits_for_its_first_labels(alice, dataset, images, reached):
    names = [images[0].filename, images[1].filename]
    data = coco({name: [("boat", [1.0, 1.0, 2.0, 2.0])] for name in names}, SIZE)
    document = json.loads(data)
    document["images"].append({**document["images"][0], "id": 9})
    document["annotations"].append({**document["annotations"][0], "id": 9, "image_id": 9})

    row = sent(alice, dataset, json.dumps(document).encode())

    assert reached == [2, 3]
    counts = row["result"]["counts"]
    assert (counts["added"], counts["known"]) == (2, 1)


def test_a_picture_that_somebody_holds_comes_alone_and_in_its_turn(
    alice, dataset, images, reached, monkeypatch
):
    idle = import_landing.lock_idle
    monkeypatch.setattr(
        import_landing,
        "lock_idle",
        lambda ids: {uid: held for uid, held in idle(ids).items() if uid != images[2].pk},
    )

    row = sent(alice, dataset, labels(images))

    assert row["state"] == "done", job_of(row).error
    assert reached == [2, 3, 5]
    assert counted(images) == [2] * 5
    assert row["result"]["counts"]["added"] == 10


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_is_deleted_meanwhile_costs_no_other_its_labels(alice, dataset, images, monkeypatch):
    make = import_landing.make_canvases

    def deleting(ids: Any) -> None:
        Image.objects.filter(pk=images[1].pk).delete()
        make(ids)

    monkeypatch.setattr(import_landing, "make_canvases", deleting)

    row = sent(alice, dataset, labels(images))

    assert row["state"] == "done", job_of(row).error
    assert counted(images) == [2, 0, 2, 2, 2]
    [error] = [found for found in row["result"]["findings"] if found["severity"] == "error"]
    assert (error["code"], images[1].filename in error["what"]) == ("picture_failed", True)
    assert (row["result"]["counts"]["added"], row["result"]["images"]["refused"]) == (8, 1)


def test_findings_are_told_once_where_a_lot_is_written_alone(alice, dataset, images, monkeypatch):
    def spoiling(wishes: Any) -> Any:
        return [None for _ in wishes]

    monkeypatch.setattr(import_landing, "apply_idle", spoiling)
    LabelClass.objects.filter(name="boat").update(attributes=[{"name": "length", "kind": "number"}])
    document = json.loads(labels(images))
    for annotation in document["annotations"]:
        annotation["attributes"] = {"length": "long"}

    row = sent(alice, dataset, json.dumps(document).encode())

    assert counted(images) == [2] * 5
    codes = {found["code"]: found["count"] for found in row["result"]["finding_counts"]}
    assert codes["attribute_unfit"] == 10


def test_a_killed_lot_leaves_nothing_and_the_next_attempt_writes_it_once(alice, dataset, images, monkeypatch):
    class Killed(BaseException):
        """As if the process had ended."""

    whole = import_landing.remember

    def dying(row: Import, done: Any, at: int | None = None) -> None:
        whole(row, done, at)
        if at == 5:
            raise Killed

    answer = send(alice, dataset, labels(images), "labels.json", dry_run="false")
    monkeypatch.setattr(import_landing, "LOT", 3)
    monkeypatch.setattr(import_landing, "remember", dying)
    with pytest.raises(Killed):
        run_queued(KINDS)
    half = counted(images)
    monkeypatch.setattr(import_landing, "remember", whole)
    job = Import.objects.get(pk=answer.json()["import"]["id"]).job
    job.__class__.objects.filter(pk=job.pk).update(state="queued", lease_until=None, lease_token=None)
    run_queued(KINDS)

    row = shown(alice, answer.json()["import"]["id"])
    assert half == [2, 2, 2, 0, 0]
    assert (row["state"], counted(images)) == ("done", [2] * 5)
    assert (row["result"]["counts"]["added"], row["result"]["counts"]["known"]) == (10, 0)
    assert CanvasEdit.objects.count() == 5


def test_what_is_there_already_is_seen_in_a_lot(alice, dataset, images):
    sent(alice, dataset, labels(images[:1]))

    row = sent(alice, dataset, labels(images))

    counts = row["result"]["counts"]
    assert (counts["known"], counts["added"], counted(images)) == (2, 8, [2] * 5)
