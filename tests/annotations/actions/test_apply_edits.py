import time
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from annotations.edits import fold_log
from annotations.models import Box, Canvas, CanvasEdit, CanvasOp, LabelClass
from annotations.queries import canvas_state, live_boxes, log_since
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.lib.errors import BadRequest, Conflict, Forbidden, NotFound, PreconditionFailed
from tests.live_clients import add, change
from tests.people import Person


def counts(image: Image) -> tuple[str, int, int]:
    return Image.objects.values_list("state", "box_count", "proposed_count").get(id=image.id)


def codes(outcome: Any) -> list[str]:
    return [drop.code for drop in outcome.dropped]


def nothing_written(image: Image) -> bool:
    tables = (Box, CanvasEdit, CanvasOp)
    return not any(table.objects.filter(canvas_id=image.id).exists() for table in tables)


def test_an_added_box_is_stored_logged_counted_and_returned(alice: Person, picture: Image, boat: LabelClass):
    made, ref = add(class_id=str(boat.id), attributes={"rows": 2}), str(uuid4())

    outcome = apply_edits(picture.id, [made], actor=alice.actor, base_seq=0, ref=ref)

    assert (outcome.seq, outcome.accepted, outcome.dropped, outcome.replayed) == (1, 1, [], False)
    assert outcome.boxes == [
        {
            "id": made["box_id"],
            "class_id": str(boat.id),
            "shape": "box",
            "x": 10.0,
            "y": 10.0,
            "w": 20.0,
            "h": 20.0,
            "rotation": 0.0,
            "points": [],
            "attributes": {"rows": 2},
            "source": "human",
            "score": None,
            "model": None,
            "provenance": None,
            "state": "accepted",
            "z": 0,
            "locked": False,
            "created_by": {"id": str(alice.user.id), "name": "Alice"},
            "updated_by": {"id": str(alice.user.id), "name": "Alice"},
            "seq": 1,
        }
    ]
    assert counts(picture) == ("labeled", 1, 0)
    logged = CanvasEdit.objects.get(canvas_id=picture.id)
    assert (logged.seq, str(logged.ref), logged.actor["name"]) == (1, ref, "Alice")
    assert CanvasOp.objects.get(canvas_id=picture.id).seq == 1


def test_a_batch_is_one_revision_and_each_edit_is_judged_by_itself(alice: Person, picture: Image):
    first, second = add(), add(x=500)

    outcome = apply_edits(picture.id, [first, second, change("delete", str(uuid4()))], actor=alice.actor)

    assert (outcome.seq, outcome.accepted, codes(outcome)) == (1, 1, ["bad", "unknown"])
    assert outcome.problem() is None
    assert [box.id for box in live_boxes(picture.id)] == [first["box_id"]]


def test_later_edits_of_a_batch_see_the_earlier_ones(alice: Person, picture: Image):
    made = add()
    moved = change("update", made["box_id"], x=50, y=50, w=5, h=5)

    outcome = apply_edits(
        picture.id,
        [made, moved, change("delete", made["box_id"]), change("restore", made["box_id"])],
        actor=alice.actor,
    )

    assert (outcome.accepted, outcome.boxes[0]["x"], counts(picture)) == (4, 50.0, ("labeled", 1, 0))


@pytest.mark.parametrize("times", [2, 3])
def test_sending_again_changes_nothing_and_gets_the_same_revision(alice: Person, picture: Image, times: int):
    made = add()
    apply_edits(picture.id, [made], actor=alice.actor)
    apply_edits(picture.id, [add()], actor=alice.actor)

    for _ in range(times):
        again = apply_edits(picture.id, [made], actor=alice.actor, base_seq=0, if_match=0)

        assert (again.seq, again.replayed, again.accepted, again.dropped) == (1, True, 0, [])
        assert again.problem() is None
        assert [box["id"] for box in again.boxes] == [made["box_id"]]
    assert Canvas.objects.get(pk=picture.id).seq == 2
    assert Box.objects.count() == 2


def test_a_batch_of_old_and_new_edits_applies_the_new_ones_alone(alice: Person, picture: Image):
    old, new = add(), add()
    apply_edits(picture.id, [old], actor=alice.actor)

    outcome = apply_edits(picture.id, [old, new], actor=alice.actor)

    assert (outcome.seq, outcome.accepted) == (2, 1)
    assert {box["id"] for box in outcome.boxes} == {old["box_id"], new["box_id"]}
    assert [len(batch["edits"]) for batch in log_since(picture.id, 0)] == [1, 1]


def test_where_nothing_is_accepted_no_box_and_no_log_is_written(alice: Person, picture: Image):
    outcome = apply_edits(picture.id, [add(w=-1), change("delete", str(uuid4()))], actor=alice.actor)

    assert (outcome.seq, outcome.accepted) == (0, 0)
    assert outcome.problem().as_dict()["status"] == 422
    assert [drop["code"] for drop in outcome.problem().extra["dropped"]] == ["bad", "unknown"]
    assert not Box.objects.exists()
    assert not CanvasEdit.objects.exists()
    assert counts(picture) == ("new", 0, 0)


