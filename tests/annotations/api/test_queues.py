"""Queues over REST: who is handed what, what is kept for whom, in which order, and how much each has to do."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from annotations.actions.apply_edits import apply_edits
from annotations.actions.next_task import next_task
from annotations.actions.review import review
from annotations.actions.workflows import change_workflow
from annotations.models import Assignment, Canvas, Ranking
from datasets.models import CleanFinding, CleanReport, Dataset, Image
from modelship.accounts.actors import Actor
from modelship.jobs.runner import run_queued
from modelship.lib.clock import now
from tests.annotations.conftest import MakePicture
from tests.live_clients import add, change
from tests.people import Person, make_person


@pytest.fixture
def pictures(make_picture: MakePicture) -> list[Image]:
    return [make_picture() for _ in range(4)]


@pytest.fixture
def amy(alice: Person) -> Person:
    return make_person("Amy", alice.tenant, "annotator")


def asked(person: Person, dataset: Dataset, status: int = 200, **body: Any) -> Any:
    answer = person.api.post(f"/api/v1/datasets/{dataset.id}/next", body, "application/json")
    assert answer.status_code == status, answer.content
    return answer.json().get("task") if status == 200 else answer.json()["code"]


def name_of(task: dict[str, Any] | None) -> str | None:
    return task["image"]["filename"] if task else None


def assign(image: Image, person: Person, purpose: str = "label", days: int | None = None) -> None:
    due = None if days is None else now().date() + timedelta(days=days)
    Assignment.objects.create(
        tenant=person.tenant, image=image, user=person.user, purpose=purpose, due_on=due
    )


def hold(person: Person, image: Image, verb: str = "get", **body: Any) -> Any:
    return getattr(person.api, verb)(f"/api/v1/images/{image.id}/hold", body, content_type="application/json")


def test_each_gets_theirs_by_the_day_then_what_is_nobody_s_and_nobody_gets_the_same(
    ann: Person, amy: Person, dataset: Dataset, pictures: list[Image]
):
    assign(pictures[2], ann, days=5)
    assign(pictures[3], ann, days=-1)

    first = asked(ann, dataset)
    assert (name_of(first), first["is_overdue"]) == ("4.png", True)
    assert first["hold"]["user"]["id"] == str(ann.user.id)
    given = [str(pictures[3].id)]
    assert name_of(asked(ann, dataset, skip=given)) == "3.png"
    given.append(str(pictures[2].id))
    assert name_of(asked(ann, dataset, skip=given)) == "1.png"
    # What Ann has in hand is not Amy's, what is assigned to Ann neither.
    assert name_of(asked(amy, dataset)) == "2.png"
    assert asked(amy, dataset, skip=[str(pictures[1].id)]) is None
    # And what Amy let go of is anybody's.
    assert name_of(asked(ann, dataset, skip=[*given, str(pictures[0].id)])) == "2.png"


def test_what_is_sent_back_comes_back_to_who_handed_it_in(
    ann: Person, amy: Person, bob: Person, dataset: Dataset, pictures: list[Image]
):
    for image in pictures[:2]:
        review(image.id, "submit", actor=ann.actor)
        review(image.id, "reject", actor=bob.actor)

    assert name_of(asked(amy, dataset)) == "3.png"
    assert name_of(asked(ann, dataset)) == "1.png"


def test_reviewers_get_what_is_handed_in_but_not_what_they_may_not_approve(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, pictures: list[Image]
):
    change_workflow(alice.actor, dataset.project, {"preset": "strict"})
    review(pictures[0].id, "submit", actor=bob.actor)
    review(pictures[1].id, "submit", actor=ann.actor)

    assert name_of(asked(bob, dataset, purpose="review")) == "2.png"
    assert asked(ann, dataset, 403, purpose="review") == "forbidden"
    assert asked(bob, dataset, 400, purpose="admire") == "malformed"
    assert asked(bob, dataset, 400, skip="all") == "malformed"


def test_an_edit_keeps_the_picture_and_a_hard_hold_keeps_others_out(
    alice: Person, ann: Person, amy: Person, dataset: Dataset, picture: Image
):
    change_workflow(alice.actor, dataset.project, {"hold": {"mode": "hard", "minutes": 5}})
    apply_edits(picture.id, [add()], actor=ann.actor)

    refused = amy.api.post(f"/api/v1/images/{picture.id}/edits", {"edits": [add()]}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "locked")
    assert "Ann works on this picture until" in refused.content.decode()
    assert (
        amy.api.post(f"/api/v1/images/{picture.id}/review", {"action": "submit"}, "application/json").json()[
            "code"
        ]
        == "held"
    )
    assert (hold(amy, picture, "post").json()["code"], hold(amy, picture, "delete").status_code) == (
        "held",
        409,
    )
    assert hold(amy, picture, "post", take_over=True).status_code == 403
    Canvas.objects.filter(pk=picture.pk).update(held_until=now())
    assert hold(amy, picture).json() == {"hold": None}
    apply_edits(picture.id, [add(x=50)], actor=amy.actor)
    assert hold(ann, picture).json()["hold"]["user"]["name"] == "Amy"
    assert hold(alice, picture, "post", take_over=True).json()["hold"]["user"]["name"] == "Alice"
    assert hold(alice, picture, "delete").status_code == 204
    review(picture.id, "submit", actor=ann.actor)


def test_who_hands_in_holds_it_no_longer_and_without_holds_nothing_is_kept(
    alice: Person, ann: Person, amy: Person, dataset: Dataset, picture: Image
):
    apply_edits(picture.id, [add()], actor=ann.actor)
    apply_edits(picture.id, [add(x=50)], actor=amy.actor)
    assert hold(amy, picture).json()["hold"]["user"]["name"] == "Ann"
    listed = alice.api.get(f"/api/v1/images?dataset={dataset.id}&with=holds").json()["results"]
    assert [one["user"]["name"] for one in listed[0]["holds"]] == ["Ann"]
    review(picture.id, "submit", actor=amy.actor)
    assert hold(amy, picture).json() == {"hold": None}

    change_workflow(alice.actor, dataset.project, {"hold": {"mode": "off"}})
    apply_edits(picture.id, [add(x=90)], actor=ann.actor)
    assert hold(ann, picture).json() == {"hold": None}


def queue(person: Person, dataset: Dataset, query: str = "") -> dict[str, Any]:
    answer = person.api.get(f"/api/v1/datasets/{dataset.id}/queue{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def names(answer: dict[str, Any]) -> list[str]:
    return [row["image"]["filename"] for row in answer["results"]]


def test_the_queue_begins_with_what_is_least_sure_says_why_and_follows_every_edit(
    vic: Person, ann: Person, robot: Actor, dataset: Dataset, pictures: list[Image]
):
    proposals = [add(source="model", score=score) for score in (0.9, 0.3, 0.6)]
    for image, box in zip(pictures, proposals, strict=False):
        apply_edits(image.id, [box], actor=robot)

    answer = queue(vic, dataset, "?purpose=label&limit=2")
    assert (names(answer), answer["job"]) == (["2.png", "3.png"], None)
    assert answer["results"][0]["reasons"][0]["detail"].endswith("a score of 0.30.")
    assert names(vic.api.get(answer["next"]).json()) == ["1.png"]
    before = dict(Ranking.objects.values_list("image_id", "updated_at"))

    apply_edits(pictures[1].id, [change("review", proposals[1]["box_id"], state="rejected")], actor=ann.actor)

    assert names(queue(vic, dataset, "?purpose=label")) == ["3.png", "1.png", "2.png"]
    after = dict(Ranking.objects.values_list("image_id", "updated_at"))
    assert [uid for uid in after if after[uid] != before[uid]] == [pictures[1].id]
    assert names(queue(vic, dataset)) == []
    assert name_of(asked(ann, dataset, order="uncertainty")) == "3.png"


def test_near_duplicates_that_are_labelled_otherwise_are_looked_at_together(
    alice: Person, dataset: Dataset, pictures: list[Image]
):
    for image, count in ((pictures[0], 1), (pictures[1], 3)):
        apply_edits(image.id, [add(x=30 * n) for n in range(count)], actor=alice.actor)
    assert {row["score"] for row in queue(alice, dataset, "?purpose=label")["results"]} == {0}
    report = CleanReport.objects.create(tenant=alice.tenant, dataset=dataset, finished_at=now())
    for image in pictures[:3]:
        CleanFinding.objects.create(report=report, image=image, rule="near", value=1, group=1, state="new")

    rows = queue(alice, dataset, "?purpose=label")["results"]
    assert [row["reasons"][0]["kind"] for row in rows] == ["duplicates", "duplicates"]
    assert rows[0]["score"] == pytest.approx(0.7 * 2 / 3, abs=1e-5)
    apply_edits(pictures[0].id, [add(x=30 * n) for n in (3, 4)], actor=alice.actor)
    assert {row["score"] for row in queue(alice, dataset, "?purpose=label")["results"]} == {0}


def test_many_changes_are_ranked_by_a_job(
    alice: Person, dataset: Dataset, pictures: list[Image], robot: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("annotations.actions.rank.AT_ONCE", 2)
    for image in pictures:
        apply_edits(image.id, [add(source="model", score=0.4)], actor=robot)

    first = queue(alice, dataset, "?purpose=label")
    assert (names(first), first["job"] is None) == ([], False)
    run_queued()
    assert len(names(queue(alice, dataset, "?purpose=label"))) == 4


def test_the_queue_by_day_and_by_age(ann: Person, dataset: Dataset, pictures: list[Image]):
    assign(pictures[3], ann, days=3)
    assign(pictures[1], ann, days=-2)
    assign(pictures[0], ann)

    due = queue(ann, dataset, "?order=due&purpose=label&limit=1")
    assert [(row["image"]["filename"], row["is_overdue"]) for row in due["results"]] == [("2.png", True)]
    assert names(ann.api.get(due["next"]).json()) == ["4.png"]
    assert names(queue(ann, dataset, "?order=newest&purpose=label"))[0] == "4.png"
    assert ann.api.get(f"/api/v1/datasets/{dataset.id}/queue?order=beauty").status_code == 400


def test_managers_see_how_much_everybody_has_and_did(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, pictures: list[Image]
):
    for image in pictures[:3]:
        assign(image, ann, days=-1)
    review(pictures[0].id, "submit", actor=ann.actor)
    review(pictures[1].id, "submit", actor=ann.actor)
    review(pictures[1].id, "reject", actor=bob.actor)
    url = f"/api/v1/datasets/{dataset.id}/workload"

    rows = {row["user"]["name"]: row for row in alice.api.get(url).json()["results"]}

    counts = {
        name: rows["Ann"][name]
        for name in ("assigned", "open", "overdue", "submitted", "in_review", "sent_back")
    }
    assert counts == {"assigned": 3, "open": 2, "overdue": 2, "submitted": 2, "in_review": 1, "sent_back": 1}
    assert (rows["Bob"]["reviewed"], rows["Bob"]["assigned"]) == (1, 0)
    assert bob.api.get(url).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_no_two_of_many_who_ask_at_once_are_handed_the_same(
    alice: Person, dataset: Dataset, make_picture: MakePicture
):
    people = [make_person(f"Amy{n}", alice.tenant, "annotator") for n in range(6)]
    images = [make_picture() for _ in range(18)]
    given: list[tuple[str, Any]] = []
    start = threading.Barrier(len(people))

    def work(person: Person) -> None:
        start.wait()
        mine: list[Any] = []
        try:
            while task := next_task(person.actor, dataset, "label", skip=[]):
                if task["image"] in mine:
                    break
                mine.append(task["image"])
                given.append((person.user.name, task["image"]))
                review(task["image"], "submit", actor=person.actor)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(image for _, image in given) == sorted(image.id for image in images)
