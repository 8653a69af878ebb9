"""Keyset pages."""

import base64

import orjson
import pytest

from datasets.models import Dataset
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
    "query",
    ["limit=0", "limit=501", "limit=x", "limit=%C2%B2", f"limit={'9' * 5000}", "cursor=!!", "q=a%00b"],
)
def test_bad_paging_is_a_400(query: str, alice: Person):
    answer = alice.api.get(f"/api/v1/projects?{query}")

    assert answer.status_code == 400


MOMENT = {"t": "2020-01-01T00:00:00+00:00"}
ROW = {"u": "018aab35-8af4-4859-9cde-8c9fde413938"}


@pytest.mark.parametrize(
    "cursor",
    [
        5,
        "fab",
        {"a": 1},
        ["f"],
        ["x", MOMENT, ROW],
        ["f", MOMENT, ROW, 1],
        ["f", 1, 2],
        ["f", True, None],
        ["f", [], {}],
        ["f", MOMENT, "text"],
        ["f", MOMENT, MOMENT],
        ["f", MOMENT, 1],
        ["f", {"t": "9999-12-31T23:59:59-14:00"}, ROW],
        ["f", {"t": 5}, ROW],
    ],
)
def test_a_made_up_cursor_is_a_400(cursor: object, alice: Person):
    text = base64.urlsafe_b64encode(orjson.dumps(cursor)).decode()

    answer = alice.api.get(f"/api/v1/projects?cursor={text}")

    assert answer.status_code == 400


def test_a_cursor_counts_only_within_64_bits(alice: Person, dataset: Dataset):
    text = base64.urlsafe_b64encode(b'["f", 9223372036854775808, %s]' % orjson.dumps(ROW)).decode()

    answer = alice.api.get(f"/api/v1/images?dataset={dataset.id}&cursor={text}")

    assert answer.status_code == 400
