"""One change to many pictures: at once, as a job, by whom, and what is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from datasets.actions import bulk
from datasets.actions.bulk import run_bulk
from datasets.actions.bulk_changes import BY_NAME
from datasets.models import Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(
        dataset,
        {"filename": "quay.png", "metadata": {"weather": "rain"}},
        {"filename": "ship.png", "metadata": {"keywords": ["low tide"], "weather": "sun"}, "split": "val"},
        {"filename": "pier.png", "state": "labeled"},
    )


def post(person: Person, dataset: Dataset, **body: Any):
    return person.api.post(
        f"/api/v1/datasets/{dataset.id}/bulk", json.dumps(body), content_type="application/json"
    )


def kept(dataset: Dataset) -> list[str]:
    return list(dataset.images.kept().order_by("ordinal").values_list("filename", flat=True))


def test_named_pictures_are_archived_and_come_back(alice: Person, dataset: Dataset, images: list[Image]):
    named = [str(images[0].id), str(images[2].id)]

    answer = post(alice, dataset, action="archive", images=named)

    assert answer.json() == {"action": "archive", "matched": 2, "changed": 2, "refused": 0, "job": None}
    assert kept(dataset) == ["ship.png"]
    back = post(alice, dataset, action="restore", images=named)
    assert back.json()["changed"] == 2
    assert kept(dataset) == ["quay.png", "ship.png", "pier.png"]


def test_what_a_search_finds_gets_a_split_and_stays_there(
    alice: Person, dataset: Dataset, images: list[Image]
):
    answer = post(alice, dataset, action="split", filter={"q": "meta.weather:*"}, value="val")
    again = post(alice, dataset, action="split", filter={"q": "meta.weather:*"}, value="val")

    assert (answer.json()["matched"], answer.json()["changed"], again.json()["changed"]) == (2, 2, 0)
    splits = dataset.images.order_by("ordinal").values_list("split", "split_is_fixed")
    assert list(splits) == [("val", True), ("val", True), ("", False)]


def test_keywords_come_and_go_and_nothing_else_changes(ann: Person, dataset: Dataset, images: list[Image]):
    added = post(ann, dataset, action="add_keyword", filter={}, value="low tide")
    removed = post(ann, dataset, action="remove_keyword", filter={"name": "quay"}, value="low tide")

    assert (added.json()["changed"], removed.json()["changed"]) == (2, 1)
    assert list(dataset.images.order_by("ordinal").values_list("metadata", flat=True)) == [
        {"weather": "rain", "keywords": []},
        {"keywords": ["low tide"], "weather": "sun"},
        {"keywords": ["low tide"]},
    ]


def test_metadata_is_merged_and_a_picture_that_cannot_hold_it_is_counted(
    ann: Person, dataset: Dataset, images: list[Image]
):
    full = {"note": "x" * 65_000}
    Image.objects.filter(pk=images[2].pk).update(metadata=full)

    answer = post(ann, dataset, action="metadata", filter={}, value={"weather": None, "place": "p" * 600})

    assert (answer.json()["changed"], answer.json()["refused"]) == (2, 1)
    assert Image.objects.get(pk=images[0].pk).metadata == {"place": "p" * 600}
    assert Image.objects.get(pk=images[2].pk).metadata == full


def test_deleting_needs_the_name_typed(alice: Person, dataset: Dataset, images: list[Image]):
    refused = post(alice, dataset, action="delete", images=[str(images[0].id)], confirm="yes")

    assert (refused.status_code, refused.json()["code"]) == (400, "unconfirmed")
    assert dataset.images.count() == 3
    assert (
        post(alice, dataset, action="delete", images=[str(images[0].id)], confirm=dataset.name).status_code
        == 200
    )
    assert kept(dataset) == ["ship.png", "pier.png"]


@pytest.mark.parametrize("action", ["archive", "restore", "delete", "split"])
def test_annotators_take_nothing_away_and_deal_nothing_out(
    action: str, ann: Person, dataset: Dataset, images: list[Image]
):
    answer = post(ann, dataset, action=action, filter={}, confirm=dataset.name, value="val")

    assert answer.status_code == 403
    assert kept(dataset) == ["quay.png", "ship.png", "pier.png"]


@pytest.mark.parametrize("action", sorted(BY_NAME))
def test_viewers_change_nothing(action: str, vic: Person, dataset: Dataset, images: list[Image]):
    assert post(vic, dataset, action=action, filter={}, value="val").status_code == 403
    assert AuditEntry.objects.filter(verb__startswith="images.").count() == 0


def test_pictures_of_others_are_not_there(
    alice: Person, charlie: Person, dataset: Dataset, images: list[Image]
):
    other = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="South quay")

    assert post(charlie, dataset, action="archive", filter={}).status_code == 404
    answer = post(alice, other, action="archive", images=[str(images[0].id)])
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_selected")
    assert len(kept(dataset)) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"action": "archive"},
        {"action": "burn", "filter": {}},
        {"action": ["archive"], "filter": {}},
        {"action": "archive", "filter": {}, "images": []},
        {"action": "archive", "images": []},
        {"action": "archive", "images": ["1"]},
        {"action": "archive", "images": "all"},
        {"action": "archive", "filter": {}, "value": "x"},
        {"action": "archive", "filter": {"created_by__password": "x"}},
        {"action": "archive", "filter": {"q": "owner__email:a"}},
        {"action": "archive", "filter": "state:new"},
        {"action": "split", "filter": {}, "value": "holdout"},
        {"action": "split", "filter": {}},
        {"action": "add_keyword", "filter": {}, "value": "x" * 65},
        {"action": "metadata", "filter": {}, "value": {}},
        {"action": "metadata", "filter": {}, "value": ["x"]},
        {"action": "archive", "filter": {}, "sort": "name"},
    ],
)
def test_what_can_not_be_read_changes_nothing(
    body: dict, alice: Person, dataset: Dataset, images: list[Image]
):
    before = list(dataset.images.order_by("pk").values())

    answer = post(alice, dataset, **body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"].endswith(".")
    assert list(dataset.images.order_by("pk").values()) == before


@pytest.fixture
def _few_at_once(monkeypatch: pytest.MonkeyPatch):
    for name in ("add_keyword", "split"):
        monkeypatch.setitem(BY_NAME, name, replace(BY_NAME[name], at_once=3))


@pytest.mark.usefixtures("_few_at_once")
def test_many_change_in_a_job_and_later_ones_are_left(alice: Person, dataset: Dataset):
    seed_images(dataset, *({} for _ in range(8)))

    answer = post(alice, dataset, action="add_keyword", filter={"q": "-keyword:tide"}, value="tide")
    seed_images(dataset, {"filename": "later.png"})
    run_queued([bulk.KIND])

    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    assert (job.state, job.done, job.total, job.result) == ("succeeded", 8, 8, {"changed": 8, "refused": 0})
    assert list(dataset.images.filter(metadata={}).values_list("filename", flat=True)) == ["later.png"]


class DyingContext(JobContext):
    """Ends the work after the first part."""

    def progress(self, done, total=None, message=""):
        raise Cancelled


@pytest.mark.usefixtures("_few_at_once")
def test_a_killed_job_goes_on_where_it_was(alice: Person, dataset: Dataset):
    seed_images(dataset, *({} for _ in range(8)))
    post(alice, dataset, action="split", filter={"split": "none"}, value="train")
    job = lease.claim([bulk.KIND])
    with pytest.raises(Cancelled):
        run_bulk(job, DyingContext(job, ticks_itself=True))
    assert dataset.images.filter(split="train").count() == 3
    lease.put_back(job, pause=0)

    run_queued([bulk.KIND])

    job.refresh_from_db()
    assert (job.state, job.result) == ("succeeded", {"changed": 8, "refused": 0})
    entries = AuditEntry.objects.filter(verb="images.put_in_split").count()
    assert (dataset.images.filter(split="train").count(), entries) == (8, 3)
