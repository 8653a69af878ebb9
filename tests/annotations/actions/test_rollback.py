"""Going back to a version gives what the version held, byte for byte, and is itself a change that can be taken back."""

import random
import threading
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection

from annotations.actions.apply_edits import apply_edits
from annotations.actions.labels import change_class, create_class, delete_class
from annotations.actions.review import review
from annotations.actions.rollback import request_rollback
from annotations.counter_queries import miscounts
from annotations.history_queries import folded_at, present_seq
from annotations.models import Box, CanvasEdit, LabelClass, Rollback
from annotations.queries import all_boxes
from annotations.workflow import DEFAULT
from datasets.actions.archive import archive_images
from datasets.models import Dataset, DatasetVersion, Image
from modelship.accounts.actors import Actor
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run, run_queued
from modelship.lib.errors import Conflict, Forbidden, NotFound, Problem
from tests.annotations.canonical import canonical
from tests.annotations.frozen import frozen
from tests.live_clients import add, change
from tests.people import Person


def rolled_back(person: Person, dataset: Dataset, number: int) -> Rollback:
    job, is_new = request_rollback(person.actor, dataset, number)
    assert is_new
    run_queued(["dataset.rollback"])
    job.refresh_from_db()
    assert (job.state, job.error) == ("succeeded", None)
    return job.rollback


class Somebody:
    """Does one random thing after the other, from a seed; a refusal is a fine outcome too."""

    def __init__(self, seed: int, person: Person, robot: Actor, dataset: Dataset, make: Any) -> None:
        self.dice = random.Random(seed)
        self.person, self.robot, self.dataset, self.make = person, robot, dataset, make
        self.steps = [
            *[self.edit] * 30,
            *[self.proposal] * 4,
            *[self.review] * 6,
            self.class_changes,
            self.class_comes,
            self.class_goes,
            self.renames,
            self.archives,
            self.uploads,
        ]

    def act(self) -> None:
        try:
            self.dice.choice(self.steps)()
        except Problem:
            return

    def edit(self) -> None:
        image = self.image()
        apply_edits(image.id, [self.an_edit(image)], actor=self.person.actor)

    def an_edit(self, image: Image) -> dict[str, Any]:
        boxes = list(Box.objects.filter(canvas_id=image.id).order_by("pk"))
        dice, classes = self.dice, [None, *LabelClass.objects.values_list("id", flat=True)]
        chosen = dice.choice(classes)
        label = str(chosen) if chosen else None
        if not boxes or dice.random() < 0.3:
            return add(label and str(uuid4()), label, x=dice.uniform(0, 150), z=dice.randint(-3, 3))
        box = dice.choice(boxes)
        patches: list[dict[str, Any]] = [
            {"x": dice.uniform(0, 150), "y": dice.uniform(0, 70), "w": dice.uniform(1, 50), "h": 9.5},
            {"class_id": label},
            {"attributes": {dice.choice("abc"): dice.choice([None, True, 1, 1.5, "x"])}},
            {"state": dice.choice(["accepted", "rejected", "proposed"])},
            {"z": dice.randint(-9, 9)},
            {"locked": dice.random() < 0.5},
        ]
        kind = "restore" if box.deleted else dice.choice(["update", "update", "update", "delete"])
        return change(kind, str(box.uid), **(dice.choice(patches) if kind == "update" else {}))

    def proposal(self) -> None:
        score = self.dice.random()
        apply_edits(self.image().id, [add(score=score, source="model", state="proposed")], actor=self.robot)

    def review(self) -> None:
        review(self.image().id, self.dice.choice(sorted(DEFAULT.steps)), actor=self.person.actor)

    def class_changes(self) -> None:
        label = self.dice.choice(list(LabelClass.objects.all()))
        name = self.dice.choice(["boat", "crane", "buoy", "quay"])
        change_class(self.person.actor, self.dataset.project, label.id, name=name, color="#123456")

    def class_comes(self) -> None:
        name = self.dice.choice(["boat", "crane", "buoy", "quay"])
        create_class(self.person.actor, self.dataset.project, name=name)

    def class_goes(self) -> None:
        one, other = self.dice.sample(list(LabelClass.objects.all()), k=2)
        into = other.id if self.dice.random() < 0.7 else None
        if LabelClass.objects.count() > 2:
            delete_class(self.person.actor, self.dataset.project, one.id, move_to=into)

    def renames(self) -> None:
        split = self.dice.choice(["train", "val", ""])
        name = f"{self.dice.random()}.png"
        Image.objects.filter(pk=self.image().pk).update(filename=name, split=split)

    def archives(self) -> None:
        if self.dataset.images.kept().count() > 4:
            archive_images(self.person.actor, self.dataset, [self.image().pk], "blurred")

    def uploads(self) -> None:
        self.make()

    def image(self) -> Image:
        return self.dice.choice(list(self.dataset.images.kept().order_by("ordinal")))


