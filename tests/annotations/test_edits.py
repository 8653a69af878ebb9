"""Reading, judging and folding of edits, without a database."""

from typing import Any
from uuid import uuid4

import pytest

from annotations.edits import BoxState, Dropped, Rules, fold, judge, parse_batch
from modelship.lib.errors import BadRequest

BOAT, CRANE = str(uuid4()), str(uuid4())
PERSON = Rules(author="user", width=200, height=100, classes=frozenset({BOAT, CRANE}), room=10)
PROGRAM = Rules(author="key", width=200, height=100, classes=frozenset({BOAT, CRANE}), room=10)
JOB = Rules(author="job", width=200, height=100, classes=frozenset({BOAT, CRANE}), room=10)
FRAME = {"x": 10, "y": 10, "w": 20, "h": 20}


def edit(kind: str, box_id: str | None = None, patch: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "op_id": str(uuid4()),
        "kind": kind,
        "box_id": box_id or str(uuid4()),
        "patch": patch or {},
        **more,
    }


def add(**patch: Any) -> dict[str, Any]:
    return edit("add", patch={"class_id": BOAT, **FRAME, **patch})


def dropped_by(raw: dict[str, Any]) -> str:
    edits, dropped = parse_batch([raw])

    assert edits == []
    assert dropped[0].op_id == raw["op_id"]
    assert dropped[0].code == "bad"
    return dropped[0].detail


def judged(raw: dict[str, Any], box: BoxState | None = None, rules: Rules = PERSON) -> Any:
    edits, dropped = parse_batch([raw])
    assert dropped == []
    return judge(box, edits[0], rules)


def made(raw: dict[str, Any] | None = None, rules: Rules = PERSON, **values: Any) -> BoxState:
    box = fold(None, judged(raw or add(), None, rules), 1, "alice")
    return BoxState(**{name: getattr(box, name) for name in BoxState.__slots__} | values)


@pytest.mark.parametrize(
    "raw", [None, {}, "edits", [], [add()] * 501, [5], [{}], [{"op_id": "x"}], [{"op_id": 1}]]
)
def test_a_batch_that_cannot_be_answered_edit_by_edit_is_refused(raw: Any):
    with pytest.raises(BadRequest):
        parse_batch(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {**add(), "extra": 1},
        {**add(), "kind": "explode"},
        {**add(), "kind": ["add"]},
        {**add(), "box_id": "7"},
        {**add(), "box_id": "{" + str(uuid4())[1:-1] + "}"},
        {**add(), "patch": [1]},
        add(colour="red"),
        add(x="10"),
        add(x=True),
        add(x=float("nan")),
        add(w=float("inf")),
        add(x=10**400),
        add(rotation=-1),
        add(rotation=360.5),
        add(points=[[1]]),
        add(points=[[1, 2]] * 2_001),
        add(points={"x": 1}),
        add(class_id=5),
        add(shape="circle"),
        add(state="maybe"),
        add(source="alien"),
        add(score=1.2),
        add(score="1"),
        add(attributes=[1]),
        add(attributes={"deep": {"er": 1}}),
        add(attributes={"": 1}),
        add(attributes={str(n): n for n in range(51)}),
        add(attributes={"note": "x" * 1_025}),
        add(attributes={"note": "\ud800"}),
        add(attributes={"note": "\x00"}),
        add(provenance={"secret": 1}),
        add(provenance={"slice": [1, 2]}),
        edit("add", patch=FRAME),
        edit("add", patch={"class_id": None, "x": 1, "y": 1, "w": 1}),
        edit("update"),
        edit("update", patch={"x": 1}),
        edit("update", patch={"rotation": 10}),
        edit("update", patch={"source": "human"}),
        edit("update", patch={"score": 0.5}),
        edit("review", patch={"state": "accepted", "class_id": None}),
        edit("delete", patch={"x": 1}),
        edit("update", patch={"state": "accepted"}, expect={"colour": 1}),
        edit("add", patch={"class_id": None, **FRAME}, expect={"x": 1}),
    ],
)
def test_a_malformed_edit_is_dropped_with_a_reason(raw: dict[str, Any]):
    detail = dropped_by(raw)

    assert detail.endswith(".")


