import json
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import LabelClass
from datasets.models import Image
from modelship.projects.models import Project
from tests.live_clients import add
from tests.people import Person


def send(person: Person, method: str, path: str, data: Any = None) -> Any:
    body = "" if data is None else json.dumps(data)
    return getattr(person.api, method)(f"/api/v1/{path}", body, content_type="application/json")


def test_classes_over_rest(alice: Person, vic: Person, project: Project):
    base = f"projects/{project.id}/classes"

    made = send(alice, "post", base, {"name": "quay", "color": "#123456", "hotkey": "q"})
    changed = send(alice, "patch", f"{base}/{made.json()['id']}", {"name": "wharf", "hotkey": ""})
    shown = vic.api.get(f"/api/v1/{base}").json()

    assert made.status_code == 201
    assert (changed.json()["name"], changed.json()["hotkey"], changed.json()["color"]) == (
        "wharf",
        "",
        "#123456",
    )
    assert [label["name"] for label in shown["results"]] == ["boat", "crane", "wharf"]
    assert vic.api.get(f"/api/v1/{base}/{made.json()['id']}").json() == changed.json()
    assert send(alice, "delete", f"{base}/{made.json()['id']}").status_code == 204
    assert send(alice, "delete", f"{base}/{made.json()['id']}").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("vic", 403), ("ann", 403), ("bob", 403), ("charlie", 404)])
def test_roles_of_writing(role: str, status: int, project: Project, request: pytest.FixtureRequest):
    person, label = request.getfixturevalue(role), LabelClass.objects.get(name="boat")
    base = f"projects/{project.id}/classes"

    assert send(person, "post", base, {"name": "quay"}).status_code == status
    assert send(person, "patch", f"{base}/{label.id}", {"name": "quay"}).status_code == status
    assert send(person, "delete", f"{base}/{label.id}").status_code == status
    assert list(LabelClass.objects.values_list("name", flat=True)) == ["boat", "crane"]


def test_a_class_of_another_project_is_not_here(alice: Person, project: Project):
    other = Project.objects.create(tenant=alice.tenant, name="Airport")
    label = LabelClass.objects.get(name="boat")

    assert send(alice, "patch", f"projects/{other.id}/classes/{label.id}", {"name": "x"}).status_code == 404
    assert send(alice, "delete", f"projects/{other.id}/classes/{label.id}").status_code == 404


def test_deleting_a_class_in_use_asks_where_its_boxes_go(
    alice: Person, picture: Image, boat: LabelClass, crane: LabelClass
):
    apply_edits(picture.id, [add(class_id=str(boat.id))], actor=alice.actor)
    path = f"projects/{boat.project_id}/classes/{boat.id}"

    refused = send(alice, "delete", path)
    nowhere = send(alice, "delete", f"{path}?move_to={uuid4()}")
    nonsense = send(alice, "delete", f"{path}?move_to=x")
    moved = send(alice, "delete", f"{path}?move_to={crane.id}")

    assert (refused.status_code, refused.json()["code"], refused.json()["uses"]) == (409, "class_in_use", 1)
    assert (nowhere.status_code, nonsense.status_code, moved.status_code) == (422, 400, 204)
    shown = alice.api.get(f"/api/v1/images/{picture.id}/boxes").json()
    assert (shown["seq"], shown["results"][0]["class_id"]) == (2, str(crane.id))


def test_unknown_keys_and_taken_names_are_refused(alice: Person, project: Project):
    base = f"projects/{project.id}/classes"

    assert send(alice, "post", base, {"name": "quay", "colour": "red"}).json()["code"] == "unknown_field"
    assert send(alice, "post", base, {"name": "boat"}).json()["code"] == "name_taken"
    assert send(alice, "post", base, {"name": "quay", "hotkey": "1"}).json()["code"] == "hotkey_taken"
    assert send(alice, "post", base, []).status_code == 400
