"""What the people of a round agree on: the report, what is taken over, and what has to be decided."""

import csv
import io
from typing import Any

import pytest

from annotations.actions.take_over import run_take_over
from annotations.models import Box, CanvasAuthor, Round
from annotations.review_queries import authors_of
from datasets.models import Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.errors import WorkerStopping
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.annotations.rounds.world import BOAT, CRANE, KINDS, begun, call, copy_of, edit, hand_in
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db
SIZE = {"width": 200, "height": 100}


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(dataset, *(SIZE for _ in range(3)))


@pytest.fixture
def done(images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person) -> Round:
    """Of the first picture both say the same, of the second one thing is in dispute, the third Ann has not done."""
    found = begun(alice, dataset, bob, ann)
    hand_in(bob, copy_of(found, bob, images[0]), boat=BOAT)
    hand_in(ann, copy_of(found, ann, images[0]), boat={**BOAT, "w": 22})
    hand_in(bob, copy_of(found, bob, images[1]), boat=BOAT)
    hand_in(ann, copy_of(found, ann, images[1]), boat=BOAT, crane=CRANE)
    hand_in(bob, copy_of(found, bob, images[2]), boat=BOAT)
    return found


def boxes_on(image: Image) -> list[tuple[Any, ...]]:
    rows = Box.objects.filter(canvas_id=image.pk, deleted=False).order_by("label__name")
    return list(rows.values_list("label__name", "x", "y", "w", "h", "source", "state"))


def taken_over(manager: Person, found: Round) -> dict[str, Any]:
    answer = call(manager, "post", f"rounds/{found.pk}/take-over", {})
    assert answer.status_code == 202, answer.content
    run_queued(KINDS)
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    assert job.state == "succeeded", job.error
    return job.result or {}


def test_the_report_says_how_far_people_agree_least_first(done: Round, images: list[Image], alice: Person):
    report = call(alice, "get", f"rounds/{done.pk}/report").json()

    # Two boats that both marked, one of them 20 of 22 px the same, and a crane that one marked.
    share = round((20 / 22 + 1) / 2, 4)
    assert report["agreement"] == {
        **{
            "pictures": 2,
            "objects": 3,
            "kappa": report["agreement"]["kappa"],
            "alpha": report["agreement"]["alpha"],
        },
        **{"f1": 0.8, "mean_overlap": share},
    }
    assert [(one["filename"], one["agreement"], one["disputes"]) for one in report["pictures"]] == [
        ("1.png", 0.6667, 1),
        ("0.png", round(20 / 22, 4), 0),
        ("2.png", None, 0),
    ]
    [pair] = report["pairs"]
    assert ([one["name"] for one in pair["people"]], pair["pictures"], pair["f1"]) in (
        (["Ann", "Bob"], 2, 0.8),
        (["Bob", "Ann"], 2, 0.8),
    )
    assert [(one["name"], one["objects"], one["f1"]) for one in report["classes"]] == [
        ("boat", 2, 1.0),
        ("crane", 1, 0.0),
    ]
    people = {one["user"]["name"]: (one["pictures"], one["handed_in"]) for one in report["round"]["people"]}
    assert people == {"Ann": (3, 2), "Bob": (3, 3)}


