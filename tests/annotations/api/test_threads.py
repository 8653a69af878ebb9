"""Threads over REST: begun at a place, answered, changed, resolved, found; by whom, and what is refused."""

import json
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions import threads as actions
from annotations.actions.apply_edits import apply_edits
from annotations.models import Comment, Thread
from datasets.models import Dataset, Image
from modelship.audit.models import AuditEntry
from tests.datasets.seeded import seed_images
from tests.people import Person, make_person

pytestmark = pytest.mark.django_db
POINT = {"kind": "point", "point": [10, 5]}


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(dataset, *({} for _ in range(3)))


@pytest.fixture
def image(images: list[Image]) -> Image:
    return images[0]


def send(person: Person, verb: str, path: str, body: Any = None, **headers: str) -> Any:
    return getattr(person.api, verb)(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
    )


def begin(
    person: Person, image: Image, anchor: Any = POINT, text: str = "Is this a boat?", **more: Any
) -> Any:
    return send(person, "post", f"images/{image.id}/threads", {"anchor": anchor, "text": text, **more})


def begun(person: Person, image: Image, *args: Any, **more: Any) -> dict[str, Any]:
    answer = begin(person, image, *args, **more)
    assert answer.status_code == 201, answer.content
    return answer.json()


def found(person: Person, dataset: Dataset, q: str) -> list[str]:
    rows = person.api.get("/api/v1/images", {"dataset": str(dataset.id), "q": q})
    assert rows.status_code == 200, rows.content
    return [row["filename"] for row in rows.json()["results"]]


def edit(person: Person, image: Image, kind: str, box: str, **patch: Any) -> None:
    made = [{"op_id": str(uuid4()), "kind": kind, "box_id": box, "patch": patch}]
    assert apply_edits(image.id, made, actor=person.actor).accepted


def test_a_thread_is_begun_answered_resolved_and_opened_again(ann: Person, bob: Person, image: Image):
    thread = begun(ann, image)
    answered = send(bob, "post", f"threads/{thread['id']}/comments", {"text": "  Yes.  "})
    resolved = send(bob, "patch", f"threads/{thread['id']}", {"state": "resolved"})
    again = send(bob, "patch", f"threads/{thread['id']}", {"state": "resolved"})
    opened = send(ann, "patch", f"threads/{thread['id']}", {"state": "open"})

    assert (thread["number"], thread["anchor"], thread["state"], thread["seq"]) == (1, POINT, "open", 0)
    assert thread["created_by"] == {"id": str(ann.user.id), "name": "Ann"}
    assert answered.status_code == 201
    assert [one["text"] for one in answered.json()["comments"]] == ["Is this a boat?", "Yes."]
    assert resolved.json()["resolved_by"]["name"] == "Bob"
    assert again.json()["revision"] == resolved.json()["revision"] == 3
    assert (opened.json()["state"], opened.json()["resolved_by"]) == ("open", None)
    verbs = AuditEntry.objects.filter(subject=f"thread:{thread['id']}").values_list("verb", flat=True)
    assert list(verbs.order_by("number")) == [
        *("thread.opened", "thread.answered", "thread.resolved", "thread.reopened"),
    ]


def test_a_thread_on_a_box_goes_where_the_box_goes_and_stays_where_it_was_last(ann: Person, image: Image):
    box = str(uuid4())
    edit(ann, image, "add", box, class_id=None, x=2, y=2, w=8, h=6)
    thread = begun(ann, image, {"kind": "box", "box_id": box})
    edit(ann, image, "update", box, x=20, y=4, w=8, h=6)
    moved = ann.api.get(f"/api/v1/threads/{thread['id']}").json()
    edit(ann, image, "delete", box)
    left = ann.api.get(f"/api/v1/threads/{thread['id']}").json()
    gone = begin(ann, image, {"kind": "box", "box_id": box})
    unknown = begin(ann, image, {"kind": "box", "box_id": str(uuid4())})

    assert (thread["anchor"]["region"], thread["seq"]) == ([2, 2, 8, 6], 1)
    assert moved["anchor"] == {"kind": "box", "box_id": box, "region": [20, 4, 8, 6], "is_gone": False}
    assert left["anchor"] == {**moved["anchor"], "is_gone": True}
    assert (gone.status_code, gone.json()["code"]) == (409, "gone")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown")
    assert Thread.objects.count() == 1


