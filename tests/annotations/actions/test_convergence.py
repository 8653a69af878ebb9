"""Whatever people do: the rows are the fold of the log, and old state + later edits is the fresh state."""

import json
from collections import defaultdict
from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.actions.apply_edits import apply_edits
from annotations.edits import BoxState, fold, fold_log
from annotations.models import LabelClass
from annotations.queries import canvas_state, live_boxes, log_since
from datasets.models import Image
from tests.live_clients import add, change
from tests.people import Person

IDS = [str(UUID(int=number)) for number in range(1, 6)]
NUMBERS = st.floats(-20, 220, allow_nan=False)
FRAMES = st.fixed_dictionaries({"x": NUMBERS, "y": NUMBERS, "w": NUMBERS, "h": NUMBERS})
STATES = st.sampled_from(["proposed", "accepted", "rejected"])
# A class is a name here; the test puts the id in its place.
CLASSES = st.sampled_from([None, "boat", "crane", "absent"])
ATTRIBUTES = st.dictionaries(st.sampled_from("abc"), st.one_of(st.none(), st.booleans(), st.integers(0, 9)))
PATCHES = st.one_of(
    FRAMES,
    st.fixed_dictionaries({"class_id": CLASSES}),
    st.fixed_dictionaries({"attributes": ATTRIBUTES}),
    st.fixed_dictionaries({"state": STATES, "class_id": CLASSES}),
)
PLACES = st.tuples(st.integers(0, 200), st.integers(0, 100)).map(list)
# A shape, and whatever it is made of: a frame, a turned one, or points.
DRAWN = st.one_of(
    FRAMES,
    st.builds(lambda frame, turn: {**frame, "rotation": turn}, FRAMES, st.sampled_from([15, 90, 301.25])),
    st.fixed_dictionaries({"shape": st.just("polygon"), "points": st.lists(PLACES, min_size=2, max_size=5)}),
    st.fixed_dictionaries({"shape": st.just("polyline"), "points": st.lists(PLACES, min_size=2, max_size=4)}),
    st.fixed_dictionaries({"shape": st.just("point"), "points": st.lists(PLACES, min_size=1, max_size=1)}),
)
MOVES = st.one_of(PATCHES, st.fixed_dictionaries({"points": st.lists(PLACES, min_size=1, max_size=4)}))
# What an edit expects: nothing, something, or what the box looked like so many batches ago.
EXPECTED = st.one_of(st.none(), PATCHES, st.integers(0, 4))
EDITS = st.one_of(
    st.builds(
        lambda box, patch, name: ("add", box, {**patch, "class_id": name}, None),
        st.sampled_from(IDS),
        DRAWN,
        CLASSES,
    ),
    st.builds(
        lambda box, patch, expect: ("update", box, patch, expect), st.sampled_from(IDS), MOVES, EXPECTED
    ),
    st.builds(
        lambda box, state, expect: ("review", box, {"state": state}, expect),
        st.sampled_from(IDS),
        STATES,
        EXPECTED,
    ),
    st.builds(
        lambda box, kind, expect: (kind, box, {}, expect),
        st.sampled_from(IDS),
        st.sampled_from(["delete", "restore"]),
        EXPECTED,
    ),
)
BATCHES = st.lists(
    st.tuples(st.integers(0, 2), st.lists(EDITS, min_size=1, max_size=6)), min_size=1, max_size=8
)
RELAXED = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def expected(
    wish: Any, box: str, patch: dict[str, Any], looks: list[dict[str, BoxState]], classes: dict[str, str]
) -> dict[str, Any] | None:
    """What the edit expects; a look of some batches ago may be stale by now."""
    if not isinstance(wish, int):
        return named(wish, classes)
    seen = looks[max(0, len(looks) - 1 - wish)].get(box)
    return seen and {name: getattr(seen, name) for name in patch or ("class_id", "state")}


def named(values: dict[str, Any] | int | None, classes: dict[str, str]) -> dict[str, Any] | None:
    """With the ids of the classes that it names. A look of some batches ago (a number) is left out."""
    if isinstance(values, int):
        return None
    if not values or values.get("class_id") is None:
        return values
    return {**values, "class_id": classes.get(values["class_id"], IDS[0])}


