"""How good and how fast people are, as managers read it and nobody else."""

import csv
import io
from datetime import timedelta

import pytest

from annotations.models import CanvasEdit, ReviewStep
from datasets.models import Dataset, Image
from modelship.lib.clock import now
from modelship.projects.models import Member, Project
from tests.annotations.rounds.world import BOAT, CRANE, begun, call, copies_of, edit, hand_in
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db
SIZE = {"width": 200, "height": 100}


@pytest.fixture
def measured(project: Project, dataset: Dataset, alice: Person, bob: Person, ann: Person) -> None:
    """Half of what Bob and Ann get is known. Bob is right, Ann mixes one up, misses nothing and puts one in."""
    seed_images(dataset, SIZE, SIZE)
    known = Dataset.objects.create(tenant=alice.tenant, project=project, name="Known", audience="managers")
    for image in seed_images(known, SIZE, SIZE):
        edit(alice, image, "boat", **BOAT)
        call(alice, "post", f"images/{image.pk}/review", {"action": "approve"})
    found = begun(alice, dataset, bob, ann, truth={"dataset": str(known.pk), "share": 50})
    for image in copies_of(found, bob):
        hand_in(bob, image, boat=BOAT)
    for image in copies_of(found, ann):
        hand_in(ann, image, crane=BOAT, boat=CRANE)
    call(
        alice,
        "post",
        f"images/{copies_of(found, ann)[0].pk}/review",
        {"action": "reject", "comment": "Again."},
    )


def quality(person: Person, project: Project, query: str = ""):
    return call(person, "get", f"projects/{project.pk}/people-quality{query}")


@pytest.mark.usefixtures("measured")
def test_known_pictures_measure_people(project: Project, alice: Person):
    people = {one["user"]["name"]: one for one in quality(alice, project).json()["people"]}

    right = {"right": 2, "missed": 0, "extra": 0, "mixed_up": 0}
    assert people["Bob"]["truth"] == {
        **{"pictures": 2, **right},
        **{"precision": 1.0, "recall": 1.0, "f1": 1.0, "mean_overlap": 1.0},
    }
    ann = people["Ann"]["truth"]
    # What was sent back is not handed in any more, so that it may be a known one that does not count now.
    assert ann["mixed_up"] == ann["extra"] == ann["pictures"]
    assert (ann["right"], ann["precision"], ann["recall"], ann["mean_overlap"]) == (0, 0.0, 0.0, None)
    assert people["Alice"]["truth"]["pictures"] == 0


@pytest.mark.usefixtures("measured")
def test_speed_and_what_came_back(project: Project, alice: Person, ann: Person):
    CanvasEdit.objects.filter(actor__id=str(ann.user.id)).delete()
    ReviewStep.objects.filter(user=ann.user).update(created_at=now() - timedelta(days=1))

    people = {one["user"]["name"]: one for one in quality(alice, project).json()["people"]}

    assert people["Ann"]["speed"] | {"median_seconds": None, "timed": 0} == people["Ann"]["speed"]
    assert {key: people["Ann"]["speed"][key] for key in ("handed_in", "days", "per_day")} == {
        **{"handed_in": 4, "days": 1},
        "per_day": 4.0,
    }
    assert people["Ann"]["sent_back"] == {"pictures": 1, "share": 0.25}
    assert people["Bob"]["sent_back"] == {"pictures": 0, "share": 0.0}
    assert people["Alice"]["sent_back"] == {"pictures": 0, "share": None}


@pytest.mark.usefixtures("measured")
def test_active_time_is_between_entries_close_together(project: Project, alice: Person, bob: Person):
    at = now() - timedelta(hours=1)
    for edits, seconds in zip(_entries(bob), (20, 40, 60, 600), strict=True):
        for number, entry in enumerate(edits):
            moment = at + number * timedelta(seconds=seconds)
            # As in the editor: what comes by a key is no time at work.
            actor = {"kind": "user", "id": str(bob.user.id), "name": "Bob", "user": str(bob.user.id)}
            CanvasEdit.objects.filter(pk=entry.pk).update(created_at=moment, actor=actor)

    people = {one["user"]["name"]: one for one in quality(alice, project).json()["people"]}

    assert (people["Bob"]["speed"]["median_seconds"], people["Bob"]["speed"]["timed"]) == (40.0, 3)


def _entries(person: Person) -> list[list[CanvasEdit]]:
    images = Image.objects.filter(dataset__kept_for=person.user).order_by("ordinal")
    return [list(CanvasEdit.objects.filter(canvas_id=image.pk).order_by("seq")) for image in images]


@pytest.mark.usefixtures("measured")
def test_it_is_a_table_too(project: Project, alice: Person):
    rows = list(csv.DictReader(io.StringIO(quality(alice, project, "?format=csv").content.decode())))

    assert [row["name"] for row in rows] == ["Alice", "Ann", "Bob"]
    assert (rows[2]["truth_right"], rows[2]["speed_handed_in"], rows[2]["sent_back_pictures"]) == (
        "2",
        "4",
        "0",
    )


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [
        ("alice", None, 200),
        ("bob", None, 403),
        ("bob", "manager", 200),
        ("ann", None, 403),
        ("ann", "reviewer", 403),
        ("vic", None, 403),
        ("charlie", None, 404),
    ],
)
def test_only_managers_read_it(
    who: str, role: str | None, status: int, request: pytest.FixtureRequest, project: Project
):
    person: Person = request.getfixturevalue(who)
    if role:
        Member.objects.create(project=project, user=person.user, role=role)

    answers = [quality(person, project), quality(person, project, "?format=csv")]

    assert [answer.status_code for answer in answers] == [status, status]


@pytest.mark.parametrize(
    "query", ["?from=never", "?from=2026-02-01&to=2026-01-01", "?colour=red", "?format=pdf"]
)
def test_what_can_t_be_asked_is_refused(query: str, project: Project, alice: Person):
    assert quality(alice, project, query).status_code == 400
