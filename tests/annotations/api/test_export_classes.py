"""Exports under other names of classes: renamed, merged, left out."""

import json

import pytest

from tests.annotations.api.worlds import draw, exported, order, picture
from tests.annotations.formats.samples import members

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(alice, dataset):
    image = picture(alice, dataset)
    draw(alice, image, x=1, y=1, w=5, h=5)
    draw(alice, image, "crane", x=10, y=10, w=5, h=5)
    draw(alice, image, None, x=20, y=20, w=5, h=5)
    return image


def told(data: bytes) -> tuple[list[str], list[str]]:
    """The class list of a COCO file, and the class of each of its boxes."""
    body = json.loads(data)
    names = {row["id"]: row["name"] for row in body["categories"]}
    return list(names.values()), [names[row["category_id"]] for row in body["annotations"]]


@pytest.mark.parametrize(
    ("classes", "names", "boxes"),
    [
        ({"boat": "vessel"}, ["vessel", "crane"], ["vessel", "crane"]),
        ({"crane": "boat"}, ["boat"], ["boat", "boat"]),
        ({"boat": "crane", "crane": "boat"}, ["crane", "boat"], ["crane", "boat"]),
        ({"boat": None}, ["crane"], ["crane"]),
        ({}, ["boat", "crane"], ["boat", "crane"]),
    ],
)
def test_classes_go_out_under_the_names_that_are_wished(alice, dataset, image, classes, names, boxes):
    assert told(exported(alice, dataset, format="coco", classes=classes)) == (names, boxes)


def test_a_version_goes_out_so_too_and_json_keeps_what_has_no_class(alice, dataset, image):
    url = f"/api/v1/datasets/{dataset.id}/versions"
    number = alice.api.post(url, "{}", content_type="application/json").json()["number"]

    data = json.loads(exported(alice, dataset, format="json", version=number, classes={"boat": None}))

    assert [known["name"] for known in data["classes"]] == ["crane"]
    assert [box["class_id"] for box in data["images"][0]["boxes"]] == [data["classes"][0]["id"], None]


@pytest.mark.parametrize(
    ("classes", "status"),
    [
        ({"ship": "boat"}, 422),
        ({"boat": None, "crane": None}, 422),
        ({"boat": ""}, 400),
        ({"boat": 5}, 400),
        (["boat"], 400),
    ],
)
def test_names_that_mean_nothing_are_refused(alice, dataset, image, classes, status):
    answer = order(alice, dataset, format="coco", classes=classes)

    assert (answer.status_code, answer.json()["field"]) == (status, "classes")


def test_the_whole_zip_tells_what_was_done_up_to_the_version(alice, dataset, image):
    url = f"/api/v1/datasets/{dataset.id}/versions"
    number = alice.api.post(url, "{}", content_type="application/json").json()["number"]
    draw(alice, image, x=60, y=60, w=5, h=5)

    now, then = (members(exported(alice, dataset, format="zip", version=which)) for which in (None, number))

    rows = [[json.loads(line) for line in told["history.jsonl"].splitlines()] for told in (now, then)]
    assert [[row["seq"] for row in each] for each in rows] == [[1, 2, 3, 4], [1, 2, 3]]
    assert rows[0][3]["edits"][0]["patch"]["x"] == 60
    assert rows[0][0]["actor"]["name"] == alice.user.display_name