@RELAXED
@given(batches=BATCHES, resend=st.dictionaries(st.integers(0, 7), st.integers(0, 3)), news=st.randoms())
def test_rows_log_and_followers_agree(
    batches: list,
    resend: dict[int, int],
    news: Any,
    make_picture: Any,
    alice: Person,
    bob: Person,
    ann: Person,
):
    """`resend` says which batches come again, and how many batches later."""
    image: Image = make_picture()
    people = [alice.actor, bob.actor, ann.actor]
    classes = {
        label.name: str(label.id) for label in LabelClass.objects.filter(project=image.dataset.project)
    }
    follower: dict[str, BoxState] = {}
    followed = 0
    looks: list[dict[str, BoxState]] = [{}]
    again: dict[int, list[tuple[list, Any, int]]] = defaultdict(list)

    for number, (who, wishes) in enumerate(batches):
        edits = [
            change(kind, box, expected(expect, box, patch, looks, classes), **(named(patch, classes) or {}))
            for kind, box, patch, expect in wishes
        ]
        first = apply_edits(image.id, edits, actor=people[who])
        if number in resend and first.accepted:
            accepted = [edit for edit in edits if _accepted(edit, first)]
            again[number + resend[number]].append((accepted, people[who], first.seq))
        for accepted, actor, seq in again[number]:
            second = apply_edits(image.id, accepted, actor=actor)
            assert (second.seq, second.accepted, second.dropped) == (seq, 0, [])
        looks.append(fold_log(log_since(image.id, 0)))
        if number % 2:
            followed = _follow(follower, image, followed)

    _follow(follower, image, followed)
    rows = {box.id: box for box in live_boxes(image.id)}
    fresh = fold_log(log_since(image.id, 0))
    assert {uid: box for uid, box in fresh.items() if not box.deleted} == rows
    assert follower == fresh
    assert _told_out_of_order(image, news) == fresh
    assert [box["id"] for box in json.loads(canvas_state(image.id).boxes)] == list(rows)
    image.refresh_from_db()
    assert image.box_count == sum(box.is_shown for box in rows.values())
    assert image.proposed_count == sum(box.state == "proposed" for box in rows.values())


def _accepted(edit: dict[str, Any], outcome: Any) -> bool:
    return edit["op_id"] not in {drop.op_id for drop in outcome.dropped}


def _told_out_of_order(image: Image, news: Any) -> dict[str, BoxState]:
    """A client whose news overtake each other and come twice: it holds back what is early, as rooms and editors do."""
    batches = [*log_since(image.id, 0), *log_since(image.id, 0)]
    news.shuffle(batches)
    boxes: dict[str, BoxState] = {}
    held, seq = {}, 0
    for heard in batches:
        held[heard["seq"]] = heard
        while batch := held.pop(seq + 1, None):
            seq = batch["seq"]
            for edit in batch["edits"]:
                uid = edit["box_id"]
                boxes[uid] = fold(boxes.get(uid), edit, seq, batch["actor"]["user"])
    return boxes


def _follow(boxes: dict[str, BoxState], image: Image, seq: int) -> int:
    """A client that asks now and then for what it missed."""
    for batch in log_since(image.id, seq):
        for edit in batch["edits"]:
            uid = edit["box_id"]
            boxes[uid] = fold(boxes.get(uid), edit, batch["seq"], batch["actor"]["user"])
        seq = batch["seq"]
    return seq


@RELAXED
@given(patch=FRAMES.filter(lambda frame: frame["w"] > 1), state=STATES, first=st.booleans())
def test_changes_of_different_fields_merge_in_either_order(
    patch: dict, state: str, first: bool, make_picture: Any, alice: Person, bob: Person
):
    ends = []
    for swapped in (False, True):
        image = make_picture()
        made = add(IDS[0], score=None)
        apply_edits(image.id, [made], actor=alice.actor)
        moves = [
            (alice.actor, change("update", IDS[0], **patch)),
            (bob.actor, change("review", IDS[0], state=state)),
        ]
        for actor, edit in reversed(moves) if swapped != first else moves:
            apply_edits(image.id, [edit], actor=actor, base_seq=1)
        (box,) = live_boxes(image.id)
        ends.append(replace(box, seq=0, updated_by=None, state="" if state == "proposed" else box.state))

    assert ends[0] == ends[1]
