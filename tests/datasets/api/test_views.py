"""Saved views: mine, shared, and nobody else's."""

import json
from typing import Any

import pytest

from datasets.models import Dataset, SavedView
from tests.people import Person

pytestmark = pytest.mark.django_db


def send(person: Person, verb: str, path: str, **body: Any):
    return getattr(person.api, verb)(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def save(person: Person, dataset: Dataset, **body: Any):
    return send(person, "post", f"datasets/{dataset.id}/views", **body)


def names(person: Person, dataset: Dataset) -> list[str]:
    return [view["name"] for view in person.api.get(f"/api/v1/datasets/{dataset.id}/views").json()["results"]]


def test_a_view_keeps_a_search_and_its_order(alice: Person, dataset: Dataset):
    answer = save(alice, dataset, name=" Rain ", q='  state:new   meta.weather:rain "a b" ', sort="-boxes")

    view = answer.json()
    assert answer.status_code == 201
    assert (view["name"], view["q"]) == ("Rain", 'state:new meta.weather:rain "a b"')
    assert (view["sort"], view["is_shared"], view["owner"]["name"]) == ("-boxes", False, "Alice")
    assert alice.api.get(f"/api/v1/views/{view['id']}").json() == view


def test_views_are_put_in_an_order_of_ones_own(alice: Person, ann: Person, dataset: Dataset):
    ids = {name: save(alice, dataset, name=name).json()["id"] for name in ("A", "B", "C")}
    save(ann, dataset, name="Hers")

    moved = send(alice, "patch", f"views/{ids['C']}", place=0)

    assert (moved.status_code, moved.json()["place"], names(alice, dataset)) == (200, 0, ["C", "A", "B"])
    assert save(alice, dataset, name="D", place=1).json()["place"] == 1
    assert names(alice, dataset) == ["C", "D", "A", "B"]
    for place in (-1, "1", True, 1e9, None):
        assert send(alice, "patch", f"views/{ids['A']}", place=place).status_code == 400
    assert names(alice, dataset) == ["C", "D", "A", "B"]


def test_others_see_what_is_shared_and_can_not_change_it(alice: Person, ann: Person, dataset: Dataset):
    mine = save(ann, dataset, name="Mine").json()
    shared = save(ann, dataset, name="Ours", is_shared=True).json()

    assert (names(ann, dataset), names(alice, dataset)) == (["Mine", "Ours"], ["Ours"])
    assert send(alice, "patch", f"views/{mine['id']}", name="x").status_code == 404
    assert send(alice, "delete", f"views/{mine['id']}").status_code == 404
    assert send(alice, "patch", f"views/{shared['id']}", name="x").status_code == 403
    assert set(SavedView.objects.values_list("name", flat=True)) == {"Mine", "Ours"}


def test_a_manager_may_delete_a_shared_view_and_an_annotator_not(
    alice: Person, ann: Person, vic: Person, dataset: Dataset
):
    shared = save(alice, dataset, name="Ours", is_shared=True).json()
    others = save(ann, dataset, name="Also ours", is_shared=True).json()

    assert send(ann, "delete", f"views/{shared['id']}").status_code == 403
    assert send(vic, "delete", f"views/{shared['id']}").status_code == 403
    assert send(alice, "delete", f"views/{others['id']}").status_code == 204
    assert names(alice, dataset) == ["Ours"]


def test_viewers_keep_views_but_share_none(vic: Person, dataset: Dataset):
    mine = save(vic, dataset, name="Mine").json()

    assert save(vic, dataset, name="Ours", is_shared=True).status_code == 403
    assert send(vic, "patch", f"views/{mine['id']}", is_shared=True).status_code == 403
    assert list(SavedView.objects.values_list("name", "is_shared")) == [("Mine", False)]


def test_a_change_keeps_what_is_not_named(alice: Person, dataset: Dataset):
    view = save(alice, dataset, name="Rain", q="quay", sort="name").json()

    changed = send(alice, "patch", f"views/{view['id']}", q="class:none").json()

    assert (changed["name"], changed["q"], changed["sort"]) == ("Rain", "class:none", "name")


def test_a_name_is_taken_once_for_each_person(alice: Person, ann: Person, dataset: Dataset):
    save(alice, dataset, name="Rain")

    again, by_ann = save(alice, dataset, name="Rain"), save(ann, dataset, name="Rain")

    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert by_ann.status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": " "},
        {"name": "x" * 101},
        {"name": "a", "q": "created_by__password:x"},
        {"name": "a", "q": "state:"},
        {"name": "a", "q": 5},
        {"name": "a", "q": "x" * 2001},
        {"name": "a", "sort": "created_by__password"},
        {"name": "a", "sort": "x" * 21},
        {"name": "a", "is_shared": "yes"},
        {"name": "a", "owner": "b"},
    ],
)
def test_what_can_not_be_read_is_not_kept(body: dict, alice: Person, dataset: Dataset):
    answer = save(alice, dataset, **body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"].endswith(".")
    assert SavedView.objects.count() == 0


def test_strangers_meet_nothing(alice: Person, charlie: Person, dataset: Dataset):
    view = save(alice, dataset, name="Ours", is_shared=True).json()

    assert charlie.api.get(f"/api/v1/views/{view['id']}").status_code == 404
    assert charlie.api.get(f"/api/v1/datasets/{dataset.id}/views").status_code == 404
    assert save(charlie, dataset, name="x").status_code == 404