@pytest.mark.slow
@pytest.mark.django_db
def test_after_a_thousand_edits_any_of_fifty_versions_comes_back_byte_for_byte(
    alice: Person, dataset: Dataset, make_picture: Any, robot: Actor
):
    for _ in range(8):
        make_picture()
    somebody = Somebody(5, alice, robot, dataset, make_picture)
    then: dict[int, bytes] = {}
    for _ in range(50):
        for _ in range(20):
            somebody.act()
        then[frozen(alice, dataset).number] = canonical(dataset)
        assert miscounts(dataset.images.all()) == []
    assert len(then) == 50

    for number in random.Random(9).sample(sorted(then), 50):
        was = canonical(dataset)
        rollback = rolled_back(alice, dataset, number)
        assert canonical(dataset) == then[number]
        assert canonical(dataset, rollback.before.number) == was
        assert canonical(dataset, rollback.after.number) == then[number]
        assert miscounts(dataset.images.all()) == []

    rollback = rolled_back(alice, dataset, rollback.before.number)
    assert canonical(dataset) == was
    for image in dataset.images.all():
        assert folded_at(image.id, present_seq(image.id)) == all_boxes(image.id)


@pytest.fixture
def quay(alice: Person, dataset: Dataset, make_picture: Any) -> list[Image]:
    """Four images, a box on each, frozen as version 1; then every box is moved."""
    images = [make_picture() for _ in range(4)]
    boxes = [str(uuid4()) for _ in images]
    for image, box in zip(images, boxes, strict=True):
        apply_edits(image.id, [add(box)], actor=alice.actor)
    frozen(alice, dataset)
    for image, box in zip(images, boxes, strict=True):
        apply_edits(image.id, [change("update", box, x=50, y=50, w=9, h=9)], actor=alice.actor)
    return images


def lefts(images: list[Image]) -> list[float]:
    return [Box.objects.get(canvas_id=image.id).x for image in images]


class Interrupted(JobContext):
    """A worker that is told to stop after so many images."""

    left = 2

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        super().progress(done, total, message)
        self.left -= 1
        if not self.left:
            self._stopping.set()
            self.check()


@pytest.mark.django_db
def test_a_rollback_that_is_interrupted_goes_on_where_it_ended_and_spares_what_came_after(
    alice: Person, dataset: Dataset, quay: list[Image]
):
    job, _ = request_rollback(alice.actor, dataset, 1)
    claimed = lease.claim(["dataset.rollback"])
    run(Interrupted(claimed, ticks_itself=True))
    assert lefts(quay) == [10, 10, 50, 50]
    early, _, late, _ = (Box.objects.get(canvas_id=image.id) for image in quay)

    for box, x in ((early, 70), (late, 80)):
        moved = change("update", str(box.uid), x=x, y=0, w=5, h=5)
        apply_edits(box.canvas_id, [moved], actor=alice.actor)
    run_queued(["dataset.rollback"])

    job.refresh_from_db()
    assert job.state == "succeeded"
    # The first image had its turn: its edit stays. The third had not: its edit is in the version before.
    assert lefts(quay) == [70, 10, 10, 10]
    assert DatasetVersion.objects.filter(source="rollback").count() == 2
    rolled_back(alice, dataset, job.rollback.before.number)
    assert lefts(quay) == [50, 50, 80, 50]


@pytest.mark.django_db
def test_only_what_changed_is_touched(alice: Person, dataset: Dataset, make_picture: Any):
    images = [make_picture() for _ in range(20)]
    for image in images:
        apply_edits(image.id, [add()], actor=alice.actor)
    frozen(alice, dataset)
    apply_edits(images[3].id, [add()], actor=alice.actor)
    before = CanvasEdit.objects.count()

    rollback = rolled_back(alice, dataset, 1)

    assert (rollback.images, rollback.archived, rollback.restored) == (1, 0, 0)
    assert CanvasEdit.objects.count() == before + 1
    (entry,) = AuditEntry.objects.filter(verb="dataset.rolled_back")
    assert entry.facts == {"version": 1, "before": 2, "after": 3, "images": 1}


