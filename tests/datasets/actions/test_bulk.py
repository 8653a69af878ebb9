"""One change for many pictures."""

from typing import Any

import pytest

from datasets.actions import bulk
from datasets.models import Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.seeded import seed_images
from tests.people import Person

KEYS = {"metadata": {"keywords": ["tide"], "rating": 1}}


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(
        dataset, {"state": "labeled"}, KEYS, {"split": "val"}, {"metadata": {"note": "x" * 65_520}}
    )


def post(person: Person, dataset: Dataset, **body: Any) -> Any:
    return person.api.post(f"/api/v1/datasets/{dataset.id}/bulk", body, content_type="application/json")


def ids(*images: Image) -> list[str]:
    return [str(image.id) for image in images]


def column(name: str) -> list[Any]:
    return list(Image.objects.order_by("ordinal").values_list(name, flat=True))


def test_a_few_change_at_once_and_are_audited(alice: Person, dataset: Dataset, images: list[Image]):
    split = post(alice, dataset, action="split", value="val", images=ids(*images[:3]))
    word = post(alice, dataset, action="add_keyword", value="low", images=ids(*images))
    gone = post(alice, dataset, action="remove_keyword", value="tide", images=ids(*images))
    said = post(alice, dataset, action="metadata", value={"rating": None, "wet": True}, images=ids(images[1]))

    assert [answer.json() for answer in (split, word, gone, said)] == [
        {"changed": 2}, {"changed": 3}, {"changed": 1}, {"changed": 1},
    ]  # fmt: skip
    assert column("split") == ["val", "val", "val", ""]
    assert column("metadata")[:3] == [
        {"keywords": ["low"]},
        {"keywords": ["low"], "wet": True},
        {"keywords": ["low"]},
    ]
    events = AuditEntry.objects.filter(verb__startswith="images.").order_by("id")
    assert [entry.verb for entry in events] == ["images.split", *["images.described"] * 3]


def test_archived_ones_are_taken_back(alice: Person, dataset: Dataset, images: list[Image]):
    assert post(alice, dataset, action="archive", images=ids(*images[:2])).json() == {"changed": 2}
    assert column("archived_for") == ["by hand", "by hand", "", ""]

    assert post(alice, dataset, action="restore", images=ids(*images)).json() == {"changed": 2}
    assert column("archived_at") == [None] * 4


def test_a_search_becomes_a_job(alice: Person, dataset: Dataset, images: list[Image]):
    answer = post(alice, dataset, action="split", value="test", filter={"q": "-state:labeled"})
    run_queued([bulk.KIND])

    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    assert (job.state, job.result, job.total) == ("succeeded", {"images": 3}, 3)
    assert column("split") == ["", "test", "test", "test"]


def test_a_job_killed_between_lots_goes_on_where_it_was(
    alice: Person, dataset: Dataset, images: list[Image], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk, "LOT", 1)
    post(alice, dataset, action="archive", filter={"state": "new"})
    steps = iter((None, None))
    told = JobContext.progress

    def killed_at_the_second(ctx: JobContext, done: int, *more: Any) -> None:
        if next(steps, "killed") == "killed":
            raise SystemExit
        told(ctx, done, *more)

    with monkeypatch.context() as patched:
        patched.setattr(JobContext, "progress", killed_at_the_second)
        with pytest.raises(SystemExit):
            run_queued([bulk.KIND])
    assert sum(moment is not None for moment in column("archived_at")) == 3
    Job.objects.update(state="queued", lease_until=None, lease_token=None)
    run_queued([bulk.KIND])

    assert Job.objects.get(kind=bulk.KIND).result == {"images": 3}
    assert sum(moment is not None for moment in column("archived_at")) == 3


def test_deleting_wants_the_name_typed(alice: Person, dataset: Dataset, images: list[Image]):
    unsure = post(alice, dataset, action="delete", images=ids(images[0]), confirm="yes")
    assert (unsure.status_code, Image.objects.count()) == (422, 4)

    sure = post(alice, dataset, action="delete", images=ids(images[0]), confirm=dataset.name)

    assert (sure.json(), column("filename")) == ({"changed": 1}, ["1.png", "2.png", "3.png"])
    assert Job.objects.filter(kind="datasets.free_bytes").exists()


@pytest.mark.parametrize(
    "body",
    [
        {"action": "explode", "filter": {}},
        {"action": "archive"},
        {"action": "archive", "filter": {}, "images": ["x"]},
        {"action": "archive", "images": []},
        {"action": "archive", "filter": {"password": "x"}},
        {"action": "archive", "filter": []},
        {"action": "archive", "filter": {"state": {}}},
        {"action": "split", "value": "half", "filter": {}},
        {"action": "add_keyword", "value": "", "filter": {}},
        {"action": "add_keyword", "value": "x" * 65, "filter": {}},
        {"action": "metadata", "value": {"intrinsic": {}}, "filter": {}},
        {"action": "metadata", "value": [], "filter": {}},
        {"action": "archive", "filter": {}, "who": "me"},
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    body: dict, alice: Person, dataset: Dataset, images: list[Image]
):
    before = list(Image.objects.order_by("id").values())

    answer = post(alice, dataset, **body)

    assert answer.status_code in (400, 422), answer.content
    assert list(Image.objects.order_by("id").values()) == before
    assert not Job.objects.exists()


def test_roles_and_tenants(ann: Person, vic: Person, charlie: Person, dataset: Dataset, images: list[Image]):
    named = ids(images[0])

    assert post(vic, dataset, action="add_keyword", value="x", images=named).status_code == 403
    assert post(ann, dataset, action="archive", images=named).status_code == 403
    assert post(ann, dataset, action="delete", images=named, confirm=dataset.name).status_code == 403
    assert post(charlie, dataset, action="archive", images=named).status_code == 404
    assert column("archived_at") == [None] * 4
    assert post(ann, dataset, action="add_keyword", value="x", images=named).json() == {"changed": 1}


def test_pictures_of_elsewhere_are_not_there(alice: Person, dataset: Dataset, images: list[Image]):
    other = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="Other")
    foreign = seed_images(other, {})

    answer = post(alice, dataset, action="archive", images=ids(images[0], *foreign))

    assert answer.status_code == 404
    assert column("archived_at") == [None] * 5
