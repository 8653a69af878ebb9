from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import Box, LabelClass
from datasets.models import Image
from modelship.projects.models import Project
from tests.modelship.web.pages import Page
from tests.people import Person


def rows(project: Project) -> list[tuple[str, str, str]]:
    return list(LabelClass.objects.filter(project=project).values_list("name", "color", "hotkey"))


def form(*wanted: tuple[object, str, str, str]) -> dict[str, list[str]]:
    ids, names, colors, keys = zip(*wanted, strict=True)
    return {
        "class_id": [str(one) for one in ids],
        "class_name": list(names),
        "class_color": list(colors),
        "class_hotkey": list(keys),
    }


@pytest.fixture
def url(project: Project) -> str:
    return f"/projects/{project.id}/classes/"


@pytest.mark.django_db
def test_classes_are_renamed_added_and_removed_in_one_go(alice: Person, project: Project, url: str):
    boat, _ = LabelClass.objects.filter(project=project)

    answer = alice.browser.post(url, form((boat.id, "ship", "#112233", "1"), ("", "buoy", "#445566", "2")))

    assert answer.url == f"/projects/{project.id}/"
    assert rows(project) == [("ship", "#112233", "1"), ("buoy", "#445566", "2")]


@pytest.mark.django_db
def test_two_classes_swap_their_keys(alice: Person, project: Project, url: str):
    boat, crane = LabelClass.objects.filter(project=project)

    alice.browser.post(url, form((boat.id, "boat", boat.color, "2"), (crane.id, "crane", crane.color, "1")))

    assert rows(project) == [("boat", boat.color, "2"), ("crane", crane.color, "1")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "color", "key", "words"),
    [
        ("", "#112233", "1", "Give the class a name, or remove the row."),
        ("crane", "#112233", "1", "Another class has this name."),
        ("ship", "red", "1", "Choose a colour."),
        ("ship", "#112233", "22", "A key is one letter, digit or sign."),
        ("ship", "#112233", "2", "Another class has this key."),
    ],
)
def test_a_wrong_row_changes_nothing(
    alice: Person, project: Project, url: str, name: str, color: str, key: str, words: str
):
    boat, crane = LabelClass.objects.filter(project=project)
    before = rows(project)

    answer = alice.browser.post(url, form((crane.id, "crane", crane.color, "2"), (boat.id, name, color, key)))

    assert answer.status_code == 422
    assert words in Page(answer).text
    assert rows(project) == before


@pytest.mark.django_db
def test_a_class_of_another_project_can_not_be_smuggled_in(alice: Person, project: Project, url: str):
    other = Project.objects.create(tenant=alice.tenant, name="Other")
    foreign = LabelClass.objects.create(project=other, name="train", color="#000000", order=0)

    answer = alice.browser.post(url, form((foreign.id, "stolen", "#112233", "")))

    assert answer.status_code == 422
    assert [row[0] for row in rows(project)] == ["boat", "crane"]
    assert rows(other) == [("train", "#000000", "")]


@pytest.mark.django_db
def test_boxes_of_a_removed_class_move_where_the_person_says(
    alice: Person, project: Project, url: str, images: list[Image]
):
    boat, crane = LabelClass.objects.filter(project=project)
    add_box(images[0], boat, alice)
    kept = form((crane.id, "crane", crane.color, "2"))

    asked = alice.browser.post(url, kept)
    answer = alice.browser.post(url, {**kept, f"move_{boat.id}": str(crane.id)})

    assert asked.status_code == 422
    assert "1 box of boat" in Page(asked).text
    assert answer.status_code == 302
    assert rows(project) == [("crane", crane.color, "2")]
    assert Box.objects.get().label_id == crane.id


def add_box(image: Image, label: LabelClass, person: Person) -> None:
    patch = {"class_id": str(label.id), "shape": "box", "x": 1, "y": 1, "w": 9, "h": 9}
    edit = {"op_id": str(uuid4()), "kind": "add", "box_id": str(uuid4()), "patch": patch}
    apply_edits(image.id, [edit], actor=person.actor)
