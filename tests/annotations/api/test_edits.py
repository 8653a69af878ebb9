import json
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import Box, CanvasEdit
from datasets.models import Image
from tests.live_clients import add, change
from tests.people import Person


def post(person: Person, image: Any, edits: list[dict[str, Any]], *, headers: Any = None, **more: Any) -> Any:
    return person.api.post(
        f"/api/v1/images/{image}/edits",
        json.dumps({"edits": edits, **more}),
        content_type="application/json",
        headers=headers or {},
    )


def test_rest_answers_what_the_socket_does(alice: Person, picture: Image):
    ref, made = str(uuid4()), add()

    response = post(alice, picture.id, [made, add(w=0)], ref=ref, base_seq=0)

    answer = response.json()
    assert (response.status_code, answer["type"], answer["ref"], answer["seq"]) == (200, "ack", ref, 1)
    assert [box["id"] for box in answer["boxes"]] == [made["box_id"]]
    assert [drop["code"] for drop in answer["dropped"]] == ["bad"]
    assert response.headers["ETag"] == '"1"'


def test_two_stale_writers_never_lose_each_others_boxes(alice: Person, bob: Person, picture: Image):
    mine, yours = add(), add(x=50)

    first = post(alice, picture.id, [mine], base_seq=0)
    second = post(bob, picture.id, [yours], base_seq=0)
    third = post(bob, picture.id, [add()], headers={"If-Match": '"1"'})

    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 412)
    shown = alice.api.get(f"/api/v1/images/{picture.id}/boxes").json()
    assert [box["id"] for box in shown["results"]] == [mine["box_id"], yours["box_id"]]
    assert third.json()["code"] == "stale"


@pytest.mark.parametrize(
    ("edits", "status", "code"),
    [
        ([add(w=-5)], 422, "bad"),
        ([add(class_id=str(uuid4()))], 422, "unknown"),
        ([change("delete", str(uuid4()))], 422, "unknown"),
        ([add(source="model")], 200, None),
        ([add(model=str(uuid4()), source="model")], 403, "denied"),
        ([], 400, "malformed"),
        ([{"kind": "add"}], 400, "malformed"),
        ("nonsense", 400, "malformed"),
        ([[]], 400, "malformed"),
        ([None], 400, "malformed"),
    ],
)
def test_refusals_carry_each_edits_reason(
    alice: Person, picture: Image, edits: Any, status: int, code: str | None
):
    response = post(alice, picture.id, edits)

    assert response.status_code == status
    if status != 200:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == code
        assert not Box.objects.exists()
    if status in (403, 422):
        assert [drop["op_id"] for drop in response.json()["dropped"]] == [edits[0]["op_id"]]


def test_changes_of_deleted_and_existing_boxes_conflict(alice: Person, picture: Image):
    made = add()
    post(alice, picture.id, [made, change("delete", made["box_id"])])

    gone = post(alice, picture.id, [change("update", made["box_id"], class_id=None)])
    twice = post(alice, picture.id, [{**add(), "box_id": made["box_id"]}])

    assert (gone.status_code, gone.json()["code"]) == (409, "gone")
    assert (twice.status_code, twice.json()["code"]) == (409, "exists")


@pytest.mark.parametrize("body", [{"base_seq": -1}, {"base_seq": "1"}, {"ref": "7"}, {"ref": 7}, {"more": 1}])
def test_a_malformed_frame_is_refused(alice: Person, picture: Image, body: dict[str, Any]):
    response = post(alice, picture.id, [add()], **body)

    assert response.status_code == 400
    assert not CanvasEdit.objects.exists()


def test_an_if_match_that_is_no_etag_is_refused(alice: Person, picture: Image):
    assert post(alice, picture.id, [add()], headers={"If-Match": '"abc"'}).status_code == 400
    assert post(alice, picture.id, [add()], headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize(
    ("role", "read", "write"), [("vic", 200, 403), ("ann", 200, 200), ("charlie", 404, 404)]
)
def test_roles(role: str, read: int, write: int, picture: Image, request: pytest.FixtureRequest):
    person = request.getfixturevalue(role)

    assert post(person, picture.id, [add()]).status_code == write
    for word in ("edits", "boxes"):
        assert person.api.get(f"/api/v1/images/{picture.id}/{word}").status_code == read


def test_a_foreign_image_answers_like_one_that_never_was(charlie: Person, picture: Image):
    answers = [post(charlie, image, [add()]) for image in (picture.id, uuid4())]

    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1]


def test_the_boxes_have_an_etag_that_saves_reading_them_again(alice: Person, picture: Image):
    empty = alice.api.get(f"/api/v1/images/{picture.id}/boxes")
    assert (empty.json(), empty.headers["ETag"]) == ({"seq": 0, "results": []}, '"0"')

    apply_edits(picture.id, [add()], actor=alice.actor)
    full = alice.api.get(f"/api/v1/images/{picture.id}/boxes", headers={"If-None-Match": '"0"'})
    same = alice.api.get(
        f"/api/v1/images/{picture.id}/boxes", headers={"If-None-Match": full.headers["ETag"]}
    )

    assert (full.status_code, len(full.json()["results"])) == (200, 1)
    assert (same.status_code, same.content) == (304, b"")


def test_the_log_is_read_page_by_page(alice: Person, picture: Image):
    for _ in range(5):
        apply_edits(picture.id, [add()], actor=alice.actor)

    first = alice.api.get(f"/api/v1/images/{picture.id}/edits?limit=2").json()
    second = alice.api.get(first["next"]).json()
    last = alice.api.get(second["next"]).json()

    assert [[batch["seq"] for batch in page["results"]] for page in (first, second, last)] == [
        [1, 2],
        [3, 4],
        [5],
    ]
    assert last["next"] is None
    assert first["results"][0]["actor"] == {
        "kind": "user",
        "id": str(alice.user.id),
        "name": "Alice",
        "user": str(alice.user.id),
    }


@pytest.mark.parametrize(
    "query", ["since=-1", "since=x", "limit=0", "limit=501", "limit=", "since=" + "9" * 40]
)
def test_an_unreadable_page_is_refused(alice: Person, picture: Image, query: str):
    assert alice.api.get(f"/api/v1/images/{picture.id}/edits?{query}").status_code == 400


def test_review_over_rest(ann: Person, bob: Person, picture: Image):
    def step(person: Person, action: Any, **more: Any) -> Any:
        body = json.dumps({"action": action, **more})
        return person.api.post(f"/api/v1/images/{picture.id}/review", body, content_type="application/json")

    assert step(ann, "submit").json()["canvas"]["review_state"] == "submitted"
    assert step(ann, "approve").status_code == 403
    assert step(bob, "approve", comment="Good.").status_code == 200
    assert step(bob, "submit").status_code == 409
    assert step(bob, 7).status_code == 400
    assert step(bob, "approve", comment=7).status_code == 400
    locked = post(bob, picture.id, [add()])
    assert (locked.status_code, locked.json()["code"]) == (403, "locked")
    assert not Box.objects.exists()


@pytest.mark.parametrize("tag", ["\u00b2", '"\u00b2"', 'W/"1"', '"' + "9" * 30 + '"', '"1", "2"'])
def test_what_never_was_an_etag_is_a_400(alice: Person, picture: Image, tag: str):
    response = post(alice, picture.id, [add()], headers={"If-Match": tag})

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