@pytest.mark.parametrize(
    "anchor",
    [
        None,
        "point",
        {"kind": "place"},
        {"kind": "point"},
        {"kind": "point", "point": [1]},
        {"kind": "point", "point": [1, "2"]},
        {"kind": "point", "point": [1, True]},
        {"kind": "point", "point": [41, 5]},
        {"kind": "point", "point": [1, 1], "region": [1, 1, 2, 2]},
        {"kind": "region", "region": [30, 5, 11, 5]},
        {"kind": "region", "region": [30, 5, -4, 5]},
        {"kind": "region", "region": [30, 5, 0.2, 5]},
        {"kind": "box", "box_id": "x"},
        {"kind": "picture", "point": [1, 1]},
    ],
)
def test_a_place_that_is_none_begins_nothing(anchor: Any, ann: Person, image: Image):
    answer = begin(ann, image, anchor)

    assert answer.status_code == 400, answer.content
    assert Thread.objects.count() == 0


def test_regions_and_whole_pictures_are_places_and_rounding_is_forgiven(ann: Person, image: Image):
    region = begun(ann, image, {"kind": "region", "region": [30.004, -0.3, 10.4, 20]})
    whole = begun(ann, image, {"kind": "picture"})

    assert region["anchor"] == {"kind": "region", "region": [30.0, 0.0, 10.0, 19.7]}
    assert (whole["anchor"], whole["number"]) == ({"kind": "picture"}, 2)


