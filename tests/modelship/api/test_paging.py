"""Keyset pages."""

import pytest

from modelship.projects.models import Project
from tests.people import Person


@pytest.fixture
def names(alice: Person) -> list[str]:
    made = [Project.objects.create(tenant=alice.tenant, name=f"p{number}").name for number in range(7)]
    return made[::-1]


def walk(alice: Person, url: str, way: str) -> list[list[str]]:
    pages = []
    while url:
        answer = alice.api.get(url).json()
        pages.append([row["name"] for row in answer["results"]])
        url = answer[way]
    return pages


def test_forward_and_back_meet_every_row_once(alice: Person, names: list[str]):
    forward = walk(alice, "/api/v1/projects?limit=3", "next")

    assert forward == [names[:3], names[3:6], names[6:]]
    last = alice.api.get("/api/v1/projects?limit=3").json()
    while last["next"]:
        last = alice.api.get(last["next"]).json()
    assert walk(alice, last["previous"], "previous") == [names[3:6], names[:3]]


def test_a_row_that_arrives_meanwhile_shifts_nothing(alice: Person, names: list[str]):
    first = alice.api.get("/api/v1/projects?limit=3").json()
    Project.objects.create(tenant=alice.tenant, name="newcomer")

    second = alice.api.get(first["next"]).json()

    assert [row["name"] for row in second["results"]] == names[3:6]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=!!", "cursor=WyJmIl0", "cursor=WyJmIiwxLFtdXQ"]
)
def test_bad_paging_is_a_400(query: str, alice: Person):
    answer = alice.api.get(f"/api/v1/projects?{query}")

    assert answer.status_code == 400