def test_an_op_that_is_sent_twice_in_one_batch_counts_once():
    once = add()

    edits, dropped = parse_batch([once, once])

    assert len(edits) == 1
    assert dropped == []


def test_the_box_of_a_person_is_theirs_and_accepted():
    box = made()

    assert (box.source, box.state, box.score, box.created_by, box.seq) == (
        "human",
        "accepted",
        None,
        "alice",
        1,
    )
    assert (box.x, box.y, box.w, box.h, box.rotation, box.points) == (10, 10, 20, 20, 0, [])


def test_the_box_of_a_job_is_a_proposal_with_score_and_provenance():
    model = str(uuid4())
    box = made(
        add(score=0.87, model=model, provenance={"slice": [0, 0, 64, 64], "model_name": "yolox_nano"}), JOB
    )

    assert (box.source, box.state, box.score, box.model) == ("model", "proposed", 0.87, model)
    assert box.provenance == {"slice": [0, 0, 64, 64], "model_name": "yolox_nano", "job": None}


@pytest.mark.parametrize(
    ("raw", "rules", "code"),
    [
        (add(source="model"), PERSON, "denied"),
        (add(source="import", score=0.5), PERSON, "denied"),
        (add(score=0.5), PERSON, "bad"),
        (add(score=0.5), PROGRAM, "bad"),
        (add(model=str(uuid4())), PERSON, "denied"),
        (add(source="model", model=str(uuid4())), PROGRAM, "denied"),
        (add(provenance={"slice": None}), PROGRAM, "denied"),
        (add(source="human"), JOB, "denied"),
        (add(class_id=str(uuid4())), PERSON, "unknown"),
        (add(x=190), PERSON, "bad"),
        (add(w=0), PERSON, "bad"),
        (add(shape="polygon"), PERSON, "bad"),
    ],
)
def test_what_cannot_be_added_is_dropped_with_its_code(raw: dict[str, Any], rules: Rules, code: str):
    verdict = judged(raw, None, rules)

    assert isinstance(verdict, Dropped)
    assert verdict.code == code


def test_a_program_may_bring_boxes_of_a_model_or_an_import_with_scores():
    assert judged(add(source="model", score=0.4), None, PROGRAM)["patch"]["state"] == "proposed"
    assert judged(add(source="import", score=0.4), None, PROGRAM)["patch"]["state"] == "accepted"


def test_a_full_image_takes_no_more():
    full = Rules(author="user", width=200, height=100, classes=frozenset({BOAT}), room=0)

    assert judged(add(), None, full).code == "quota"
    assert judged(edit("restore", made().id), made(deleted=True), full).code == "quota"


@pytest.mark.parametrize("kind", ["add", "update", "review", "delete", "restore"])
def test_a_locked_canvas_drops_every_kind(kind: str):
    locked = Rules(author="job", width=200, height=100, classes=frozenset({BOAT}), room=9, is_locked=True)
    patch = {
        "add": {"class_id": BOAT, **FRAME},
        "update": {"state": "accepted"},
        "review": {"state": "accepted"},
    }

    assert judged(edit(kind, patch=patch.get(kind)), made(), locked).code == "locked"


def test_fields_that_are_not_sent_stay():
    box = made()

    moved = fold(box, judged(edit("update", box.id, {"x": 5, "y": 6, "w": 7, "h": 8}), box), 2, "bob")
    named = fold(moved, judged(edit("update", box.id, {"class_id": CRANE}), moved), 3, "ann")

    assert (named.x, named.y, named.w, named.h, named.class_id) == (5, 6, 7, 8, CRANE)
    assert (named.created_by, named.updated_by, named.seq, named.created_seq) == ("alice", "ann", 3, 1)


def test_a_drag_keeps_the_turn_of_a_box():
    box = made(add(rotation=30))

    moved = judged(edit("update", box.id, {"x": 5, "y": 6, "w": 7, "h": 8}), box)

    assert moved["patch"]["rotation"] == 30