def test_a_refused_edit_stays_refused_when_it_is_sent_again(alice: Person, picture: Image):
    made, gone = add(), str(uuid4())
    uid = made["box_id"]
    apply_edits(picture.id, [made, change("update", uid, locked=True)], actor=alice.actor)
    batch = [add(), change("update", uid, x=5, y=5, w=5, h=5), change("delete", gone)]
    first = apply_edits(picture.id, batch, actor=alice.actor)
    apply_edits(picture.id, [change("update", uid, locked=False), add(box_id=gone)], actor=alice.actor)

    again = apply_edits(picture.id, batch, actor=alice.actor)

    assert codes(first) == codes(again) == ["locked", "unknown"]
    assert [drop.detail for drop in first.dropped] == [drop.detail for drop in again.dropped]
    assert (again.seq, again.accepted, again.replayed) == (first.seq, 0, True)
    assert Box.objects.get(uid=uid).x == made["patch"]["x"]
    assert not Box.objects.get(uid=gone).deleted


def test_a_batch_that_was_refused_whole_is_refused_again(alice: Person, picture: Image):
    batch = [change("delete", str(uuid4()))]
    first = apply_edits(picture.id, batch, actor=alice.actor)
    apply_edits(picture.id, [add(box_id=batch[0]["box_id"])], actor=alice.actor)

    again = apply_edits(picture.id, batch, actor=alice.actor)

    assert first.problem().as_dict() == again.problem().as_dict()
    assert not Box.objects.get(uid=batch[0]["box_id"]).deleted


@pytest.mark.parametrize("role", ["alice", "bob", "ann", "robot"])
def test_annotators_and_above_and_jobs_may_edit(role: str, picture: Image, request: pytest.FixtureRequest):
    who = request.getfixturevalue(role)
    actor = who if isinstance(who, Actor) else who.actor

    outcome = apply_edits(picture.id, [add()], actor=actor)

    assert outcome.accepted == 1


@pytest.mark.parametrize(("role", "refusal"), [("vic", Forbidden), ("charlie", NotFound)])
def test_viewers_are_forbidden_and_strangers_find_nothing(
    role: str, refusal: type, picture: Image, request: pytest.FixtureRequest
):
    with pytest.raises(refusal):
        apply_edits(picture.id, [add()], actor=request.getfixturevalue(role).actor)

    assert nothing_written(picture)


def test_an_unreadable_batch_is_refused(alice: Person, picture: Image):
    with pytest.raises(BadRequest):
        apply_edits(picture.id, [{"kind": "add"}], actor=alice.actor)

    assert nothing_written(picture)


def test_a_stale_if_match_changes_nothing(alice: Person, bob: Person, picture: Image):
    apply_edits(picture.id, [add()], actor=bob.actor)

    with pytest.raises(PreconditionFailed) as refusal:
        apply_edits(picture.id, [add()], actor=alice.actor, if_match=0)

    assert refusal.value.extra == {"seq": 1}
    assert Box.objects.count() == 1


def test_a_base_from_the_future_is_refused(alice: Person, picture: Image):
    with pytest.raises(Conflict) as refusal:
        apply_edits(picture.id, [add()], actor=alice.actor, base_seq=7)

    assert refusal.value.code == "ahead"


def test_an_approved_image_is_locked_for_everybody_until_it_is_reopened(
    alice: Person, bob: Person, robot: Actor, picture: Image
):
    made = add()
    apply_edits(picture.id, [made], actor=alice.actor)
    review(picture.id, "approve", actor=bob.actor)

    for actor in (alice.actor, bob.actor, robot):
        outcome = apply_edits(picture.id, [change("delete", made["box_id"])], actor=actor)
        assert codes(outcome) == ["locked"]
        assert outcome.problem().status == 403
    review(picture.id, "reopen", actor=bob.actor)
    assert apply_edits(picture.id, [change("delete", made["box_id"])], actor=alice.actor).accepted == 1


def test_two_people_change_different_fields_of_one_box_and_both_stay(
    alice: Person, bob: Person, picture: Image, crane: LabelClass
):
    made = add()
    apply_edits(picture.id, [made], actor=alice.actor)

    apply_edits(
        picture.id, [change("update", made["box_id"], x=1, y=2, w=3, h=4)], actor=alice.actor, base_seq=1
    )
    last = apply_edits(
        picture.id, [change("update", made["box_id"], class_id=str(crane.id))], actor=bob.actor, base_seq=1
    )

    box = last.boxes[0]
    assert (box["x"], box["y"], box["w"], box["h"], box["class_id"]) == (1, 2, 3, 4, str(crane.id))


def test_proposals_count_until_they_are_judged(alice: Person, robot: Actor, picture: Image):
    first, second = add(score=0.9), add(score=0.4)
    apply_edits(picture.id, [first, second], actor=robot)
    assert counts(picture) == ("proposed", 2, 2)

    apply_edits(picture.id, [change("review", first["box_id"], state="accepted")], actor=alice.actor)
    assert counts(picture) == ("proposed", 2, 1)

    apply_edits(picture.id, [change("review", second["box_id"], state="rejected")], actor=alice.actor)
    assert counts(picture) == ("labeled", 1, 0)


