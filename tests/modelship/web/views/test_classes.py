import json
import re
from html import unescape
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


@pytest.mark.django_db
def test_what_else_a_class_says_is_saved_and_shown_again(alice: Person, project: Project, url: str):
    boat, crane = LabelClass.objects.filter(project=project)
    more = {
        "attributes": [{"name": "colour", "kind": "choice", "choices": ["red", "white"], "default": "red"}],
        "use": "shapes",
        "skeleton": {"points": ["bow", "stern"], "edges": [[0, 1]]},
    }
    sent = form((boat.id, "boat", boat.color, "1"), (crane.id, "crane", crane.color, "2"))

    answer = alice.browser.post(url, sent | {"class_more": [json.dumps(more), ""]})

    assert answer.url == f"/projects/{project.id}/"
    boat.refresh_from_db()
    assert {"attributes": boat.attributes, "use": boat.use, "skeleton": boat.skeleton} == more
    shown = re.search(r'name="class_more" value="([^"]+)"', alice.browser.get(url).content.decode())
    assert json.loads(unescape(shown[1])) == more
    # A program that sends only the old columns changes nothing else.
    alice.browser.post(url, form((boat.id, "ship", boat.color, "1"), (crane.id, "crane", crane.color, "2")))
    boat.refresh_from_db()
    assert (boat.name, boat.attributes) == ("ship", more["attributes"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"attributes": [{"name": "a", "kind": "text"}, {"kind": "text"}]},
            "Attribute 2: name must be one line",
        ),
        ({"attributes": [{"name": "a", "kind": "number", "min": 2, "max": 1}]}, "Attribute 1: max must be"),
        ({"skeleton": {"points": ["a", "a"]}}, "two points are named a"),
        ({"name": "other"}, "Reload the page."),
        ("{", "Reload the page."),
        ("[" * 100_000, "Reload the page."),
        ({"use": "never"}, "must be one of"),
    ],
)
def test_what_a_class_can_not_say_changes_nothing(
    alice: Person, project: Project, url: str, more: dict | str, words: str
):
    boat, crane = LabelClass.objects.filter(project=project)
    sent = form((boat.id, "ship", boat.color, "1"), (crane.id, "crane", crane.color, "2"))

    text = more if isinstance(more, str) else json.dumps(more)
    answer = alice.browser.post(url, sent | {"class_more": ["", text]})

    assert answer.status_code == 422
    assert words in Page(answer).text
    assert rows(project)[0][0] == "boat"


@pytest.mark.django_db
def test_a_project_of_hundreds_of_classes_is_saved_in_one_go(alice: Person, project: Project, url: str):
    labels = list(LabelClass.objects.filter(project=project))
    new = [("", f"class {number}", "#112233", "") for number in range(400)]
    sent = form(*((label.id, label.name, label.color, label.hotkey) for label in labels), *new)

    answer = alice.browser.post(url, sent | {"class_more": [""] * 402})

    assert answer.status_code == 302
    assert LabelClass.objects.filter(project=project).count() == 402
