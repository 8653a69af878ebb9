"""All reviewed labels of a dataset: what people approved, and nothing that only a model says."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import Box
from datasets.models import Image
from modelship.api import paging
from tests.inference.api.test_texts import RECORDS, review, send
from tests.inference.api.test_texts import url as texts_url
from tests.inference.evaluations import add_class, classes_of, put, reviewed
from tests.inference.installed import add_image, drawn

pytestmark = pytest.mark.django_db
FRAME = (4.0, 4.0, 20.0, 20.0)
OTHER = (30.0, 30.0, 10.0, 12.0)


@pytest.fixture
def ship(dataset) -> str:
    return add_class(dataset, "labeled ship").name


def labeled(person, dataset, query=""):
    answer = person.api.get(f"/api/v1/datasets/{dataset.id}/labeled{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def walked(person, dataset, query, way="next") -> list[list[str]]:
    pages, told = [], labeled(person, dataset, query)
    while True:
        pages.append([row["filename"] for row in told["results"]])
        if told[way] is None:
            return pages
        told = person.api.get(told[way]).json()


def test_approved_pictures_come_with_the_boxes_and_tags_that_hold(alice, bob, dataset, ship):
    image = add_image(alice, dataset, drawn(1), "quay.png")
    kind = classes_of(dataset)[ship]
    kept = put(alice, image, kind, FRAME)
    put(alice, image, kind, OTHER, source="model", score=0.4, state="proposed")
    tag = put(alice, image, kind, (0.0, 0.0, 64.0, 64.0), shape="tag")
    gone = put(alice, image, kind, OTHER)
    Box.objects.filter(uid=gone).update(state="rejected")
    assert labeled(alice, dataset) == {"next": None, "previous": None, "results": []}
    for person, action in ((alice, "submit"), (bob, "approve")):
        address = f"/api/v1/images/{image.id}/review"
        assert send(person, address, action=action).status_code == 200

    [told] = labeled(alice, dataset)["results"]

    boxes = alice.api.get(f"/api/v1/images/{image.id}/boxes").json()
    assert {**told, "boxes": None} == {
        "id": str(image.id),
        "filename": "quay.png",
        "sha256": image.blob.sha256,
        "width": 64,
        "height": 64,
        "state": "approved",
        "split": None,
        "ordinal": image.ordinal,
        "seq": boxes["seq"],
        "boxes": None,
    }
    assert [box["id"] for box in told["boxes"]] == [kept, tag]
    assert told["boxes"] == [box for box in boxes["results"] if box["state"] == "accepted"]


def test_what_is_not_approved_or_archived_is_not_among_them(alice, dataset, ship):
    for number, state in enumerate(["new", "labeled", "submitted", "changes_requested"]):
        Image.objects.filter(pk=reviewed(alice, dataset, number, (ship, FRAME)).pk).update(state=state)
    hidden = reviewed(alice, dataset, 8, (ship, FRAME))
    Image.objects.filter(pk=hidden.pk).update(archived_at="2026-01-01T00:00:00Z")
    reviewed(alice, dataset, 9)

    [told] = labeled(alice, dataset)["results"]

    assert (told["filename"], told["boxes"]) == ("009.png", [])


def test_pages_follow_the_gallery_both_ways(alice, dataset, ship):
    names = [reviewed(alice, dataset, number, (ship, FRAME)).filename for number in range(5)]

    assert walked(alice, dataset, "?limit=2") == [names[:2], names[2:4], names[4:]]
    last = labeled(alice, dataset, "?limit=2")
    while last["next"]:
        last = alice.api.get(last["next"]).json()
    before = alice.api.get(last["previous"]).json()
    assert [row["filename"] for row in before["results"]] == names[2:4]


def test_a_page_ends_early_where_its_boxes_become_too_many(alice, dataset, ship, monkeypatch):
    monkeypatch.setattr(paging, "MOST_WEIGHT", 3)
    counts = (1, 2, 5, 1, 1)
    names = [
        reviewed(alice, dataset, number, *[(ship, FRAME)] * count).filename
        for number, count in enumerate(counts)
    ]

    pages = walked(alice, dataset, "?limit=4")

    assert pages == [names[:2], [names[2]], names[3:]]
    last = labeled(alice, dataset, "?limit=4")
    while last["next"]:
        last = alice.api.get(last["next"]).json()
    back = [last]
    while back[-1]["previous"]:
        back.append(alice.api.get(back[-1]["previous"]).json())
    assert [row["filename"] for told in reversed(back) for row in told["results"]] == names


def test_a_page_costs_the_same_statements_whatever_is_on_it(alice, dataset, ship):
    costs = []
    # The first call of a key notes that it was used.
    labeled(alice, dataset)
    for number in range(6):
        reviewed(alice, dataset, number, (ship, FRAME), (ship, OTHER))
        if number in (1, 5):
            with CaptureQueriesContext(connection) as statements:
                labeled(alice, dataset)
            costs.append(len(statements))

    assert costs[0] == costs[1]


def test_reviewed_texts_are_told_where_there_are_only_texts(alice, dataset):
    send(alice, texts_url(dataset), texts=RECORDS)
    first, second, _ = alice.api.get(texts_url(dataset)).json()["results"]
    assert labeled(alice, dataset)["results"] == []
    review(alice, second, "relabel", label="crane")
    review(alice, first, "relabel", label="boat")

    told = labeled(alice, dataset)["results"]

    assert [(row["key"], row["state"], row["label"], row["source"]) for row in told] == [
        ("m1", "accepted", "boat", "human"),
        ("m2", "accepted", "crane", "human"),
    ]
    page = labeled(alice, dataset, "?limit=1")
    assert [row["key"] for row in alice.api.get(page["next"]).json()["results"]] == ["m2"]


def test_where_there_are_both_one_says_which(alice, dataset, ship):
    reviewed(alice, dataset, 1, (ship, FRAME))
    send(alice, texts_url(dataset), texts=RECORDS)
    [text, *_] = alice.api.get(texts_url(dataset)).json()["results"]
    review(alice, text, "relabel", label="boat")

    assert [row["filename"] for row in labeled(alice, dataset)["results"]] == ["001.png"]
    assert [row["key"] for row in labeled(alice, dataset, "?of=texts")["results"]] == ["m1"]
    assert alice.api.get(f"/api/v1/datasets/{dataset.id}/labeled?of=rows").status_code == 400


def test_strangers_see_nothing_and_viewers_all(charlie, vic, alice, dataset, ship):
    reviewed(alice, dataset, 1, (ship, FRAME))

    assert charlie.api.get(f"/api/v1/datasets/{dataset.id}/labeled").status_code == 404
    assert len(labeled(vic, dataset)["results"]) == 1