def test_an_image_whose_proposals_were_all_rejected_is_labeled_and_an_emptied_one_is_new(
    alice: Person, robot: Actor, picture: Image
):
    made = add(score=0.9)
    apply_edits(picture.id, [made], actor=robot)

    apply_edits(picture.id, [change("review", made["box_id"], state="rejected")], actor=alice.actor)
    assert counts(picture) == ("labeled", 0, 0)

    apply_edits(picture.id, [change("delete", made["box_id"])], actor=alice.actor)
    assert counts(picture) == ("new", 0, 0)


def test_boxes_of_a_job_are_credited_to_nobody(robot: Actor, picture: Image):
    provenance = {"slice": [0, 0, 64, 64], "model_name": "yolox_nano", "job": str(robot.job_id)}

    outcome = apply_edits(picture.id, [add(score=0.5, provenance=provenance)], actor=robot)

    box = outcome.boxes[0]
    assert (box["created_by"], box["source"], box["provenance"]) == (None, "model", provenance)


def test_a_full_image_takes_no_more_boxes(alice: Person, picture: Image, settings: Any):
    settings.MODELSHIP_MAX_BOXES = 2
    made = add()

    outcome = apply_edits(picture.id, [made, add(), add()], actor=alice.actor)
    assert (outcome.accepted, codes(outcome)) == (2, ["quota"])

    full = apply_edits(picture.id, [add()], actor=alice.actor)
    assert (full.problem().status, full.problem().code) == (409, "quota_exceeded")

    swapped = apply_edits(picture.id, [change("delete", made["box_id"]), add()], actor=alice.actor)
    assert swapped.accepted == 2


def test_a_class_of_another_project_is_unknown(alice: Person, picture: Image):
    outcome = apply_edits(picture.id, [add(class_id=str(uuid4()))], actor=alice.actor)

    assert codes(outcome) == ["unknown"]


def test_the_rows_are_the_fold_of_the_log(
    alice: Person, bob: Person, robot: Actor, picture: Image, boat: LabelClass
):
    one, two = add(score=0.5), add(class_id=str(boat.id))
    apply_edits(picture.id, [one, two], actor=robot)
    apply_edits(picture.id, [change("update", one["box_id"], x=1, y=1, w=2, h=2)], actor=bob.actor)
    apply_edits(picture.id, [change("delete", two["box_id"])], actor=alice.actor)
    apply_edits(picture.id, [change("restore", two["box_id"]), add()], actor=bob.actor)
    review(picture.id, "submit", actor=alice.actor)

    folded = fold_log(log_since(picture.id, 0))

    alive = [box for box in folded.values() if not box.deleted]
    assert live_boxes(picture.id) == alive


def test_a_crowded_image_costs_no_more_queries_and_hardly_more_time(
    alice: Person, robot: Actor, make_picture: Any
):
    small, crowded = make_picture(), make_picture()
    moved = {}
    for image, batches in ((small, 1), (crowded, 8)):
        for _ in range(batches):
            edits = [add(score=0.5) for _ in range(500)]
            apply_edits(image.id, edits, actor=robot)
        moved[image] = edits[0]["box_id"]

    queries, seconds = {}, {}
    for image, box_id in moved.items():
        with CaptureQueriesContext(
            connection,
        ) as context:
            apply_edits(image.id, [change("update", box_id, x=1, y=1, w=5, h=5)], actor=alice.actor)
        queries[image] = len(context)
        began = time.perf_counter()
        for n in range(20):
            apply_edits(image.id, [change("update", box_id, x=n, y=1, w=5, h=5)], actor=alice.actor)
        seconds[image] = time.perf_counter() - began

    assert queries[crowded] == queries[small]
    assert seconds[crowded] < 3 * seconds[small] + 0.2


def test_five_hundred_edits_are_one_quick_revision(robot: Actor, alice: Person, picture: Image):
    edits = [add(score=0.5) for _ in range(500)]
    began = time.perf_counter()

    added = apply_edits(picture.id, edits, actor=robot)
    accepted = apply_edits(
        picture.id, [change("review", edit["box_id"], state="accepted") for edit in edits], actor=alice.actor
    )

    assert time.perf_counter() - began < 3
    assert (added.seq, added.accepted, accepted.seq, accepted.accepted) == (1, 500, 2, 500)
    assert counts(picture) == ("labeled", 500, 0)


def test_reading_gives_the_same_text_from_rows_and_from_the_kept_copy(robot: Actor, picture: Image):
    apply_edits(picture.id, [add(score=0.5) for _ in range(150)], actor=robot)

    fresh, kept = canvas_state(picture.id), canvas_state(picture.id)

    assert Canvas.objects.get(pk=picture.id).blob_seq == 1
    assert fresh == kept
    apply_edits(picture.id, [add(score=0.5)], actor=robot)
    assert canvas_state(picture.id).seq == 2
    assert canvas_state(picture.id).boxes != kept.boxes