def test_the_same_id_a_second_time_says_nothing_twice(ann: Person, bob: Person, images: list[Image]):
    thread_id, comment_id = str(uuid4()), str(uuid4())
    first = begin(ann, images[0], id=thread_id)
    again = begin(ann, images[0], id=thread_id)
    stolen = [begin(bob, images[0], id=thread_id), begin(ann, images[1], id=thread_id)]
    path, body = f"threads/{thread_id}/comments", {"text": "Yes.", "id": comment_id}
    said = [send(ann, "post", path, body).status_code for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [answer.json()["code"] for answer in stolen] == ["exists", "exists"]
    assert (said, send(bob, "post", path, body).status_code) == ([201, 200], 409)
    assert (Thread.objects.count(), Comment.objects.count()) == (1, 2)


def test_only_ones_own_words_are_changed_and_taken_back(
    ann: Person, bob: Person, alice: Person, image: Image
):
    thread = begun(ann, image)
    answer = send(bob, "post", f"threads/{thread['id']}/comments", {"text": "No."}).json()
    [first, second] = [f"comments/{one['id']}" for one in answer["comments"]]

    changed = send(bob, "patch", second, {"text": "Yes."})
    refused = [
        send(ann, "patch", second, {"text": "Ha."}).status_code,
        send(ann, "delete", second).status_code,
        send(bob, "delete", f"threads/{thread['id']}").status_code,
        send(ann, "delete", f"threads/{thread['id']}").status_code,
    ]
    alone = send(ann, "delete", first)

    assert changed.json()["comments"][1]["text"] == "Yes."
    assert changed.json()["comments"][1]["edited_at"] is not None
    assert refused == [403] * 4
    assert (alone.status_code, alone.json()["code"]) == (409, "first_comment")
    assert send(bob, "delete", second).status_code == 204
    assert Thread.objects.get().comment_count == Comment.objects.count() == 1
    assert send(ann, "delete", f"threads/{thread['id']}").status_code == 204
    other = begun(ann, image)
    assert other["number"] == 1
    assert send(alice, "delete", f"threads/{other['id']}").status_code == 204
    assert Thread.objects.count() == 0


def test_viewers_read_and_say_nothing(ann: Person, vic: Person, image: Image):
    thread = begun(ann, image)
    path = f"threads/{thread['id']}"

    refused = [
        begin(vic, image).status_code,
        send(vic, "post", f"{path}/comments", {"text": "Me too."}).status_code,
        send(vic, "patch", path, {"state": "resolved"}).status_code,
        send(vic, "delete", path).status_code,
    ]

    assert refused == [403] * 4
    assert vic.api.get(f"/api/v1/{path}").json() == thread
    assert (Thread.objects.filter(resolved_at=None).count(), Comment.objects.count()) == (1, 1)


def test_an_approved_picture_takes_threads(ann: Person, bob: Person, image: Image):
    approved = send(bob, "post", f"images/{image.id}/review", {"action": "approve"})

    assert approved.status_code == 200, approved.content
    assert begin(ann, image).status_code == 201


def test_members_are_mentioned_and_nobody_else(
    ann: Person, bob: Person, vic: Person, charlie: Person, image: Image
):
    people = [str(bob.user.id), str(vic.user.id), str(bob.user.id)]
    thread = begun(ann, image, mentions=people)
    comment = thread["comments"][0]
    stranger = begin(ann, image, mentions=[str(charlie.user.id)])
    changed = send(ann, "patch", f"comments/{comment['id']}", {"text": "Vic?", "mentions": people[1:2]})

    assert {one["name"] for one in comment["mentions"]} == {"Bob", "Vic"}
    assert (stranger.status_code, stranger.json()["code"]) == (422, "not_a_member")
    assert [one["name"] for one in changed.json()["comments"][0]["mentions"]] == ["Vic"]
    assert begin(ann, image, mentions="all").status_code == 400
    assert begin(ann, image, mentions=[str(uuid4()) for _ in range(21)]).status_code == 400
    assert Thread.objects.count() == 1


def test_threads_are_listed_by_what_they_are(ann: Person, bob: Person, dataset: Dataset, images: list[Image]):
    first = begun(ann, images[0], mentions=[str(bob.user.id)])
    second = begun(bob, images[1])
    send(ann, "patch", f"threads/{first['id']}", {"state": "resolved"})

    def listed(person: Person, **query: str) -> list[str]:
        rows = person.api.get("/api/v1/threads", {"dataset": str(dataset.id), **query})
        assert rows.status_code == 200, rows.content
        return [row["id"] for row in rows.json()["results"]]

    assert listed(ann) == [first["id"], second["id"]]
    assert listed(ann, state="open") == [second["id"]]
    assert listed(bob, mentions="me") == [first["id"]]
    assert listed(ann, author="me") == listed(bob, author=str(ann.user.id)) == [first["id"]]
    assert listed(ann, since=second["updated_at"]) == [first["id"]]
    assert ann.api.get("/api/v1/threads?since=yesterday").status_code == 400
    page = ann.api.get("/api/v1/threads?limit=1").json()
    assert [row["id"] for row in ann.api.get(page["next"]).json()["results"]] == [second["id"]]


def test_pictures_are_found_by_their_threads(ann: Person, bob: Person, dataset: Dataset, images: list[Image]):
    begun(ann, images[0], mentions=[str(bob.user.id)])
    done = begun(ann, images[1])
    send(ann, "patch", f"threads/{done['id']}", {"state": "resolved"})

    assert found(ann, dataset, "thread:open") == ["0.png"]
    assert found(ann, dataset, "thread:resolved") == ["1.png"]
    assert sorted(found(ann, dataset, "thread:me")) == ["0.png", "1.png"]
    assert found(bob, dataset, "thread:me") == []
    assert found(bob, dataset, "mentions:me") == found(ann, dataset, "mentions:bob") == ["0.png"]
    assert found(bob, dataset, "mentions:me thread:resolved") == []
    assert found(ann, dataset, "thread:none") == ["2.png"]
    assert sorted(found(ann, dataset, "-thread:open")) == ["1.png", "2.png"]


def test_there_is_an_end_to_what_is_kept(ann: Person, image: Image, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(actions, "MAX_THREADS", 1)
    monkeypatch.setattr(actions, "MAX_COMMENTS", 2)
    thread = begun(ann, image)
    path = f"threads/{thread['id']}/comments"

    assert begin(ann, image).json()["code"] == "quota_exceeded"
    assert send(ann, "post", path, {"text": "x" * 2_000}).status_code == 201
    assert send(ann, "post", path, {"text": "y"}).json()["code"] == "quota_exceeded"
    assert send(ann, "post", path, {"text": "x" * 2_001}).status_code == 400
    assert send(ann, "post", path, {"text": "  "}).status_code == 400


def test_who_has_read_an_older_thread_settles_nothing(ann: Person, image: Image):
    thread = begun(ann, image)
    send(ann, "post", f"threads/{thread['id']}/comments", {"text": "More."})

    stale = send(ann, "patch", f"threads/{thread['id']}", {"state": "resolved"}, **{"if-match": '"1"'})

    assert stale.status_code == 412
    assert Thread.objects.get().is_open


def test_many_threads_cost_no_more_queries_than_one(
    ann: Person, image: Image, django_assert_max_num_queries: Any
):
    amy = make_person("Amy", ann.tenant, "annotator")
    for person in (ann, amy, ann, amy):
        begun(person, image, mentions=[str(ann.user.id)])

    with django_assert_max_num_queries(14):
        answer = ann.api.get(f"/api/v1/images/{image.id}/threads").json()

    assert [row["number"] for row in answer["results"]] == [1, 2, 3, 4]