@pytest.mark.django_db
def test_approvals_and_locks_come_back_as_they_were(alice: Person, dataset: Dataset, make_picture: Any):
    """Who may manage may also reopen, so an approved image goes back in one step, and stays as locked."""
    image = make_picture()
    box = str(uuid4())
    apply_edits(image.id, [add(box, locked=True)], actor=alice.actor)
    review(image.id, "approve", actor=alice.actor)
    frozen(alice, dataset)
    review(image.id, "reopen", actor=alice.actor)
    apply_edits(image.id, [change("update", box, locked=False)], actor=alice.actor)
    apply_edits(image.id, [change("update", box, x=1, y=1, w=5, h=5)], actor=alice.actor)
    apply_edits(image.id, [change("update", box, locked=True)], actor=alice.actor)
    review(image.id, "approve", actor=alice.actor)

    rolled_back(alice, dataset, 1)

    image.refresh_from_db()
    found = Box.objects.get(uid=box)
    assert (image.state, image.box_count, found.x, found.locked) == ("approved", 1, 10, True)


@pytest.mark.django_db
def test_a_class_that_another_dataset_uses_stays(
    alice: Person, dataset: Dataset, make_picture: Any, boat: LabelClass
):
    frozen(alice, dataset)
    south = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="South")
    used = create_class(alice.actor, dataset.project, name="tug")
    create_class(alice.actor, dataset.project, name="unused")
    change_class(alice.actor, dataset.project, boat.id, name="ship", hotkey="9")
    change_class(alice.actor, dataset.project, used.id, name="boat", hotkey="1")
    apply_edits(make_picture(south).id, [add(class_id=str(used.id))], actor=alice.actor)

    rolled_back(alice, dataset, 1)

    rows = LabelClass.objects.order_by("order").values_list("name", "hotkey")
    assert list(rows) == [("boat", "1"), ("crane", "2"), ("boat 2", "")]
    assert LabelClass.objects.get(name="boat").id == boat.id


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "refusal"), [("vic", Forbidden), ("ann", Forbidden), ("bob", Forbidden), ("charlie", NotFound)]
)
def test_only_managers_roll_back(
    role: str, refusal: type, dataset: Dataset, quay: list[Image], request: pytest.FixtureRequest
):
    with pytest.raises(refusal):
        request_rollback(request.getfixturevalue(role).actor, dataset, 1)

    assert lefts(quay) == [50, 50, 50, 50]
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_dataset_goes_back_to_one_version_at_a_time(alice: Person, dataset: Dataset, quay: list[Image]):
    frozen(alice, dataset)
    job, _ = request_rollback(alice.actor, dataset, 1)

    assert request_rollback(alice.actor, dataset, 1) == (job, False)
    with pytest.raises(Conflict):
        request_rollback(alice.actor, dataset, 2)
    cancel(job, alice.actor)
    assert request_rollback(alice.actor, dataset, 2)[1]
    assert Rollback.objects.count() == 2
    assert lefts(quay) == [50, 50, 50, 50]


def lefts_by_image(dataset: Dataset, number: int | None) -> list[set[float]]:
    document = orjson.loads(canonical(dataset, number))
    return [{box["x"] for box in image["boxes"]} for image in document["images"]]


@pytest.mark.django_db(transaction=True)
def test_edits_made_while_it_runs_end_on_either_side_never_mixed(
    alice: Person, dataset: Dataset, make_picture: Any
):
    """Each edit moves both boxes of an image to one place; so does the rollback, to where they began."""
    images = [make_picture() for _ in range(4)]
    pairs = {image.id: (str(uuid4()), str(uuid4())) for image in images}
    for image_id, pair in pairs.items():
        apply_edits(image_id, [add(box) for box in pair], actor=alice.actor)
    frozen(alice, dataset)
    places, errors, done = {10.0}, [], threading.Event()

    def move(x: int) -> None:
        places.add(float(x))
        for image_id, pair in pairs.items():
            edits = [change("update", box, x=x, y=0, w=5, h=5) for box in pair]
            apply_edits(image_id, edits, actor=alice.actor)

    def edit() -> None:
        try:
            for x in range(20, 60):
                move(x)
                if done.is_set():
                    break
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    move(19)
    thread = threading.Thread(target=edit)
    thread.start()
    rollback = rolled_back(alice, dataset, 1)
    done.set()
    thread.join()

    assert errors == []
    for number in (rollback.before.number, rollback.after.number, None):
        assert all(len(found) == 1 and found < places for found in lefts_by_image(dataset, number))
    for image in images:
        assert folded_at(image.id, present_seq(image.id)) == all_boxes(image.id)