def test_a_polygon_is_moved_by_its_points_alone():
    points = [[10, 10], [30, 10], [30, 30]]
    box = made(edit("add", patch={"class_id": BOAT, "shape": "polygon", "points": points}))

    moved = judged(edit("update", box.id, {"points": [[20, 10], [40, 10], [40, 30]]}), box)

    assert (moved["patch"]["x"], moved["patch"]["w"]) == (20, 20)
    assert judged(edit("update", box.id, FRAME), box).code == "bad"


def test_attributes_merge_key_by_key_and_null_takes_one_away():
    box = made(add(attributes={"occluded": True, "side": "left"}))

    changed = judged(edit("update", box.id, {"attributes": {"side": None, "rows": 2}}), box)

    assert changed["patch"]["attributes"] == {"occluded": True, "rows": 2}


@pytest.mark.parametrize("patch", [{"class_id": CRANE}, {"x": 5, "y": 6, "w": 7, "h": 8}])
@pytest.mark.parametrize("rules", [PERSON, PROGRAM])
def test_a_correction_by_a_person_accepts_a_proposal_and_keeps_where_it_came_from(patch: dict, rules: Rules):
    proposal = made(add(score=0.7), JOB)

    corrected = fold(proposal, judged(edit("update", proposal.id, patch), proposal, rules), 2, "ann")

    assert (corrected.state, corrected.source, corrected.score) == ("accepted", "model", 0.7)


def test_a_correction_by_a_job_or_one_that_takes_back_judges_nothing():
    proposal = made(add(score=0.7), JOB)
    relabel = edit("update", proposal.id, {"class_id": CRANE})

    assert "state" not in judged(relabel, proposal, JOB)["patch"]
    assert "state" not in judged({**relabel, "expect": {"class_id": BOAT}}, proposal)["patch"]


def test_a_correction_may_say_the_state_itself():
    proposal = made(add(score=0.7), JOB)

    kept = judged(edit("update", proposal.id, {"class_id": CRANE, "state": "proposed"}), proposal)

    assert kept["patch"]["state"] == "proposed"


@pytest.mark.parametrize("kind", ["update", "review", "delete"])
def test_delete_beats_change_and_absent_is_unknown(kind: str):
    patch = None if kind == "delete" else {"state": "rejected"}
    gone = made(deleted=True)

    assert judged(edit(kind, gone.id, patch), gone).code == "gone"
    assert judged(edit(kind, patch=patch), None).code == "unknown"


def test_only_what_is_deleted_comes_back_and_no_id_is_used_twice():
    box, gone = made(), made(deleted=True)

    assert judged(edit("restore", box.id), box).code == "exists"
    assert judged(edit("restore"), None).code == "unknown"
    assert fold(gone, judged(edit("restore", gone.id), gone), 5, "bob").deleted is False
    assert judged({**add(), "box_id": gone.id}, gone).code == "exists"


def test_expect_applies_each_field_only_where_nobody_changed_it():
    box = made()
    undo = edit(
        "update",
        box.id,
        {"class_id": CRANE, "x": 1, "y": 1, "w": 5, "h": 5},
        expect={"class_id": CRANE, "x": 10, "y": 10, "w": 20, "h": 20.004},
    )

    verdict = judged(undo, box)

    assert "class_id" not in verdict["patch"]
    assert verdict["patch"]["x"] == 1


@pytest.mark.parametrize(
    "raw",
    [
        edit("update", patch={"class_id": CRANE}, expect={"class_id": None}),
        edit("update", patch=FRAME, expect={"x": 11}),
        edit("update", patch=FRAME, expect={"points": [[1, 2]]}),
        edit("update", patch={"attributes": {"a": 1}}, expect={"attributes": {"a": 2}}),
        edit("update", patch={"class_id": CRANE}, expect={"state": "rejected"}),
        edit("delete", expect={"class_id": CRANE}),
        edit("review", patch={"state": "rejected"}, expect={"state": "proposed"}),
    ],
)
def test_where_nothing_is_left_the_edit_is_dropped_as_changed(raw: dict[str, Any]):
    assert judged(raw, made()).code == "changed"
