"""Who has which picture, as the pages show it: on cells, as choices, as one's own tasks."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from annotations.models import Assignment
from datasets.models import Dataset, Image
from modelship.web.facets import MOST_PEOPLE
from tests.datasets.seeded import seed_images
from tests.people import Person, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(dataset, {}, {}, {"state": "submitted"}, {"state": "approved"})


def give(image: Image, person: Person, purpose: str = "label", due: date | None = None) -> None:
    Assignment.objects.create(tenant=image.tenant, image=image, user=person.user, purpose=purpose, due_on=due)


def choices(person: Person, dataset: Dataset, query: str = "") -> dict[str, list[dict]]:
    context = person.browser.get(f"/datasets/{dataset.id}/{query}").context
    return {facet["key"]: facet["options"] for facet in context["facets"]}


def line_of(href: str) -> str:
    return parse_qs(urlsplit(href).query).get("q", [""])[0]


def test_nothing_is_said_of_people_where_nobody_has_a_picture(
    alice: Person, dataset: Dataset, images: list[Image]
):
    assert set(choices(alice, dataset)) == {"state"}


def test_people_are_choices_with_oneself_and_nobody_first(
    ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    for at, person in ((0, ann), (1, bob), (2, bob)):
        give(images[at], person)

    found = choices(ann, dataset, "?q=state:new")

    people = [(one["label"], one["count"], line_of(one["href"])) for one in found["assignee"]]
    assert people == [
        ("All", None, "state:new"),
        ("Me", 1, "state:new assignee:me"),
        ("Bob", 1, "state:new assignee:bob@example.com"),
    ]
    assert [(one["label"], line_of(one["href"])) for one in found["task"]] == [
        ("My tasks", "assignee:me task:open")
    ]
    nobody = choices(ann, dataset)["assignee"][2]
    assert (nobody["label"], nobody["count"], line_of(nobody["href"])) == ("Nobody", 1, "assignee:none")


def test_a_crowd_is_shown_by_who_has_most(alice: Person, dataset: Dataset, images: list[Image]):
    crowd = [make_person(f"P{number}", alice.tenant, "annotator") for number in range(MOST_PEOPLE + 3)]
    for at, person in enumerate(crowd):
        for image in images[: 1 + (at == len(crowd) - 1)]:
            give(image, person)

    shown = [one["label"] for one in choices(alice, dataset)["assignee"]]

    assert shown[:3] == ["All", "Nobody", f"P{MOST_PEOPLE + 2}"]
    assert len(shown) == MOST_PEOPLE


def test_a_cell_says_who_has_it_without_a_script_too(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    give(images[0], ann, due=date(2026, 12, 1))
    give(images[0], bob, "review")

    page = alice.browser.get(f"/datasets/{dataset.id}/").content.decode()
    preview = alice.browser.get(f"/images/{images[0].id}/preview/").content.decode()

    assert page.count("Ann is to label by 2026-12-01.") == page.count("Bob is to review.") == 1
    assert "Ann is to label by 2026-12-01</li>" in preview


def test_own_tasks_lead_to_what_is_open(
    alice: Person, ann: Person, bob: Person, vic: Person, dataset: Dataset, images: list[Image]
):
    for image in images:
        give(image, ann, due=date(2026, 12, 1 + image.ordinal))
        give(image, bob, "review")

    tasks = ann.browser.get("/").context["tasks"]

    assert [(task["text"], task["due"]) for task in tasks] == [
        ("2 to label in North quay", date(2026, 12, 2))
    ]
    assert len(ann.browser.get(tasks[0]["href"]).context["images"]) == 2
    (task,) = bob.browser.get("/").context["tasks"]
    assert (task["text"], task["due"]) == ("1 to review in North quay", None)
    assert [one["filename"] for one in bob.browser.get(task["href"]).context["images"]] == ["2.png"]
    assert vic.browser.get("/").context["tasks"] == []


def test_only_managers_are_offered_to_assign(
    alice: Person, ann: Person, bob: Person, vic: Person, dataset: Dataset, images: list[Image]
):
    offered = {
        person: person.browser.get(f"/datasets/{dataset.id}/").content.decode()
        for person in (alice, ann, vic)
    }

    assert 'data-does="assign"' in offered[alice]
    assert 'id="assign-dialog"' not in offered[ann]
    assert 'data-does="take"' in offered[ann]
    assert 'data-does="take"' not in offered[vic]
    people = json.loads(offered[ann].split('id="gallery-people" type="application/json">')[1].split("<")[0])
    assert [(one["name"], one["may_review"]) for one in people] == [
        ("Alice", True),
        ("Ann", False),
        ("Bob", True),
    ]
