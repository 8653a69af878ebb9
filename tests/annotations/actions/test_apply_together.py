"""Batches of several images in one transaction are answered, stored and logged as if each came alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotations.actions.apply_edits import Wish, apply_edits, apply_together
from annotations.actions.canvas_log import lock_canvas
from annotations.actions.labels import delete_class
from annotations.actions.outcome import Outcome
from annotations.actions.review import review
from annotations.edits import fold_log
from annotations.models import Box, Canvas, CanvasOp, LabelClass
from annotations.queries import canvas_state, live_boxes, log_since
from datasets.models import Image
from modelship.lib.errors import BadRequest, Conflict, Forbidden, NotFound
from tests.annotations.conftest import MakePicture
from tests.live_clients import add, change
from tests.people import Person


def wish(image: Image, person: Person, *edits: dict[str, Any], base_seq: int | None = None) -> Wish:
    return Wish(image.id, list(edits), person.actor, base_seq, str(uuid4()))


def answer(wish: Wish) -> Outcome:
    """What the same batch is told alone."""
    return apply_edits(wish.image_id, wish.edits, actor=wish.actor, base_seq=wish.base_seq, ref=wish.ref)


def standing(image: Image) -> tuple[str, int, int]:
    return Image.objects.values_list("state", "box_count", "proposed_count").get(id=image.id)


def drawn(image: Image, person: Person, **patch: Any) -> str:
    made = add(**patch)
    apply_edits(image.id, [made], actor=person.actor)
    return made["box_id"]


@pytest.fixture
def pictures(make_picture: MakePicture) -> list[Image]:
    return [make_picture() for _ in range(5)]


def test_each_is_told_what_it_would_be_told_alone(pictures: list[Image], alice: Person, bob: Person):
    boxes = [drawn(image, bob, x=at) for at, image in enumerate(pictures)]
    work = [
        [add(x=40), change("update", boxes[0], x=1, y=2, w=3, h=4)],
        [change("delete", boxes[1])],
        [change("update", boxes[2], attributes={"wet": True})],
        [change("update", str(uuid4()), x=1), add(w=-5)],
        [change("update", boxes[4], x=500), change("review", boxes[4], state="rejected")],
    ]
    wishes = [wish(image, alice, *edits) for image, edits in zip(pictures, work, strict=True)]

    with transaction.atomic():
        alone = [answer(one) for one in wishes]
        states = [(standing(image), canvas_state(image.id).boxes) for image in pictures]
        transaction.set_rollback(True)
    together = apply_together(wishes)

    assert together == alone
    assert [(standing(image), canvas_state(image.id).boxes) for image in pictures] == states
    assert [one.problem() is None for one in alone] == [True, True, True, False, True]


def test_batches_of_one_image_are_told_what_they_would_be_told_one_after_the_other(
    pictures: list[Image], alice: Person, bob: Person
):
    image = pictures[0]
    box, made = drawn(image, alice), add()
    moves = [change("update", box, x=x, y=2, w=9, h=9) for x in (3, 7, 50)]
    gone = change("delete", box)
    wishes = [
        wish(image, alice, moves[0]),
        wish(image, bob, moves[1], change("delete", str(uuid4()))),
        wish(image, alice, moves[0]),
        wish(image, bob, made),
        wish(image, alice, change("update", made["box_id"], x=1, y=1, w=4, h=4), moves[2]),
        wish(image, bob, gone),
        wish(image, alice, change("update", box, x=2, y=2, w=2, h=2)),
        wish(image, bob, gone),
    ]

    with transaction.atomic():
        alone = [answer(one) for one in wishes]
        there = (standing(image), canvas_state(image.id).boxes)
        transaction.set_rollback(True)
    together = apply_together(wishes)

    assert together == alone
    assert (standing(image), canvas_state(image.id).boxes) == there
    folded = fold_log(log_since(image.id, 0))
    assert [folded[one.id] for one in live_boxes(image.id)] == live_boxes(image.id)
    assert [batch["seq"] for batch in log_since(image.id, 0)] == list(range(1, 7))


def test_the_fold_of_each_log_is_its_canvas(pictures: list[Image], alice: Person):
    boxes = [drawn(image, alice) for image in pictures]

    for x in (3, 7, 50):
        apply_together(
            [
                wish(image, alice, change("update", box, x=x, y=2, w=9, h=9), add(x=x))
                for image, box in zip(pictures, boxes, strict=True)
            ]
        )

    for image in pictures:
        folded = fold_log(log_since(image.id, 0))
        assert [folded[box.id] for box in live_boxes(image.id)] == live_boxes(image.id)
        assert Canvas.objects.get(pk=image.id).seq == 4
        assert CanvasOp.objects.filter(canvas_id=image.id).count() == 7


def test_a_refusal_is_only_for_whom_it_is_meant(
    pictures: list[Image], alice: Person, vic: Person, charlie: Person
):
    good, seen, foreign, odd, ahead = pictures
    wishes = [
        wish(seen, vic, add()),
        wish(foreign, charlie, add()),
        Wish(odd.id, "no list", alice.actor, None, str(uuid4())),
        wish(ahead, alice, add(), base_seq=9),
        wish(good, alice, add()),
        Wish(uuid4(), [add()], alice.actor, None, str(uuid4())),
    ]

    answers = apply_together(wishes)

    assert [type(one) for one in answers] == [Forbidden, NotFound, BadRequest, Conflict, Outcome, NotFound]
    assert Box.objects.get().canvas_id == good.id


def test_what_was_judged_before_gets_the_same_answer(pictures: list[Image], alice: Person):
    first, second = pictures[:2]
    wishes = [wish(first, alice, add()), wish(second, alice, add(), change("delete", str(uuid4())))]
    told = apply_together(wishes)

    again = apply_together(wishes)

    assert [(one.seq, one.dropped, one.boxes) for one in again] == [
        (one.seq, one.dropped, one.boxes) for one in told
    ]
    assert [(one.accepted, one.replayed) for one in again] == [(0, True), (0, True)]
    assert Box.objects.count() == 2


def test_an_approved_image_stays_as_it_is_beside_others(pictures: list[Image], alice: Person):
    drawn(pictures[0], alice)
    review(pictures[0].id, "approve", actor=alice.actor)

    approved, other = apply_together([wish(image, alice, add()) for image in pictures[:2]])

    assert ([drop.code for drop in approved.dropped], other.accepted) == (["locked"], 1)
    assert standing(pictures[0]) == ("approved", 1, 0)


def test_images_without_a_canvas_get_one(pictures: list[Image], alice: Person):
    answers = apply_together([wish(image, alice, add()) for image in pictures])

    assert [one.accepted for one in answers] == [1] * 5
    assert [standing(image) for image in pictures] == [("labeled", 1, 0)] * 5


def test_many_cost_hardly_more_queries_than_one(pictures: list[Image], alice: Person):
    boxes = [drawn(image, alice) for image in pictures]

    def queries(count: int) -> int:
        moves = [
            wish(image, alice, change("update", box, x=3 + count))
            for image, box in zip(pictures, boxes, strict=True)
        ]
        with CaptureQueriesContext(
            connection,
        ) as found:
            apply_together(moves[:count])
        return len(found)

    assert queries(5) == queries(1)


@contextmanager
def spoilt(table: str, column: str, value: UUID) -> Iterator[None]:
    """A database that refuses rows with one value, as it refuses one whose class has just gone."""
    name = "spoilt_by_test"
    shown = f"'{value}'" if connection.vendor == "postgresql" else f"'{value.hex}'"
    if connection.vendor == "postgresql":
        body = "BEGIN RAISE integrity_constraint_violation; END"
        make = [
            f"CREATE FUNCTION {name}() RETURNS trigger AS $$ {body} $$ LANGUAGE plpgsql",
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW "
            f"WHEN (NEW.{column} = {shown}) EXECUTE FUNCTION {name}()",
        ]
        drop = [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}"]
    else:
        make = [
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN NEW.{column} = {shown} "
            "BEGIN SELECT RAISE(ABORT, 'spoilt'); END"
        ]
        drop = [f"DROP TRIGGER {name}"]
    with connection.cursor() as cursor:
        for statement in make:
            cursor.execute(statement)
        yield
        for statement in drop:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_one_that_the_database_refuses_takes_nobody_with_it(pictures: list[Image], alice: Person):
    bad = add()
    wishes = [wish(image, alice, add()) for image in pictures]
    wishes[2].edits.append(bad)

    with spoilt("annotations_box", "uid", UUID(bad["box_id"])):
        answers = apply_together(wishes)

    assert isinstance(answers[2], IntegrityError)
    assert [one.accepted for at, one in enumerate(answers) if at != 2] == [1] * 4
    assert [standing(image)[1] for image in pictures] == [1, 1, 0, 1, 1]
    assert Canvas.objects.filter(seq=1).count() == 4


@pytest.mark.django_db(transaction=True)
def test_one_whose_canvas_is_held_is_applied_when_it_is_free(pictures: list[Image], alice: Person):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: nobody can hold a single canvas.")
    for image in pictures:
        drawn(image, alice)
    is_held, may_end = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            lock_canvas(pictures[1].id)
            is_held.set()
            may_end.wait(20)
        close_old_connections()

    def work() -> None:
        told.extend(apply_together([wish(image, alice, add()) for image in pictures[:3]]))
        close_old_connections()

    told: list[Any] = []
    threads = [Thread(target=hold), Thread(target=work)]
    threads[0].start()
    assert is_held.wait(20)
    threads[1].start()
    try:
        until_written(pictures[2])
        assert standing(pictures[1])[1] == 1
    finally:
        may_end.set()
        for thread in threads:
            thread.join(20)

    assert [one.accepted for one in told] == [1, 1, 1]
    assert [standing(image)[1] for image in pictures[:3]] == [2, 2, 2]


def until_written(image: Image) -> None:
    """The others do not wait for the one that is held."""
    pause = Event()
    for _ in range(400):
        if standing(image)[1] == 2:
            return
        pause.wait(0.02)
    raise AssertionError("The batch beside the held canvas was not written.")


@pytest.mark.django_db(transaction=True)
def test_a_class_that_is_gone_refuses_its_own_batch(pictures: list[Image], alice: Person, boat: LabelClass):
    gone = str(boat.id)
    boat.delete()

    answers = apply_together([wish(pictures[0], alice, add(class_id=gone)), wish(pictures[1], alice, add())])

    assert [[drop.code for drop in one.dropped] for one in answers] == [["unknown"], []]


@pytest.mark.django_db(transaction=True)
def test_a_class_is_merged_while_somebody_draws_with_it(
    picture: Image, alice: Person, boat: LabelClass, crane: LabelClass
):
    """The one has a box of the class on its way in, the other has the class and needs the canvas."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: the second waits before it begins.")
    apply_edits(picture.id, [add(class_id=str(boat.id))], actor=alice.actor)
    told: list[Any] = []

    def draw() -> None:
        told.append(apply_edits(picture.id, [add(class_id=str(boat.id))], actor=alice.actor))
        close_old_connections()

    thread = Thread(target=draw)
    with slow_inserts("annotations_box", 0.7):
        thread.start()
        Event().wait(0.3)
        delete_class(alice.actor, picture.dataset.project, boat.id, move_to=crane.id)
        thread.join(20)

    assert told[0].accepted == 1
    assert [box.class_id for box in live_boxes(picture.id)] == [str(crane.id)] * 2


@contextmanager
def slow_inserts(table: str, seconds: float) -> Iterator[None]:
    """A server that is slow where a row has been checked and its references have not."""
    name = "slow_by_test"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        cursor.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        yield
        cursor.execute(f"DROP TRIGGER {name} ON {table}")
        cursor.execute(f"DROP FUNCTION {name}")
