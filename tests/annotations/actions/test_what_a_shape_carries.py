"""Tags, keypoints, depth, locks and described attributes, through the one write path."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from annotations.actions.apply_edits import apply_edits
from annotations.actions.labels import change_class, delete_class
from annotations.contents import accepted_boxes
from annotations.edits import fold_log
from annotations.models import LabelClass
from annotations.queries import live_boxes, log_since
from datasets.models import Image
from modelship.accounts.actors import Actor
from tests.live_clients import add, change
from tests.people import Person

COLOUR = {"name": "colour", "kind": "choice", "choices": ["red", "white"]}
LENGTH = {"name": "length", "kind": "number", "min": 0, "max": 400}


def tag(label: LabelClass, **patch: Any) -> dict[str, Any]:
    return change("add", str(uuid4()), None, shape="tag", class_id=str(label.id), **patch)


def codes(outcome: Any) -> list[str]:
    return [drop.code for drop in outcome.dropped]


def test_a_tag_has_the_frame_of_the_picture_and_comes_once(
    alice: Person, picture: Image, boat: LabelClass, crane: LabelClass
):
    first, second = tag(boat, x=5, y=5, w=1, h=1), tag(boat)

    outcome = apply_edits(picture.id, [first, second, tag(crane)], actor=alice.actor)
    moved = apply_edits(
        picture.id, [change("update", first["box_id"], x=0, y=0, w=5, h=5)], actor=alice.actor
    )

    assert codes(outcome) == ["exists"]
    assert [(box.x, box.y, box.w, box.h) for box in live_boxes(picture.id)] == [(0, 0, 200, 100)] * 2
    assert codes(moved) == ["bad"]
    picture.refresh_from_db()
    assert (picture.state, picture.box_count) == ("labeled", 2)


def test_a_deleted_tag_comes_back_only_where_no_other_took_its_place(
    alice: Person, picture: Image, boat: LabelClass
):
    first, second = tag(boat), tag(boat)
    delete, restore = change("delete", first["box_id"]), change("restore", first["box_id"])

    outcome = apply_edits(picture.id, [first, delete, second, restore], actor=alice.actor)

    assert codes(outcome) == ["exists"]
    assert [box.id for box in live_boxes(picture.id)] == [second["box_id"]]


def test_merging_classes_leaves_one_tag(alice: Person, picture: Image, boat: LabelClass, crane: LabelClass):
    apply_edits(picture.id, [tag(boat), tag(crane), add(class_id=str(boat.id))], actor=alice.actor)

    delete_class(alice.actor, boat.project, boat.id, move_to=crane.id)

    rows = {box.id: box for box in live_boxes(picture.id)}
    assert sorted((box.shape, box.class_id) for box in rows.values()) == [
        ("box", str(crane.id)),
        ("tag", str(crane.id)),
    ]
    fresh = fold_log(log_since(picture.id, 0))
    assert {uid: box for uid, box in fresh.items() if not box.deleted} == rows
    picture.refresh_from_db()
    assert picture.box_count == 2


def test_a_locked_box_refuses_all_but_its_unlocking(
    alice: Person, picture: Image, boat: LabelClass, crane: LabelClass, robot: Actor
):
    made = add(class_id=str(boat.id), locked=True)
    uid = made["box_id"]
    apply_edits(picture.id, [made], actor=alice.actor)
    move = {"x": 50, "y": 50, "w": 9, "h": 9}

    refused = apply_edits(
        picture.id,
        [
            change("update", uid, **move),
            change("update", uid, class_id=str(crane.id)),
            change("update", uid, attributes={"a": 1}),
            change("review", uid, state="rejected"),
            change("update", uid, locked=False, **move),
            change("delete", uid),
        ],
        actor=alice.actor,
    )
    job = apply_edits(picture.id, [change("update", uid, locked=False)], actor=robot)
    before = live_boxes(picture.id)
    freed = apply_edits(
        picture.id, [change("update", uid, locked=False), change("update", uid, **move)], actor=alice.actor
    )

    assert codes(refused) == ["locked"] * 6
    problem = refused.problem()
    assert problem is not None
    assert problem.detail == "The box is locked. Unlock it to change it."
    assert codes(job) == ["denied"]
    assert [(box.x, box.locked) for box in before] == [(10.0, True)]
    assert codes(freed) == []
    assert [(box.x, box.locked) for box in live_boxes(picture.id)] == [(50.0, False)]


def test_depth_and_lock_do_not_judge_a_proposal(
    alice: Person, picture: Image, boat: LabelClass, robot: Actor
):
    made = add(class_id=str(boat.id), source="model", state="proposed")
    apply_edits(picture.id, [made], actor=robot)

    apply_edits(
        picture.id,
        [change("update", made["box_id"], z=7), change("update", made["box_id"], locked=True)],
        actor=alice.actor,
    )

    (box,) = live_boxes(picture.id)
    assert (box.state, box.z, box.locked) == ("proposed", 7, True)
    assert replace(box) == fold_log(log_since(picture.id, 0))[box.id]


def test_values_fit_the_class_and_unknown_names_are_kept(alice: Person, picture: Image, boat: LabelClass):
    change_class(alice.actor, boat.project, boat.id, attributes=[COLOUR, LENGTH])
    made = add(class_id=str(boat.id), attributes={"colour": "red", "note": "bent"})
    uid = made["box_id"]

    outcome = apply_edits(
        picture.id,
        [
            made,
            change("update", uid, attributes={"colour": "blue"}),
            change("update", uid, attributes={"length": 401}),
            change("update", uid, attributes={"length": 12, "colour": None}),
        ],
        actor=alice.actor,
    )

    assert [drop.detail for drop in outcome.dropped] == [
        "colour must be one of red, white.",
        "length must be at most 400.",
    ]
    assert live_boxes(picture.id)[0].attributes == {"note": "bent", "length": 12}


def test_old_values_stay_until_they_are_touched(alice: Person, picture: Image, boat: LabelClass):
    made = add(class_id=str(boat.id), attributes={"colour": "green"})
    apply_edits(picture.id, [made], actor=alice.actor)
    change_class(alice.actor, boat.project, boat.id, attributes=[COLOUR, LENGTH])

    outcome = apply_edits(
        picture.id, [change("update", made["box_id"], attributes={"length": 3})], actor=alice.actor
    )

    assert codes(outcome) == []
    assert live_boxes(picture.id)[0].attributes == {"colour": "green", "length": 3}


def test_what_a_job_adds_begins_with_the_values_of_its_class(
    alice: Person, picture: Image, boat: LabelClass, robot: Actor
):
    change_class(alice.actor, boat.project, boat.id, attributes=[{**COLOUR, "default": "white"}, LENGTH])
    by_job, by_person = add(class_id=str(boat.id), source="model"), add(class_id=str(boat.id))
    told = add(class_id=str(boat.id), source="model", attributes={"colour": "red"})

    apply_edits(picture.id, [by_job, told], actor=robot)
    apply_edits(picture.id, [by_person], actor=alice.actor)

    found = {box.id: box.attributes for box in live_boxes(picture.id)}
    assert found[by_job["box_id"]] == {"colour": "white"}
    assert found[told["box_id"]] == {"colour": "red"}
    assert found[by_person["box_id"]] == {}


def test_keypoints_have_the_frame_of_those_that_are_there(alice: Person, picture: Image, boat: LabelClass):
    points = [[20, 30, 2], [7, 7, 0], [50, 40.5, 1]]
    made = change("add", str(uuid4()), None, shape="keypoints", class_id=str(boat.id), points=points)
    absent = {**made, "op_id": str(uuid4()), "box_id": str(uuid4())}
    absent["patch"] = {**made["patch"], "points": [[1, 1, 0]]}
    flat = change("add", str(uuid4()), None, shape="polyline", class_id=str(boat.id), points=points)

    outcome = apply_edits(picture.id, [made, absent, flat], actor=alice.actor)

    assert codes(outcome) == ["bad", "bad"]
    (box,) = live_boxes(picture.id)
    assert (box.x, box.y, box.w, box.h) == (20, 30, 30, 10.5)
    assert box.points == [[20, 30, 2], [0, 0, 0], [50, 40.5, 1]]


def test_a_detector_learns_from_areas_alone(alice: Person, picture: Image, boat: LabelClass):
    keypoints = change(
        "add", str(uuid4()), None, shape="keypoints", class_id=str(boat.id), points=[[9, 9, 2]]
    )
    apply_edits(picture.id, [tag(boat), keypoints, add(class_id=str(boat.id))], actor=alice.actor)

    ((_, boxes),) = accepted_boxes(picture.dataset)

    assert [(box.x, box.y, box.w, box.h) for box in boxes] == [(10, 10, 20, 20)]
