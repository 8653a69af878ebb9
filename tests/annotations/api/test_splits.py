import json
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import FrozenCanvas, LabelClass
from datasets.models import Dataset, DatasetVersion, Image
from modelship.jobs.runner import run_queued
from tests.live_clients import add
from tests.people import Person

pytestmark = pytest.mark.django_db


def post(person: Person, dataset: Dataset, rest: str = "", **body: Any) -> Any:
    url = f"/api/v1/datasets/{dataset.id}/split{rest}"
    return person.api.post(url, json.dumps(body), content_type="application/json")


@pytest.fixture
def quay(alice: Person, dataset: Dataset, make_picture: Any) -> list[Image]:
    """Twenty pictures of two cameras, a boat on every second one."""
    images = [make_picture() for _ in range(20)]
    boat = str(LabelClass.objects.get(name="boat").id)
    for number, image in enumerate(images):
        Image.objects.filter(pk=image.pk).update(metadata={"camera": f"c{number % 2}"}, phash=number // 2)
        if number % 2 == 0:
            apply_edits(image.id, [add(class_id=boat)], actor=alice.actor)
    return images


def test_a_dry_run_tells_the_counts_and_changes_nothing(alice: Person, dataset: Dataset, quay: list[Image]):
    answer = post(alice, dataset, ratios={"train": 0.5, "val": 0.5}, dry_run=True).json()

    boat = str(LabelClass.objects.get(name="boat").id)
    assert (answer["images"], answer["moved"]) == (20, 20)
    assert answer["counts"]["train"] == answer["counts"]["val"] == {"images": 10, "boxes": {boat: 5}}
    assert set(Image.objects.values_list("split", flat=True)) == {""}
    assert not DatasetVersion.objects.exists()


def test_dealing_out_is_a_job_that_is_kept_in_a_version(
    alice: Person, vic: Person, dataset: Dataset, quay: Any
):
    answer = post(alice, dataset, ratios={"train": 0.5, "val": 0.5})
    run_queued(["dataset.split"])

    assert answer.status_code == 202
    assert Counter(Image.objects.values_list("split", flat=True)) == {"train": 10, "val": 10}
    version = DatasetVersion.objects.get()
    assert (version.source, version.message) == ("split", "After splitting 20 pictures.")
    assert Counter(FrozenCanvas.objects.values_list("split", flat=True)) == {"train": 10, "val": 10}
    looked = vic.api.get(f"/api/v1/datasets/{dataset.id}/split").json()
    assert (looked["rule"]["ratios"]["val"], looked["counts"]["val"]["images"]) == (0.5, 10)


def test_groups_and_near_duplicates_stay_together(alice: Person, dataset: Dataset, quay: Any):
    post(alice, dataset, ratios={"train": 0.5, "val": 0.5}, group="camera")
    run_queued(["dataset.split"])
    by_camera = {
        (row["metadata"]["camera"], row["split"]) for row in Image.objects.values("metadata", "split")
    }
    post(alice, dataset, ratios={"train": 0.5, "val": 0.5}, near_duplicates=True, keep=False)
    run_queued(["dataset.split"])

    assert len(by_camera) == 2
    # Numbers from 0 to 9 differ in few bits, so that all pictures are near duplicates of each other.
    assert len(set(Image.objects.values_list("split", flat=True))) == 1


def test_what_is_put_somewhere_by_hand_stays(alice: Person, dataset: Dataset, quay: list[Image]):
    ids = [str(image.id) for image in quay[:3]]

    answer = post(alice, dataset, "/images", images=ids, split="test")
    post(alice, dataset, ratios={"train": 1}, keep=False)
    run_queued(["dataset.split"])

    assert (answer.json()["moved"], answer.json()["counts"]["test"]["images"]) == (3, 3)
    assert Counter(Image.objects.values_list("split", flat=True)) == {"train": 17, "test": 3}
    assert post(alice, dataset, "/images", images=ids, split="none").json()["counts"]["none"]["images"] == 3


@pytest.mark.parametrize(
    ("rest", "body", "status"),
    [
        ("", {"ratios": {"train": 0.4}}, 400),
        ("", {"colour": 1}, 400),
        ("/images", {"images": [], "split": "val"}, 400),
        ("/images", {"images": [str(uuid4())], "split": "val"}, 404),
        ("/images", {"images": [str(uuid4())], "split": "learn"}, 400),
    ],
)
def test_what_can_t_be_is_refused_and_changes_nothing(
    rest: str, body: dict, status: int, alice: Person, dataset: Dataset, quay: Any
):
    assert post(alice, dataset, rest, **body).status_code == status
    assert set(Image.objects.values_list("split", flat=True)) == {""}


def test_only_managers_split(bob: Person, dataset: Dataset, quay: list[Image]):
    assert post(bob, dataset).status_code == 403
    assert post(bob, dataset, "/images", images=[str(quay[0].id)], split="val").status_code == 403
    assert set(Image.objects.values_list("split", flat=True)) == {""}
