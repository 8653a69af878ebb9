"""Whatever people did: restoring a moment gives exactly the picture of that moment, by ordinary edits."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.actions.apply_edits import apply_edits
from annotations.actions.labels import create_class, delete_class
from annotations.actions.restore import restore
from annotations.actions.review import review
from annotations.edits import BoxState, fold_log
from annotations.history_queries import Wish
from annotations.models import Canvas, CanvasEdit, LabelClass
from annotations.queries import live_boxes, log_since
from datasets.models import Image
from modelship.lib.errors import Forbidden, NotFound, PreconditionFailed, Unprocessable
from tests.annotations.actions.test_convergence import BATCHES, IDS, RELAXED, named
from tests.live_clients import add, change
from tests.people import Person


def bare(boxes: Any) -> dict[str, BoxState]:
    """Living boxes without who and when."""
    return {
        box.id: replace(box, updated_by=None, created_by=None, seq=0, created_seq=0)
        for box in boxes
        if not box.deleted
    }


def picture_at(image: Image, seq: int) -> dict[str, BoxState]:
    rows = CanvasEdit.objects.filter(canvas_id=image.id, seq__lte=seq).order_by("seq")
    batches = [{"seq": row.seq, "actor": row.actor, "edits": row.edits} for row in rows]
    return bare(fold_log(batches).values())


def seq_of(image: Image) -> int:
    return Canvas.objects.get(pk=image.id).seq


@RELAXED
@given(batches=BATCHES, share=st.floats(0, 1), data=st.data())
def test_a_restored_moment_is_exactly_that_moment(
    batches: list, share: float, data: Any, make_picture: Any, alice: Person, bob: Person, ann: Person
):
    image: Image = make_picture()
    people = [alice, bob, ann]
    labels = LabelClass.objects.filter(project=image.dataset.project)
    classes = {label.name: str(label.id) for label in labels}
    for who, wishes in batches:
        edits = [
            change(kind, box, named(expect, classes), **(named(patch, classes) or {}))
            for kind, box, patch, expect in wishes
        ]
        apply_edits(image.id, edits, actor=people[who].actor)
    last = Canvas.objects.filter(pk=image.id).values_list("seq", flat=True).first() or 0
    seq = round(share * last)
    only = data.draw(st.none() | st.lists(st.sampled_from(IDS), min_size=1, unique=True))

    before = bare(live_boxes(image.id))
    done = restore(image.id, Wish(seq=seq, boxes=only), actor=bob.actor)

    past = picture_at(image, seq)
    chosen = set(IDS) if only is None else set(only)
    expected = {key: box for key, box in before.items() if key not in chosen}
    expected |= {key: box for key, box in past.items() if key in chosen}
    assert bare(live_boxes(image.id)) == expected
    assert {skip.code for skip in done.skipped} <= {"unknown"}
    assert bare(fold_log(log_since(image.id, 0)).values()) == expected
    again = restore(image.id, Wish(seq=seq, boxes=only), actor=bob.actor)
    assert again.applied == 0


@RELAXED
@given(batches=BATCHES)
def test_without_a_person_s_edits_nothing_of_theirs_is_left_that_nobody_took_up(
    batches: list, make_picture: Any, alice: Person, bob: Person
):
    image: Image = make_picture()
    apply_edits(image.id, [add(IDS[0]), add(IDS[1])], actor=alice.actor)
    start = picture_at(image, 1)
    for _, wishes in batches:
        edits = [change(kind, box, named(expect, {}), **patch) for kind, box, patch, expect in wishes]
        apply_edits(image.id, edits, actor=bob.actor)

    done = restore(image.id, Wish(person=str(bob.user.id)), actor=alice.actor)

    assert bare(live_boxes(image.id)) == start
    assert done.skipped == []


def test_a_moment_whose_class_is_gone_comes_back_without_it_and_says_so(
    alice: Person, picture: Image, boat: LabelClass
):
    sloop = create_class(alice.actor, picture.dataset.project, name="sloop")
    made = add(class_id=str(sloop.id))
    apply_edits(picture.id, [made], actor=alice.actor)
    delete_class(alice.actor, picture.dataset.project, sloop.id, move_to=boat.id)

    done = restore(picture.id, Wish(seq=1), actor=alice.actor)

    (box,) = live_boxes(picture.id)
    assert box.class_id is None
    assert [(skip.box_id, skip.field, skip.code) for skip in done.skipped] == [
        (made["box_id"], "class_id", "unknown")
    ]


def test_taking_back_a_person_s_edits_spares_what_others_made_of_them(
    alice: Person, bob: Person, picture: Image, boat: LabelClass, crane: LabelClass
):
    moved, kept, lost = add(IDS[0], x=10), add(IDS[1]), add(IDS[2])
    apply_edits(picture.id, [moved, kept, lost], actor=alice.actor)
    place = {"y": 10, "w": 20, "h": 20}
    drawn, corrected = add(IDS[3]), add(IDS[4])
    apply_edits(
        picture.id,
        [
            change("update", IDS[0], x=60, class_id=str(boat.id), **place),
            change("update", IDS[1], attributes={"flag": "red"}),
            change("delete", IDS[2]),
            drawn,
            corrected,
        ],
        actor=bob.actor,
    )
    theirs = [
        change("update", IDS[0], class_id=str(crane.id)),
        change("update", IDS[4], class_id=str(crane.id)),
    ]
    apply_edits(picture.id, theirs, actor=alice.actor)

    done = restore(picture.id, Wish(person=str(bob.user.id)), actor=alice.actor)

    boxes = {box.id: box for box in live_boxes(picture.id)}
    assert set(boxes) == {IDS[0], IDS[1], IDS[2], IDS[4]}
    assert (boxes[IDS[0]].x, boxes[IDS[0]].class_id) == (10, str(crane.id))
    assert boxes[IDS[1]].attributes == {}
    skipped = {(skip.box_id, skip.field, skip.by) for skip in done.skipped}
    assert skipped == {(IDS[0], "class_id", "Alice"), (IDS[4], "box", "Alice")}
    assert CanvasEdit.objects.get(canvas_id=picture.id, seq=done.seq).actor["user"] == str(alice.user.id)


def test_only_what_a_person_did_since_a_moment_is_taken_back(alice: Person, bob: Person, picture: Image):
    apply_edits(picture.id, [add(IDS[0])], actor=bob.actor)
    apply_edits(picture.id, [change("update", IDS[0], x=50, y=10, w=20, h=20)], actor=bob.actor)

    done = restore(picture.id, Wish(person=str(bob.user.id), since=1), actor=alice.actor)

    (box,) = live_boxes(picture.id)
    assert (box.x, done.applied, done.skipped) == (10, 1, [])


def test_a_thousand_boxes_come_back_in_batches_of_one_transaction(alice: Person, picture: Image):
    made = [add() for _ in range(1_000)]
    for part in (made[:500], made[500:]):
        apply_edits(picture.id, part, actor=alice.actor)
    for part in (made[:500], made[500:]):
        apply_edits(picture.id, [change("delete", edit["box_id"]) for edit in part], actor=alice.actor)

    done = restore(picture.id, Wish(seq=2), actor=alice.actor)

    assert (done.seq, done.applied, len(live_boxes(picture.id))) == (6, 1_000, 1_000)
    picture.refresh_from_db()
    assert picture.box_count == 1_000


def test_what_may_not_be_restored_changes_nothing(
    alice: Person, vic: Person, charlie: Person, bob: Person, picture: Image
):
    apply_edits(picture.id, [add(IDS[0])], actor=alice.actor)
    wish = Wish(seq=0)
    for person, problem in ((vic, Forbidden), (charlie, NotFound)):
        with pytest.raises(problem):
            restore(picture.id, wish, actor=person.actor)
    with pytest.raises(PreconditionFailed):
        restore(picture.id, wish, actor=alice.actor, if_match=0)
    with pytest.raises(Unprocessable):
        restore(picture.id, Wish(seq=2), actor=alice.actor)
    review(picture.id, "approve", actor=bob.actor)
    with pytest.raises(Forbidden) as refusal:
        restore(picture.id, wish, actor=alice.actor)

    assert refusal.value.code == "locked"
    assert (seq_of(picture), len(live_boxes(picture.id))) == (2, 1)


def test_a_box_that_never_was_is_told(alice: Person, picture: Image):
    missing = str(uuid4())

    done = restore(picture.id, Wish(seq=0, boxes=[missing]), actor=alice.actor)

    assert [(skip.box_id, skip.code) for skip in done.skipped] == [(missing, "unknown")]
