from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.actions.labels import change_class, create_class, delete_class
from annotations.actions.review import review
from annotations.edits import fold_log
from annotations.models import Box, Canvas, LabelClass
from annotations.queries import class_uses, classes_of, live_boxes, log_since
from datasets.models import Image
from modelship.lib.errors import BadRequest, Conflict, Forbidden, NotFound, Unprocessable
from modelship.projects.models import Project
from tests.live_clients import add, change
from tests.people import Person


def test_a_new_class_comes_last_and_gets_a_colour(alice: Person, project: Project):
    label = create_class(alice.actor, project, name=" quay ", hotkey="3")

    assert (label.name, label.order, label.color, label.hotkey) == ("quay", 2, "#009e73", "3")
    assert [shown["name"] for shown in classes_of(project.id)] == ["boat", "crane", "quay"]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({}, BadRequest),
        ({"name": ""}, BadRequest),
        ({"name": 5}, BadRequest),
        ({"name": "x" * 201}, BadRequest),
        ({"name": "a\nb"}, BadRequest),
        ({"name": "quay", "color": "red"}, BadRequest),
        ({"name": "quay", "hotkey": "ab"}, BadRequest),
        ({"name": "quay", "hotkey": " "}, BadRequest),
        ({"name": "quay", "order": -1}, BadRequest),
        ({"name": "quay", "order": True}, BadRequest),
        ({"name": "quay", "attributes": {}}, Unprocessable),
        ({"name": "quay", "use": "boxes"}, BadRequest),
        ({"name": "quay", "skeleton": {"points": []}}, Unprocessable),
        ({"name": "boat"}, Conflict),
        ({"name": "quay", "hotkey": "1"}, Conflict),
    ],
)
def test_a_class_that_cannot_be_is_refused(
    alice: Person, project: Project, values: dict[str, Any], refusal: type
):
    with pytest.raises(refusal):
        create_class(alice.actor, project, **values)

    assert LabelClass.objects.count() == 2


@pytest.mark.parametrize("role", ["bob", "ann", "vic"])
def test_managers_alone_change_classes(role: str, project: Project, request: pytest.FixtureRequest):
    actor, label = request.getfixturevalue(role).actor, LabelClass.objects.get(name="boat")

    for work in (
        lambda: create_class(actor, project, name="quay"),
        lambda: change_class(actor, project, label.id, name="ship"),
        lambda: delete_class(actor, project, label.id),
    ):
        with pytest.raises(Forbidden):
            work()
    assert [shown["name"] for shown in classes_of(project.id)] == ["boat", "crane"]


def test_a_class_is_changed_field_by_field(alice: Person, project: Project):
    label = LabelClass.objects.get(name="boat")

    change_class(alice.actor, project, label.id, name="ship", color="#ABCDEF")

    label.refresh_from_db()
    assert (label.name, label.color, label.hotkey) == ("ship", "#abcdef", "1")
    with pytest.raises(NotFound):
        change_class(alice.actor, project, uuid4(), name="ship")


def test_a_class_in_use_is_kept(alice: Person, picture: Image, boat: LabelClass):
    apply_edits(picture.id, [add(class_id=str(boat.id))], actor=alice.actor)

    with pytest.raises(Conflict) as refusal:
        delete_class(alice.actor, picture.dataset.project, boat.id)

    assert (refusal.value.code, refusal.value.extra) == ("class_in_use", {"uses": 1})
    assert LabelClass.objects.filter(id=boat.id).exists()


def review_states(images: list[Image]) -> list[str]:
    return [Canvas.objects.get(pk=image.pk).review_state for image in images]


def test_merging_moves_every_box_and_logs_it(
    alice: Person, make_picture: Any, boat: LabelClass, crane: LabelClass
):
    project, pictures = boat.project, [make_picture(), make_picture()]
    gone = add(class_id=str(boat.id))
    for image in pictures:
        apply_edits(image.id, [add(class_id=str(boat.id)), add(class_id=str(crane.id))], actor=alice.actor)
    apply_edits(pictures[0].id, [gone, change("delete", gone["box_id"])], actor=alice.actor)
    review(pictures[1].id, "approve", actor=alice.actor)

    with pytest.raises(Conflict) as refusal:
        delete_class(alice.actor, project, boat.id, move_to=crane.id)
    assert (refusal.value.code, refusal.value.extra["images"]) == ("approved", 1)
    assert class_uses(project.id) == {boat.id: 2, crane.id: 2}
    delete_class(alice.actor, project, boat.id, move_to=crane.id, reopens=True)

    assert class_uses(project.id) == {crane.id: 4}
    assert review_states(pictures) == ["open", "open"]
    assert Box.objects.get(uid=gone["box_id"]).label_id == crane.id
    for image in pictures:
        folded = fold_log(log_since(image.id, 0)).values()
        assert [box for box in folded if not box.deleted] == live_boxes(image.id)


def test_edits_that_name_a_merged_class_mean_the_one_it_went_to(
    alice: Person, picture: Image, boat: LabelClass, crane: LabelClass
):
    tug = create_class(alice.actor, boat.project, name="tug")
    drawn, changed = add(class_id=str(tug.id)), add(class_id=str(crane.id))
    apply_edits(picture.id, [changed], actor=alice.actor)
    delete_class(alice.actor, boat.project, tug.id, move_to=boat.id)
    late = [drawn, change("update", changed["box_id"], class_id=str(tug.id))]

    outcome = apply_edits(picture.id, late, actor=alice.actor)

    assert outcome.dropped == []
    assert {box["class_id"] for box in outcome.boxes} == {str(boat.id)}
    # The log has what was meant, so that its fold stays the truth.
    assert {box.class_id for box in fold_log(log_since(picture.id, 0)).values()} == {str(boat.id)}

    delete_class(alice.actor, boat.project, boat.id, move_to=crane.id)
    (again,) = apply_edits(picture.id, [add(class_id=str(tug.id))], actor=alice.actor).boxes
    assert again["class_id"] == str(crane.id)


def test_a_class_of_deleted_boxes_alone_can_go(alice: Person, picture: Image, boat: LabelClass):
    made = add(class_id=str(boat.id))
    apply_edits(picture.id, [made, change("delete", made["box_id"])], actor=alice.actor)

    delete_class(alice.actor, boat.project, boat.id)

    restored = apply_edits(picture.id, [change("restore", made["box_id"])], actor=alice.actor)
    assert restored.boxes[0]["class_id"] is None


def test_boxes_move_only_to_another_class_of_the_project(alice: Person, picture: Image, boat: LabelClass):
    for nowhere in (uuid4(), boat.id):
        with pytest.raises(Unprocessable):
            delete_class(alice.actor, boat.project, boat.id, move_to=nowhere)

    assert LabelClass.objects.filter(id=boat.id).exists()


def test_a_project_goes_with_its_boxes(alice: Person, picture: Image, boat: LabelClass):
    apply_edits(picture.id, [add(class_id=str(boat.id))], actor=alice.actor)

    boat.project.delete()

    assert Box.objects.count() == 0
