"""Searching by who has a picture, what for and until when; and the pictures of each person beside a list."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest

from annotations import search_queries
from annotations.actions.workflows import change_workflow
from annotations.assignment_queries import tasks_of
from annotations.models import Assignment
from annotations.workload_queries import workload_of
from datasets.models import Dataset, Image
from modelship.accounts.actions import change_member
from modelship.projects.models import Project
from tests.datasets.seeded import seed_images
from tests.people import Person, make_person, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(dataset: Dataset, ann: Person, bob: Person) -> list[Image]:
    """0 to 2 are Ann's to label (0 by November, 1 by December), 1 and 3 Bob's to review, 4 is nobody's."""
    images = seed_images(dataset, {}, {"state": "submitted"}, {"state": "approved"}, {"state": "labeled"}, {})

    def give(at: int, person: Person, purpose: str, **fields: Any) -> None:
        Assignment.objects.create(
            tenant=dataset.tenant, image=images[at], user=person.user, purpose=purpose, **fields
        )

    give(0, ann, "label", due_on=date(2026, 11, 30))
    give(1, ann, "label", due_on=date(2026, 12, 1))
    give(2, ann, "label")
    give(1, bob, "review")
    give(3, bob, "review", due_on=date(2026, 12, 24))
    return images


def found(person: Person, dataset: Dataset, line: str) -> str:
    query = urlencode({"dataset": dataset.id, "q": line})
    answer = person.api.get(f"/api/v1/images?{query}")
    assert answer.status_code == 200, answer.content
    return "".join(image["filename"][0] for image in answer.json()["results"])


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("assignee:me", "012"),
        ("-assignee:me", "34"),
        ("assignee:bob@example.com", "13"),
        ("assignee:Bob@Example.com", "13"),
        ("assignee:bob", "13"),
        ("assignee:none", "4"),
        ("-assignee:none", "0123"),
        ("assignee:none,bob", "134"),
        ("assignee:me assignee:bob", "1"),
        ("assignee:me,bob", "0123"),
        ("assignee:nobody-we-know", ""),
        ("-assignee:nobody-we-know", "01234"),
        ("task:label", "012"),
        ("task:review", "13"),
        ("-task:review", "024"),
        ("assignee:none task:review", "024"),
        ("assignee:none task:label", "34"),
        ("task:open", "01"),
        ("assignee:me task:open", "0"),
        ("assignee:bob task:open", "1"),
        ("assignee:bob task:label", ""),
        ("due<2026-12-01", "0"),
        ("due<=2026-12-01", "01"),
        ("due:2026-12", "13"),
        ("due>2026-12-01", "3"),
        ("due>=2026-12-01 assignee:me", "1"),
        ("-due:2026", "24"),
        ("assignee:me state:new", "0"),
    ],
)
def test_a_line_finds(line: str, names: str, ann: Person, dataset: Dataset):
    assert found(ann, dataset, line) == names


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("assignee~ann", "assignee"),
        ("task:look", "task"),
        ("due:soon", "due"),
        ("due<2026-12-01T12:00:00Z", "due"),
    ],
)
def test_what_can_not_be_asked_is_refused(query: str, key: str, ann: Person, dataset: Dataset):
    answer = ann.api.get(f"/api/v1/images?{urlencode({'dataset': dataset.id, 'q': query})}")

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "bad_search", key)


@pytest.mark.usefixtures("images")
def test_me_is_who_asks_at_every_door(ann: Person, bob: Person, dataset: Dataset):
    for person, count in ((ann, 3), (bob, 2)):
        query = "assignee=me"
        assert person.api.get(f"/api/v1/datasets/{dataset.id}/windows?{query}").json()["total"] == count
        assert person.api.get(f"/api/v1/datasets/{dataset.id}/facets?{query}").json()["total"] == count
        page = person.browser.get(f"/datasets/{dataset.id}/?q=assignee:me").context
        assert len(page["images"]) == count
        assert page["asked"].line == "assignee:me"
        first = person.api.get(f"/api/v1/images?dataset={dataset.id}&{query}").json()["results"][0]
        shown = person.browser.get(f"/images/{first['id']}/editor.json?q=assignee:me").json()
        assert shown["position"] == {"index": 1, "total": count}


