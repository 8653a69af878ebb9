"""Where conversations go when pictures are copied: along with a whole dataset and with a picture that moves, not with a copy beside it."""

import json
from typing import Any
from uuid import UUID

import pytest

from annotations.actions import threads as actions
from annotations.anchors import Anchor
from annotations.models import Comment, Mention, Thread
from datasets.models import Dataset, Image
from modelship.jobs.runner import run_queued
from modelship.notices.models import Notice
from tests.annotations.api.worlds import draw
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(alice: Person, bob: Person, make_picture: Any) -> Image:
    """With a resolved thread on its box, in which Bob is addressed and answers."""
    image = make_picture()
    box = UUID(draw(alice, image))
    thread, _ = actions.open_thread(
        alice.actor, image, Anchor("box", box_id=box), text="Sure, @Bob?", mentions=[bob.user.id]
    )
    actions.reply(bob.actor, thread, text="Yes.")
    actions.settle(bob.actor, thread, is_open=False)
    Notice.objects.all().delete()
    return image


@pytest.fixture
def south(alice: Person, dataset: Dataset) -> Dataset:
    return Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="South quay")


def moved(alice: Person, dataset: Dataset, target: Dataset, original: str) -> None:
    body = json.dumps({"to": str(target.id), "filter": {}, "original": original, "confirm": dataset.name})
    answer = alice.api.post(f"/api/v1/datasets/{dataset.id}/transfer", body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    run_queued(["datasets.transfer"])


def said(image: Image) -> list[Any]:
    rows = Comment.objects.filter(thread__image=image).order_by("created_at")
    return list(rows.values_list("author__name", "text", "created_at", "thread__number", "thread__box_uid"))


def check(copy: Image, was: list[Any], bob: Person) -> None:
    thread = Thread.objects.get(image=copy)
    assert said(copy) == was
    assert (thread.resolved_by, thread.comment_count, thread.is_open) == (bob.user, 2, False)
    assert list(Mention.objects.filter(comment__thread=thread).values_list("user", flat=True)) == [
        bob.user.id
    ]
    assert not Notice.objects.filter(kind__in=("mention", "answer")).exists()


def test_a_copied_dataset_comes_with_its_conversations(alice, bob, dataset, image):
    was = said(image)

    body = json.dumps({"name": "Copy"})
    answer = alice.api.post(f"/api/v1/datasets/{dataset.id}/clone", body, content_type="application/json")
    run_queued(["dataset.clone"])

    copy = Image.objects.get(dataset=answer.json()["dataset"]["id"])
    check(copy, was, bob)
    assert said(image) == was


@pytest.mark.parametrize(("original", "left"), [("archive", 1), ("delete", 0)])
def test_a_picture_that_moves_takes_its_conversations_along(
    alice, bob, dataset, south, image, original, left
):
    was = said(image)

    moved(alice, dataset, south, original)

    check(Image.objects.get(dataset=south), was, bob)
    assert Thread.objects.filter(image__dataset=dataset).count() == left


def test_a_copy_beside_its_original_begins_without(alice, bob, dataset, south, image):
    moved(alice, dataset, south, "keep")

    assert Image.objects.filter(dataset=south).count() == 1
    assert Thread.objects.get().image == image
