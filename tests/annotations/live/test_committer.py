"""Batches of many connections reach the database together, in order, and each is answered for itself."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import Wish
from annotations.actions.outcome import Outcome
from annotations.live.committer import MAX_BATCHES, Committer
from annotations.models import CanvasEdit
from annotations.queries import live_boxes
from datasets.models import Image
from modelship.lib.errors import NotFound
from modelship.live.threads import reading_db
from tests.annotations.conftest import MakePicture
from tests.live_clients import add, change
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def wish(image: Image, person: Person, *edits: dict[str, Any]) -> Wish:
    return Wish(image.id, list(edits), person.actor, None, str(uuid4()))


class Desk:
    """Puts batches in and collects what they are told."""

    def __init__(self) -> None:
        self.committer = Committer()
        self.told: list[tuple[Wish, Outcome | Exception]] = []

    def put(self, one: Wish, sender: str = "alice") -> None:
        self.committer.put(one, lambda answer: self.told.append((one, answer)), sender=sender)

    async def answers(self, count: int) -> list[Outcome | Exception]:
        async with asyncio.timeout(30):
            while len(self.told) < count:
                await asyncio.sleep(0.01)
        return [answer for _, answer in self.told]


async def test_batches_of_one_image_are_applied_in_the_order_in_which_they_came(
    picture: Image, make_picture: MakePicture, alice: Person
):
    desk, other = Desk(), await reading_db(make_picture)
    made = add()
    desk.put(wish(picture, alice, made))
    for x in range(1, 20):
        desk.put(wish(picture, alice, change("update", made["box_id"], x=x, y=2, w=3, h=4)))
        desk.put(wish(other, alice, add(x=x)))

    await desk.answers(39)

    seqs = [answer.seq for one, answer in desk.told if one.image_id == picture.id]
    assert seqs == list(range(1, 21))
    assert [box.x for box in await reading_db(live_boxes, picture.id)] == [19]
    assert len(await reading_db(live_boxes, other.id)) == 19


async def test_more_images_than_go_together_are_all_written(make_picture: MakePicture, alice: Person):
    desk = Desk()
    images = [await reading_db(make_picture) for _ in range(MAX_BATCHES + 5)]
    for _ in range(2):
        for image in images:
            desk.put(wish(image, alice, add()))

    answers = await desk.answers(2 * len(images))

    assert Counter(answer.seq for answer in answers) == {1: len(images), 2: len(images)}
    assert await reading_db(CanvasEdit.objects.count) == 2 * len(images)


async def test_a_refused_batch_is_told_alone(picture: Image, alice: Person, charlie: Person):
    desk = Desk()
    for person in (alice, charlie, alice):
        desk.put(wish(picture, person, add()))

    await desk.answers(3)

    assert [type(answer) for _, answer in desk.told] == [Outcome, NotFound, Outcome]


async def test_what_waits_of_somebody_who_left_is_dropped(picture: Image, alice: Person):
    desk = Desk()
    for at in range(6):
        desk.put(wish(picture, alice, add(x=at)), sender="gone" if at % 2 else "here")

    desk.committer.forget(picture.id, "gone")
    await desk.answers(3)
    await asyncio.sleep(0.2)

    assert sorted(box.x for box in await reading_db(live_boxes, picture.id)) == [0, 2, 4]
    assert len(desk.told) == 3


async def test_one_that_can_not_tell_does_not_keep_the_others_waiting(picture: Image, alice: Person):
    desk = Desk()

    def broken(answer: Outcome | Exception) -> None:
        raise ConnectionError("The socket is gone.")

    desk.committer.put(wish(picture, alice, add()), broken, sender="broken")
    desk.put(wish(picture, alice, add()))

    (answer,) = await desk.answers(1)
    assert isinstance(answer, Outcome)
    assert answer.seq == 2