@pytest.mark.usefixtures("images")
def test_a_view_of_oneself_is_everybody_s_own(alice: Person, ann: Person, bob: Person, dataset: Dataset):
    made = alice.api.post(
        f"/api/v1/datasets/{dataset.id}/views",
        {"name": "Mine", "q": "assignee:me", "is_shared": True},
        content_type="application/json",
    ).json()

    assert made["q"] == "assignee:me"
    assert [found(person, dataset, made["q"]) for person in (alice, ann, bob)] == ["", "012", "13"]


@pytest.mark.usefixtures("images")
def test_people_of_others_are_never_found(ann: Person, dataset: Dataset):
    stranger = make_person("Zoe", make_tenant("far"), "owner")

    assert found(ann, dataset, "assignee:zoe@example.com") == ""
    assert found(ann, dataset, f"assignee:{stranger.user.id}") == ""


def counts(person: Person, dataset: Dataset, line: str = "") -> dict[str, int | None]:
    answer = person.api.get(f"/api/v1/datasets/{dataset.id}/facets?{urlencode({'q': line})}").json()
    return {one["name"]: one["count"] for one in answer["facets"]["assignee"]}


@pytest.mark.usefixtures("images")
def test_each_person_s_pictures_are_counted(alice: Person, vic: Person, ann: Person, dataset: Dataset):
    assert counts(ann, dataset) == {"Alice": 0, "Ann": 3, "Bob": 2, "Nobody": 1}
    assert counts(ann, dataset, "assignee:bob") == {"Alice": 0, "Ann": 3, "Bob": 2, "Nobody": 1}
    assert counts(ann, dataset, "state:submitted") == {"Alice": 0, "Ann": 1, "Bob": 1, "Nobody": 0}
    assert counts(ann, dataset, "task:review") == {"Alice": 0, "Ann": 0, "Bob": 2, "Nobody": 3}
    assert counts(ann, dataset, "task:open") == {"Alice": 0, "Ann": 1, "Bob": 1, "Nobody": 3}
    change_member(alice.actor, ann.user.id, is_active=False)
    assert counts(vic, dataset) == {"Alice": 0, "Bob": 2, "Nobody": 3}


@pytest.mark.usefixtures("images")
def test_of_too_many_pictures_a_few_tell_nothing(
    ann: Person, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(search_queries, "COUNTED", 2)

    assert counts(ann, dataset) == {"Alice": None, "Ann": None, "Bob": None, "Nobody": None}
    assert counts(ann, dataset, "state:submitted") == {"Alice": 0, "Ann": 1, "Bob": 1, "Nobody": 0}


def test_who_has_a_picture_is_told_where_it_is_asked_for(
    ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    url = f"/api/v1/images?dataset={dataset.id}"

    plain, told = ann.api.get(url).json(), ann.api.get(f"{url}&with=assignees").json()

    assert "assignees" not in plain["results"][0]
    assert [len(image["assignees"]) for image in told["results"]] == [1, 2, 1, 1, 0]
    assert told["results"][1]["assignees"] == [
        {"id": str(one.user.id), "name": name, "email": one.user.email, "purpose": purpose, "due": due}
        for one, name, purpose, due in ((ann, "Ann", "label", "2026-12-01"), (bob, "Bob", "review", None))
    ]
    assert ann.api.get(f"{url}&with=boxes").status_code == 400


def test_what_is_open_follows_the_way_of_each_project(
    alice: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    other = Project.objects.create(tenant=alice.tenant, name="Other", created_by=alice.user)
    change_workflow(alice.actor, other, {"preset": "simple"})
    untouched = found(bob, dataset, "task:open")

    change_workflow(alice.actor, dataset.project, {"preset": "simple"})
    simple = found(bob, dataset, "task:open"), found(bob, dataset, "assignee:me task:open")
    [mine] = tasks_of(bob.actor)
    workload = {row["user"]["name"]: row["open"] for row in workload_of(dataset)}
    change_workflow(alice.actor, dataset.project, {"preset": "standard"})

    # Nothing is handed in: Bob reviews what is labelled, and nobody has to label it any more.
    assert (untouched, simple) == ("01", ("03", "3"))
    assert (mine["purpose"], mine["count"], workload["Bob"], workload["Ann"]) == ("review", 1, 1, 1)
    assert found(bob, dataset, "task:open") == "01"
