import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.actions.apply_edits import apply_edits
from annotations.actions.labels import change_class
from annotations.actions.review import review
from annotations.models import LabelClass
from datasets.actions.archive import archive_images
from datasets.models import Dataset, Image
from tests.annotations.frozen import frozen
from tests.live_clients import add, change
from tests.people import Person

pytestmark = pytest.mark.django_db


def diff(person: Person, dataset: Dataset, query: str, rest: str = "") -> Any:
    return person.api.get(f"/api/v1/datasets/{dataset.id}/diff{rest}?{query}")


@pytest.fixture
def quay(alice: Person, dataset: Dataset, make_picture: Any) -> list[Image]:
    """Five images; after version 1 one is edited, one renamed, one archived, one approved, one added."""
    images = [make_picture() for _ in range(5)]
    boxes = [str(uuid4()) for _ in range(3)]
    apply_edits(images[0].id, [add(box) for box in boxes], actor=alice.actor)
    frozen(alice, dataset)
    boat = LabelClass.objects.get(name="boat")
    edits = [
        change("update", boxes[0], x=15, y=10, w=20, h=20),
        change("update", boxes[1], class_id=str(boat.id)),
        change("delete", boxes[2]),
        add(),
    ]
    apply_edits(images[0].id, edits, actor=alice.actor)
    Image.objects.filter(pk=images[1].pk).update(filename="new.png", split="val")
    archive_images(alice.actor, dataset, [images[2].pk], "blurred")
    review(images[3].id, "approve", actor=alice.actor)
    change_class(alice.actor, dataset.project, boat.id, name="ship")
    return [*images, make_picture()]


@pytest.mark.parametrize("to", ["now", "2"])
def test_the_summary_tells_images_boxes_and_classes(
    to: str, alice: Person, vic: Person, dataset: Dataset, quay: Any
):
    frozen(alice, dataset)

    body = diff(vic, dataset, f"from=1&to={to}").json()

    assert (body["from"], body["to"]) == (1, to if to == "now" else 2)
    assert body["summary"]["images"] == {"added": 1, "removed": 1, "changed": 3, "renamed": 1, "resplit": 1}
    words = {
        "added": 1,
        "removed": 1,
        "moved": 1,
        "relabelled": 1,
        "described": 0,
        "judged": 0,
        "arranged": 0,
    }
    assert body["summary"]["boxes"] == words
    assert [(label["was"], label["name"]) for label in body["summary"]["classes"]] == [("boat", "ship")]
    assert (body["summary"]["is_complete"], body["summary"]["counted"]) == (True, 5)
    assert [(row["filename"], row["change"]) for row in body["results"]] == [
        ("1.png", "changed"),
        ("new.png", "changed"),
        ("3.png", "removed"),
        ("4.png", "changed"),
        ("6.png", "added"),
    ]
    assert body["results"][0]["counts"] == {"added": 1, "removed": 1, "moved": 1, "relabelled": 1}
    assert (body["results"][1]["before"]["filename"], body["results"][1]["before"]["split"]) == ("2.png", "")


def test_from_the_other_side_it_is_the_inverse_and_of_itself_nothing(
    alice: Person, dataset: Dataset, quay: Any
):
    frozen(alice, dataset)

    there, back = (diff(alice, dataset, query).json() for query in ("from=1&to=2", "from=2&to=1"))
    same = diff(alice, dataset, "from=2&to=2").json()

    turned = {"added": "removed", "removed": "added"}
    for kind in ("images", "boxes"):
        one, other = there["summary"][kind], back["summary"][kind]
        assert {turned.get(word, word): count for word, count in one.items()} == other
    assert [(row["after"], row["before"]) for row in back["results"]] == [
        (row["before"], row["after"]) for row in there["results"]
    ]
    assert same["results"] == same["summary"]["classes"] == []
    assert set(same["summary"]["images"].values()) | set(same["summary"]["boxes"].values()) == {0}


def test_one_image_is_told_box_by_box(alice: Person, dataset: Dataset, quay: list[Image]):
    body = diff(alice, dataset, "from=1", f"/images/{quay[0].id}").json()

    assert (body["width"], body["height"], body["unchanged"]) == (200, 100, [])
    moved = next(row for row in body["boxes"] if row["words"] == ["moved"])
    assert (moved["before"]["x"], moved["after"]["x"], moved["iou"]) == (10, 15, 0.6)
    removed = next(row for row in body["boxes"] if row["words"] == ["removed"])
    assert removed["after"] is None
    untouched = diff(alice, dataset, "from=1", f"/images/{quay[4].id}").json()
    assert (untouched["boxes"], untouched["counts"]) == ([], {})


def test_an_image_that_came_back_to_what_it_was_does_not_differ(
    alice: Person, dataset: Dataset, make_picture: Any
):
    image, box = make_picture(), str(uuid4())
    apply_edits(image.id, [add(box)], actor=alice.actor)
    frozen(alice, dataset)
    for kind in ("delete", "restore"):
        apply_edits(image.id, [change(kind, box)], actor=alice.actor)

    body = diff(alice, dataset, "from=1").json()

    assert (body["results"], body["next"], body["summary"]["images"]["changed"]) == ([], None, 0)


def test_pages_and_kinds(alice: Person, dataset: Dataset, quay: Any):
    first = diff(alice, dataset, "from=1&limit=3").json()
    second = alice.api.get(first["next"]).json()
    added = diff(alice, dataset, "from=1&change=added").json()

    assert [row["ordinal"] for row in first["results"]] == [1, 2, 3]
    assert [row["ordinal"] for row in second["results"]] == [4, 6]
    assert (second["summary"], second["next"]) == (None, None)
    assert [row["filename"] for row in added["results"]] == ["6.png"]


def test_what_did_not_change_is_not_read(alice: Person, dataset: Dataset, make_picture: Any):
    for _ in range(30):
        apply_edits(make_picture().id, [add()], actor=alice.actor)
    frozen(alice, dataset)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert diff(alice, dataset, "from=1").status_code == 200
        assert not any("canvasedit" in query["sql"] for query in seen)
        return len(seen)

    assert queries() < 20


@pytest.mark.parametrize(
    ("query", "status"),
    [
        *[("", 400), ("from=x", 400), ("from=1&to=yesterday", 400), ("from=9", 404), ("from=1&to=9", 404)],
        *[("from=1&change=x", 400), ("from=1&limit=0", 400), ("from=1&cursor=-1", 400)],
    ],
)
def test_what_can_t_be_compared_is_refused(query: str, status: int, alice: Person, dataset: Dataset):
    frozen(alice, dataset)

    assert diff(alice, dataset, query).status_code == status


def test_an_image_of_another_dataset_is_not_found(alice: Person, dataset: Dataset, make_picture: Any):
    frozen(alice, dataset)
    south = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="South")

    assert diff(alice, dataset, "from=1", f"/images/{make_picture(south).id}").status_code == 404


def test_a_rollback_is_a_job(alice: Person, dataset: Dataset, quay: Any):
    def post(body: dict[str, Any]) -> Any:
        url = f"/api/v1/datasets/{dataset.id}/rollback"
        return alice.api.post(url, json.dumps(body), content_type="application/json")

    answer = post({"version": 1})

    assert (answer.status_code, answer.json()["job"]["kind"]) == (202, "dataset.rollback")
    assert post({"version": 1}).json()["job"]["id"] == answer.json()["job"]["id"]
    assert [post(body).status_code for body in ({}, {"version": "1"}, {"version": 9})] == [400, 400, 404]
