"""The time machine over REST."""

import json
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from annotations.models import CanvasEdit
from annotations.queries import live_boxes
from datasets.models import Image
from tests.live_clients import add, change
from tests.people import Person


def restored(who: Person, image: Any, *, headers: Any = None, **body: Any) -> Any:
    return who.api.post(
        f"/api/v1/images/{image}/restore",
        json.dumps(body),
        content_type="application/json",
        headers=headers or {},
    )


@pytest.fixture
def past(alice: Person, bob: Person, picture: Image) -> list[str]:
    """Three revisions: Alice adds two boxes; Bob moves one, deletes the other; Bob approves and reopens."""
    made = [add(x=10), add(x=50)]
    ids = [edit["box_id"] for edit in made]
    apply_edits(picture.id, made, actor=alice.actor)
    moving = change("update", ids[0], x=70, y=10, w=20, h=20)
    apply_edits(picture.id, [moving, change("delete", ids[1])], actor=bob.actor)
    review(picture.id, "submit", actor=bob.actor)
    return ids


def test_moments_say_who_did_what_newest_first(alice: Person, bob: Person, picture: Image, past: list[str]):
    first = alice.api.get(f"/api/v1/images/{picture.id}/history?limit=2").json()
    second = alice.api.get(first["next"]).json()

    assert first["seq"] == 3
    told = [(one["seq"], one["actor"]["name"], one["counts"], one["step"]) for one in first["results"]]
    assert told == [(3, "Bob", {}, "submitted"), (2, "Bob", {"moved": 1, "deleted": 1}, None)]
    assert [(one["actor"]["user"], one["counts"]) for one in second["results"]] == [
        (str(alice.user.id), {"added": 2})
    ]
    assert second["next"] is None


def test_the_picture_as_it_was(alice: Person, picture: Image, past: list[str]):
    then = alice.api.get(f"/api/v1/images/{picture.id}/history?seq=1").json()
    start = alice.api.get(f"/api/v1/images/{picture.id}/history?seq=0").json()

    assert [(box["id"], box["x"]) for box in then["boxes"]] == [(past[0], 10), (past[1], 50)]
    assert (then["seq"], then["moment"]["counts"]) == (1, {"added": 2})
    assert (start["moment"], start["boxes"]) == (None, [])


def test_restoring_is_an_edit_like_any_other(alice: Person, ann: Person, picture: Image, past: list[str]):
    answer = restored(ann, picture.id, seq=1, headers={"If-Match": '"3"'})

    assert answer.status_code == 200
    assert answer.json() == {"seq": 4, "applied": 2, "skipped": []}
    assert answer.headers["ETag"] == '"4"'
    assert {box.id: box.x for box in live_boxes(picture.id)} == {past[0]: 10, past[1]: 50}
    batch = CanvasEdit.objects.get(canvas_id=picture.id, seq=4)
    assert (batch.actor["name"], sorted(edit["kind"] for edit in batch.edits)) == (
        "Ann's key",
        ["restore", "update"],
    )


def test_one_box_and_one_person(alice: Person, bob: Person, picture: Image, past: list[str]):
    one = restored(alice, picture.id, seq=1, boxes=[past[1]]).json()
    rest = restored(alice, picture.id, person=str(bob.user.id)).json()

    assert (one["applied"], rest["applied"]) == (1, 1)
    assert rest["skipped"] == [
        {
            "box_id": past[1],
            "field": "box",
            "code": "changed",
            "detail": "Alice's key changed it since.",
            "by": "Alice's key",
        }
    ]


def test_a_dry_run_gives_the_edits_and_makes_none(alice: Person, picture: Image, past: list[str]):
    plan = restored(alice, picture.id, seq=1, dry_run=True).json()

    assert (plan["seq"], plan["applied"], len(plan["edits"])) == (3, 0, 2)
    assert CanvasEdit.objects.filter(canvas_id=picture.id).count() == 3
    outcome = apply_edits(picture.id, plan["edits"], actor=alice.actor)
    assert (outcome.accepted, outcome.dropped) == (2, [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"seq": None}, 400),
        ({"seq": -1}, 400),
        ({"seq": "1"}, 400),
        ({"seq": 9}, 422),
        ({"seq": 1, "boxes": []}, 400),
        ({"seq": 1, "boxes": None}, 400),
        ({"seq": 1, "boxes": ["x"]}, 400),
        ({"boxes": [str(uuid4())]}, 400),
        ({"person": "x"}, 400),
        ({"person": None}, 400),
        ({"person": str(uuid4()), "seq": 1}, 400),
        ({"person": str(uuid4()), "since": "x"}, 400),
        ({"seq": 1, "dry_run": 1}, 400),
        ({"seq": 1, "more": 1}, 400),
    ],
)
def test_what_is_not_one_wish_is_refused(
    alice: Person, picture: Image, past: list[str], body: dict, status: int
):
    assert restored(alice, picture.id, **body).status_code == status
    assert CanvasEdit.objects.filter(canvas_id=picture.id).count() == 3


@pytest.mark.parametrize(("role", "read", "write"), [("vic", 200, 403), ("charlie", 404, 404)])
def test_roles(
    role: str, read: int, write: int, picture: Image, past: list[str], request: pytest.FixtureRequest
):
    person = request.getfixturevalue(role)

    for query in ("", "?seq=1"):
        assert person.api.get(f"/api/v1/images/{picture.id}/history{query}").status_code == read
    for dry_run in (True, False):
        assert restored(person, picture.id, seq=1, dry_run=dry_run).status_code == write
    assert CanvasEdit.objects.filter(canvas_id=picture.id).count() == 3


def test_a_stale_restore_and_a_locked_image_are_refused(
    alice: Person, bob: Person, picture: Image, past: list[str]
):
    stale = restored(alice, picture.id, seq=1, headers={"If-Match": '"2"'})
    review(picture.id, "approve", actor=bob.actor)
    locked = [restored(alice, picture.id, seq=1, dry_run=dry_run) for dry_run in (True, False)]

    assert stale.status_code == 412
    assert [(answer.status_code, answer.json()["code"]) for answer in locked] == [(403, "locked")] * 2
    assert CanvasEdit.objects.filter(canvas_id=picture.id).count() == 4


@pytest.mark.parametrize("query", ["seq=x", "seq=-1", "before=x", "limit=0", "limit=501"])
def test_an_unreadable_question_is_refused(alice: Person, picture: Image, query: str):
    assert alice.api.get(f"/api/v1/images/{picture.id}/history?{query}").status_code == 400
