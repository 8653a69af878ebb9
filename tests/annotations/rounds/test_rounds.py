"""Rounds over REST: what everybody gets, that nobody else sees it, and what ends it."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.make_round import run_round
from annotations.models import Assignment, Box, Round, RoundPicture
from datasets.models import Blob, Dataset, Image
from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled, WorkerStopping
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.notices.models import Notice
from modelship.projects.models import Member, Project
from tests.annotations.rounds.world import (
    BOAT,
    KINDS,
    begin,
    begun,
    call,
    copies_of,
    copy_of,
    edit,
    hand_in,
)
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db
SIZE = {"width": 200, "height": 100}


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(dataset, *(SIZE for _ in range(4)))


@pytest.fixture
def truth(project: Project, alice: Person) -> Dataset:
    """Two approved pictures and one that nobody approved, hidden from annotators."""
    found = Dataset.objects.create(tenant=alice.tenant, project=project, name="Known", audience="managers")
    known = seed_images(found, {**SIZE, "metadata": {"description": "gold"}}, SIZE, SIZE)
    for image in known[:2]:
        edit(alice, image, "boat", **BOAT)
        assert call(alice, "post", f"images/{image.pk}/review", {"action": "approve"}).status_code == 200
    return found


def test_everybody_gets_copies_of_their_own(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    blobs = Blob.objects.count()

    found = begun(alice, dataset, bob, ann, each=2, due="2031-05-06")

    for person in (bob, ann):
        copies = copies_of(found, person)
        assert [copy.filename for copy in copies] == [f"{place:05d}.png" for place in (1, 2, 3, 4)]
        assert [copy.blob_id for copy in copies] == [image.blob_id for image in images]
        assert {(copy.state, copy.box_count) for copy in copies} == {("new", 0)}
        assert {copy.dataset.name for copy in copies} == {f"North quay, round 1: {person.user.name}"}
    assert Blob.objects.count() == blobs
    assert {copy.pk for copy in copies_of(found, bob)} & {copy.pk for copy in copies_of(found, ann)} == set()


def test_each_picture_is_dealt_to_so_many_people(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    found = begun(alice, dataset, alice, bob, ann, each=2)

    counts = [RoundPicture.objects.filter(original=image).count() for image in images]
    assert counts == [2, 2, 2, 2]
    assert sorted(len(copies_of(found, person)) for person in (alice, bob, ann)) == [2, 3, 3]


def test_people_find_their_tasks_and_are_told_once(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    begun(alice, dataset, bob, ann, due="2031-05-06")

    notices = list(Notice.objects.filter(user=bob.user).values_list("text", "count"))
    assert notices == [("4 pictures are yours to label until 6 May 2031: North quay, round 1: Bob.", 1)]
    tasks = call(bob, "get", "assignments?user=me").json()["results"]
    assert [task["due"] for task in tasks] == ["2031-05-06"] * 4
    page = bob.browser.get("/").content.decode()
    assert "4 to label in North quay, round 1: Bob" in page
    assert "round 1: Ann" not in page
    assert call(ann, "get", f"assignments?user={bob.user.id}").json()["results"] == []


def test_the_next_picture_comes_from_one_s_own_copy_in_order(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    found = begun(alice, dataset, bob, ann)
    own = copies_of(found, bob)

    first = call(bob, "post", f"datasets/{own[0].dataset_id}/next", {"purpose": "label"}).json()["task"]
    hand_in(bob, own[0], boat=BOAT)
    second = call(bob, "post", f"datasets/{own[0].dataset_id}/next", {"purpose": "label"}).json()["task"]

    assert (first["image"]["id"], second["image"]["id"]) == (str(own[0].pk), str(own[1].pk))


def test_nobody_sees_another_s_copies_before_during_or_after(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    answer = begin(alice, dataset, bob, ann)
    assert call(bob, "get", f"jobs/{answer.json()['job']['id']}").status_code == 404
    run_queued(KINDS)
    found = Round.objects.get()
    own = copies_of(found, bob)[0]

    assert call(bob, "get", f"images/{own.pk}").status_code == 200
    assert call(ann, "get", f"images/{own.pk}").status_code == 404
    assert call(ann, "get", f"datasets/{own.dataset_id}").status_code == 404
    for person in (bob, ann):
        assert call(person, "get", f"rounds/{found.pk}").status_code == 403
        assert call(person, "get", f"datasets/{dataset.pk}/agreement").status_code == 403
        assert call(person, "get", "jobs").json()["results"] == []
    assert call(alice, "post", f"rounds/{found.pk}/close", {}).json()["state"] == "closed"
    for person in (bob, ann):
        assert call(person, "get", f"images/{own.pk}").status_code == 404
        assert call(person, "get", "assignments").json()["results"] == []
    assert call(alice, "get", f"images/{own.pk}").status_code == 200
    assert Notice.objects.filter(kind="assigned").count() == 0


# What differs between any two pictures: their bytes, their name and place, ids and moments.
OWN = ("filename", "ordinal", "sha256", "bytes", "phash", "metadata")
DIFFERING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z")


def view_of(person: Person, image: Image) -> str:
    """All that the person can read of one of their pictures, but for what differs between any two of them."""
    shown = call(person, "get", f"images/{image.pk}").json()
    told: dict[str, Any] = {key: value for key, value in shown.items() if key not in OWN}
    told["said"] = {key: value for key, value in shown["metadata"].items() if key != "intrinsic"}
    told["intrinsic"] = sorted(shown["metadata"]["intrinsic"])
    for door in ("boxes", "edits", "history", "threads", "hold", "changes"):
        answer = call(person, "get", f"images/{image.pk}/{door}")
        assert answer.status_code == 200, door
        told[door] = answer.json()
    return DIFFERING.sub("-", json.dumps(told, sort_keys=True))


@pytest.mark.parametrize("start", ["empty", "present"])
def test_nothing_tells_a_known_picture_from_another(
    start: str, images: list[Image], dataset: Dataset, truth: Dataset, alice: Person, bob: Person, ann: Person
):
    for known in truth.images.filter(state="approved"):
        # The same bytes are in the dataset, too, where nobody approved anything.
        taken = {"blob": known.blob, "filename": known.filename, "width": 200, "height": 100, "format": "PNG"}
        Image.objects.create(
            tenant=alice.tenant, dataset=dataset, ordinal=100 + known.ordinal, created_by=ann.user, **taken
        )
    if start == "present":
        for image in Image.objects.filter(dataset=dataset):
            edit(bob, image, "crane", **BOAT)
    chosen = [str(image.pk) for image in images]

    found = begun(
        alice, dataset, bob, ann, images=chosen, start=start, truth={"dataset": str(truth.pk), "share": 30}
    )

    copies = copies_of(found, bob)
    assert len(copies) == 6
    kept = dict(RoundPicture.objects.filter(person__user=bob.user).values_list("image", "truth"))
    known = [copy for copy in copies if kept[copy.pk]]
    plain = [copy for copy in copies if not kept[copy.pk]]
    assert (len(known), len(plain)) == (2, 4)
    assert {copy.box_count for copy in copies} == {start == "present"}
    views = [view_of(bob, copy) for copy in (*known, *plain)]
    for view in views:
        assert view == views[0]
    assert [copy.filename for copy in copies] == [f"{place:05d}.png" for place in range(1, 7)]
    assert [copy.ordinal for copy in copies] == list(range(1, 7))
    assert [copy.created_at for copy in copies] == sorted(copy.created_at for copy in copies)
    assert {copy.created_by_id for copy in copies} == {alice.user.id}
    tasks = call(bob, "get", "assignments?user=me").json()["results"]
    assert len({(task["purpose"], task["due"], task["created_by"]) for task in tasks}) == 1


def test_what_is_on_the_picture_is_what_a_copy_begins_with(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    edit(alice, images[0], "boat", **BOAT)
    assert call(alice, "post", f"images/{images[0].pk}/review", {"action": "approve"}).status_code == 200

    found = begun(alice, dataset, bob, ann, start="present")

    copy = copy_of(found, bob, images[0])
    box = Box.objects.get(canvas_id=copy.pk)
    assert (box.x, box.w, box.label.name, copy.state, copy.box_count) == (10, 20, "boat", "labeled", 1)


def test_the_same_id_a_second_time_is_the_same_round(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    uid = str(uuid4())

    answers = [begin(alice, dataset, bob, ann, id=uid).json() for _ in range(2)]
    run_queued(KINDS)

    assert answers[0]["job"]["id"] == answers[1]["job"]["id"]
    assert (Round.objects.count(), Dataset.objects.filter(audience="person").count()) == (1, 2)


class StoppedContext(JobContext):
    """Ends the work after three copies."""

    left, why = 3, WorkerStopping

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        super().progress(done, total, message)
        self.left -= 1
        if not self.left:
            raise self.why


class CancelledContext(StoppedContext):
    why = Cancelled


def test_a_killed_job_goes_on_where_it_was_and_nobody_sees_anything_before_the_end(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    begin(alice, dataset, bob, ann)
    job = lease.claim(KINDS)
    assert job is not None
    with pytest.raises(WorkerStopping):
        run_round(job, StoppedContext(job, ticks_itself=True))
    half = Dataset.objects.get(copy_of=dataset)
    assert (half.audience, half.images.count()) == ("managers", 3)
    owner = bob if half.kept_for_id == bob.user.id else ann
    assert call(owner, "get", f"datasets/{half.pk}").status_code == 404
    lease.put_back(job, pause=0)

    run_queued(KINDS)

    found = Round.objects.get()
    assert (found.state, RoundPicture.objects.filter(image=None).count()) == ("open", 0)
    assert [len(copies_of(found, person)) for person in (bob, ann)] == [4, 4]
    assert (Assignment.objects.count(), Notice.objects.filter(kind="assigned").count()) == (8, 2)
    assert Job.objects.get().result == {"round": str(found.pk), "copies": 8}


def test_a_cancelled_job_leaves_nothing(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    begin(alice, dataset, bob, ann)
    job = lease.claim(KINDS)
    assert job is not None

    with pytest.raises(Cancelled):
        run_round(job, CancelledContext(job, ticks_itself=True))

    assert list(Dataset.objects.values_list("pk", flat=True)) == [dataset.pk]
    assert (Round.objects.count(), Image.objects.count(), Assignment.objects.count()) == (0, 4, 0)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"people": []}, 400, "malformed"),
        ({"each": 3}, 400, "malformed"),
        ({"each": 1.5}, 400, "malformed"),
        ({"start": "half"}, 400, "malformed"),
        ({"least_overlap": 0}, 400, "malformed"),
        ({"quorum": 3}, 400, "malformed"),
        ({"due": "soon"}, 400, "malformed"),
        ({"filter": {"q": "name:nothing"}}, 422, "nothing_selected"),
        ({"truth": {"dataset": str(uuid4())}}, 404, "not_found"),
        ({"truth": {"dataset": "own", "share": 60}}, 400, "malformed"),
        ({"truth": {"dataset": "own"}}, 422, "nothing_known"),
        ({"colour": "red"}, 400, "unknown_field"),
    ],
)
@pytest.mark.usefixtures("images")
def test_a_bad_order_begins_nothing(
    body: dict,
    status: int,
    code: str,
    dataset: Dataset,
    alice: Person,
    bob: Person,
    ann: Person,
):
    if "truth" in body and body["truth"]["dataset"] == "own":
        body = {"truth": {**body["truth"], "dataset": str(dataset.pk)}}

    answer = begin(alice, dataset, bob, ann, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert (Round.objects.count(), RoundPicture.objects.count(), Job.objects.count()) == (0, 0, 0)


def test_only_managers_begin_close_and_delete(
    images: list[Image],
    dataset: Dataset,
    alice: Person,
    bob: Person,
    ann: Person,
    vic: Person,
    charlie: Person,
):
    found = begun(alice, dataset, bob, ann)

    for person in (bob, ann, vic, charlie):
        refused = 404 if person is charlie else 403
        assert begin(person, dataset, bob, ann).status_code == refused
        for verb, path in [("post", "/close"), ("post", "/take-over"), ("delete", ""), ("get", "/report")]:
            assert (
                call(person, verb, f"rounds/{found.pk}{path}", {} if verb == "post" else None).status_code
                == refused
            )
    found.refresh_from_db()
    assert (found.state, Round.objects.count()) == ("open", 1)


def test_who_may_not_label_gets_nothing(images: list[Image], dataset: Dataset, alice: Person, vic: Person):
    answer = begin(alice, dataset, vic, each=1)

    assert (answer.status_code, answer.json()["code"]) == (422, "not_assignable")
    assert Round.objects.count() == 0


def test_a_deleted_round_leaves_nothing_but_what_it_was_about(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    found = begun(alice, dataset, bob, ann)
    hand_in(bob, copies_of(found, bob)[0], boat=BOAT)

    assert call(alice, "delete", f"rounds/{found.pk}").status_code == 204

    assert list(Dataset.objects.values_list("pk", flat=True)) == [dataset.pk]
    assert (Image.objects.count(), Box.objects.count(), Assignment.objects.count()) == (4, 0, 0)
    assert Notice.objects.filter(kind="assigned").count() == 0


def test_copies_go_with_their_dataset(
    images: list[Image], dataset: Dataset, alice: Person, bob: Person, ann: Person
):
    begun(alice, dataset, bob, ann)

    assert call(alice, "delete", f"datasets/{dataset.pk}").status_code == 204

    assert (Dataset.objects.count(), Image.objects.count(), Round.objects.count()) == (0, 0, 0)


def test_a_manager_of_the_project_alone_may_begin_one(
    images: list[Image], dataset: Dataset, bob: Person, ann: Person
):
    Member.objects.create(project=dataset.project, user=bob.user, role="manager")

    found = begun(bob, dataset, ann, each=1)

    assert len(copies_of(found, ann)) == 4
    assert call(bob, "get", f"images/{copies_of(found, ann)[0].pk}").status_code == 200