def test_the_report_is_a_table_too(done: Round, alice: Person):
    answer = call(alice, "get", f"rounds/{done.pk}/report?format=csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert ("all", "", "f1", "0.8") in [tuple(row.values()) for row in rows]
    assert ("class", "crane", "objects", "1") in [tuple(row.values()) for row in rows]
    assert ("picture", "1.png", "disputes", "1") in [tuple(row.values()) for row in rows]


def test_the_report_follows_what_is_handed_in(done: Round, images: list[Image], alice: Person, ann: Person):
    before = call(alice, "get", f"rounds/{done.pk}/report").json()["agreement"]["pictures"]

    hand_in(ann, copy_of(done, ann, images[2]), boat=BOAT)

    assert (before, call(alice, "get", f"rounds/{done.pk}/report").json()["agreement"]["pictures"]) == (2, 3)


def test_what_is_agreed_on_is_taken_over_and_twice_changes_nothing(
    done: Round, images: list[Image], alice: Person, bob: Person, ann: Person
):
    first = taken_over(alice, done)
    seqs = [image.canvas.seq for image in Image.objects.filter(canvas__isnull=False, dataset=done.dataset)]
    second = taken_over(alice, done)

    assert [first[name] for name in ("taken", "same", "disputed", "waiting")] == [1, 0, 1, 1]
    assert [second[name] for name in ("taken", "same", "disputed", "waiting")] == [0, 1, 1, 1]
    assert [one["filename"] for one in first["left_out"]] == ["1.png", "2.png"]
    assert boxes_on(images[0]) == [("boat", 10, 10, 21, 20, "human", "accepted")]
    assert (boxes_on(images[1]), boxes_on(images[2])) == ([], [])
    assert authors_of(images[0].pk) == {bob.user.id, ann.user.id}
    assert seqs == [
        image.canvas.seq for image in Image.objects.filter(canvas__isnull=False, dataset=done.dataset)
    ]


def test_what_was_on_the_picture_gives_way(done: Round, images: list[Image], alice: Person):
    edit(alice, images[0], "crane", **CRANE)

    taken_over(alice, done)

    assert boxes_on(images[0]) == [("boat", 10, 10, 21, 20, "human", "accepted")]


def test_an_approved_picture_is_left_out_and_named(done: Round, images: list[Image], alice: Person):
    assert call(alice, "post", f"images/{images[0].pk}/review", {"action": "approve"}).status_code == 200

    result = taken_over(alice, done)

    assert (result["taken"], result["approved"], boxes_on(images[0])) == (0, 1, [])
    assert result["left_out"][0] == {"image": str(images[0].pk), "filename": "0.png", "status": "approved"}


def test_once_the_round_is_over_nobody_is_waited_for(done: Round, images: list[Image], alice: Person):
    call(alice, "post", f"rounds/{done.pk}/close", {})

    assert taken_over(alice, done)["taken"] == 2
    assert boxes_on(images[2]) == [("boat", 10, 10, 20, 20, "human", "accepted")]


class StoppedContext(JobContext):
    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        super().progress(done, total, message)
        raise WorkerStopping


def test_a_killed_job_goes_on_where_it_was(done: Round, images: list[Image], alice: Person):
    call(alice, "post", f"rounds/{done.pk}/take-over", {})
    job = lease.claim(KINDS)
    assert job is not None
    with pytest.raises(WorkerStopping):
        run_take_over(job, StoppedContext(job, ticks_itself=True))
    lease.put_back(job, pause=0)

    run_queued(KINDS)

    result = Job.objects.get(pk=job.pk).result
    assert [result[name] for name in ("taken", "same", "disputed", "waiting")] == [1, 0, 1, 1]
    assert AuditEntry.objects.filter(verb="image.consensus_taken").count() == 1


def test_a_dispute_is_decided_for_one_picture(
    done: Round, images: list[Image], alice: Person, bob: Person, ann: Person
):
    path = f"rounds/{done.pk}/pictures/{images[1].pk}"
    shown = call(alice, "get", path).json()
    [dispute] = shown["disputes"]
    assert [(mark["name"], mark["box"]["x"]) for mark in dispute["marks"]] == [("Ann", 60)]
    assert {one["name"]: len(one["boxes"]) for one in shown["people"]} == {"Ann": 2, "Bob": 1}

    undecided = call(alice, "post", path, {"decisions": {}})
    strange = call(alice, "post", path, {"decisions": {dispute["id"]: [str(bob.user.id)]}})
    assert (undecided.status_code, undecided.json()["code"], strange.status_code) == (422, "undecided", 400)
    assert boxes_on(images[1]) == []

    answers = [
        call(alice, "post", path, {"decisions": {dispute["id"]: [str(ann.user.id)]}}) for _ in range(2)
    ]

    assert [answer.json()["status"] for answer in answers] == ["taken", "same"]
    assert [row[0] for row in boxes_on(images[1])] == ["boat", "crane"]
    assert set(CanvasAuthor.objects.filter(image=images[1]).values_list("user_id", flat=True)) == {
        bob.user.id,
        ann.user.id,
    }


def test_nobody_s_mark_may_be_right(done: Round, images: list[Image], alice: Person):
    path = f"rounds/{done.pk}/pictures/{images[1].pk}"
    [dispute] = call(alice, "get", path).json()["disputes"]

    assert call(alice, "post", path, {"decisions": {dispute["id"]: []}}).status_code == 200

    assert [row[0] for row in boxes_on(images[1])] == ["boat"]


def test_other_pictures_are_none_of_the_round_s(done: Round, alice: Person, bob: Person):
    strange = seed_images(done.dataset, SIZE)[0]

    assert call(alice, "get", f"rounds/{done.pk}/pictures/{strange.pk}").status_code == 404
    assert call(bob, "get", f"rounds/{done.pk}/pictures/{strange.pk}").status_code == 403
