"""Whatever is done to a canvas, the comparison says exactly that, and its inverse from the other side."""

import random
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from annotations.diffing import BoxChange, diff_boxes, diff_classes
from annotations.edits import BoxState

Boxes = dict[str, BoxState]


def box(number: int, **fields: Any) -> BoxState:
    return BoxState(
        id=str(UUID(int=number)),
        **{"class_id": None, "shape": "box", "x": 1, "y": 1, "w": 10, "h": 10, **fields},
    )


def scripted(seed: int) -> tuple[Boxes, Boxes, dict[str, set[str]]]:
    """Two states, and what was done between them by box."""
    dice = random.Random(seed)
    before = {made.id: made for made in (box(number) for number in range(20))}
    after, done = dict(before), {}
    for number in range(20):
        uid = str(UUID(int=number))
        deeds = dice.sample(["moved", "relabelled", "described", "judged", "arranged"], dice.randint(0, 3))
        if dice.random() < 0.2:
            after[uid], done[uid] = replace(after[uid], deleted=True), {"removed"}
            continue
        patches = {
            "moved": {"x": 3.0},
            "relabelled": {"class_id": str(UUID(int=99))},
            "described": {"attributes": {"a": True}},
            "judged": {"state": "rejected"},
            "arranged": {"locked": True},
        }
        for deed in deeds:
            after[uid] = replace(after[uid], **patches[deed])
        if deeds:
            done[uid] = set(deeds)
    for number in range(20, 20 + dice.randint(0, 4)):
        made = box(number)
        after[made.id], done[made.id] = made, {"added"}
    return before, after, done


@pytest.mark.parametrize("seed", range(50))
def test_a_scripted_change_is_told_exactly(seed: int):
    before, after, done = scripted(seed)

    found = diff_boxes(before, after)

    assert {change.box_id: set(change.words) for change in found} == done
    assert diff_boxes(after, before) == [change.turned() for change in found]
    assert diff_boxes(after, after) == []


def test_a_move_says_how_far_the_places_cover_each_other():
    before, after = {"a": box(1)}, {"a": box(1, x=6)}

    assert diff_boxes(before, after) == [BoxChange("a", ("moved",), before["a"], after["a"], 0.3333)]


def test_true_is_not_one_and_deleted_boxes_are_not_there():
    before = {"a": box(1, attributes={"k": True}), "b": box(2, deleted=True)}
    after = {"a": box(1, attributes={"k": 1}), "b": box(2, deleted=True, x=9)}

    assert [change.words for change in diff_boxes(before, after)] == [("described",)]


def test_classes_are_told_by_id():
    looks = {"color": "#000000", "hotkey": "", "attributes": [], "use": "both", "skeleton": {}}
    before = [{"id": "1", "name": "boat", **looks}, {"id": "2", "name": "crane", **looks}]
    after = [{"id": "1", "name": "ship", **looks, "color": "#ffffff"}, {"id": "3", "name": "buoy", **looks}]

    assert diff_classes(before, before) == []
    assert diff_classes(before, after) == [
        {"id": "1", "words": ["renamed", "changed"], "was": "boat", "name": "ship"},
        {"id": "2", "words": ["removed"], "was": "crane", "name": None},
        {"id": "3", "words": ["added"], "was": None, "name": "buoy"},
    ]
