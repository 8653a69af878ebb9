"""Blind rounds over REST: begun, worked on and handed in."""

import json
from typing import Any
from uuid import UUID

from annotations.models import LabelClass, Round, RoundPicture
from datasets.models import Dataset, Image
from modelship.jobs.runner import run_queued
from tests.live_clients import add
from tests.people import Person

KINDS = ["annotations.round", "annotations.consensus"]
BOAT, CRANE = {"x": 10, "y": 10, "w": 20, "h": 20}, {"x": 60, "y": 40, "w": 30, "h": 30}


def call(person: Person, verb: str, path: str, body: Any = None) -> Any:
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(person.api, verb)(f"/api/v1/{path}", **sent)


def begin(manager: Person, dataset: Dataset, *people: Person, **more: Any) -> Any:
    """The answer of the door; all pictures, where none are named."""
    body = {"filter": {}, "people": [str(one.user.id) for one in people], **more}
    if "images" in more:
        del body["filter"]
    return call(manager, "post", f"datasets/{dataset.pk}/agreement", body)


def begun(manager: Person, dataset: Dataset, *people: Person, **more: Any) -> Round:
    """A round that is open: the worker has made everybody's copies."""
    answer = begin(manager, dataset, *people, **more)
    assert answer.status_code == 202, answer.content
    run_queued(KINDS)
    found = Round.objects.get(pk=answer.json()["round"]["id"])
    assert found.state == "open", found.job.error if found.job else ""
    return found


def copies_of(found: Round, person: Person) -> list[Image]:
    """What the person got, in their order."""
    return list(
        Image.objects.filter(dataset__blind_work__round=found, dataset__kept_for=person.user).order_by(
            "ordinal"
        )
    )


def copy_of(found: Round, person: Person, original: UUID | Image) -> Image:
    uid = original.pk if isinstance(original, Image) else original
    return Image.objects.get(
        round_picture__in=RoundPicture.objects.filter(
            person__round=found, person__user=person.user, original=uid
        )
    )


def edit(person: Person, image: Image, name: str, **place: Any) -> dict[str, Any]:
    label = LabelClass.objects.get(project=image.dataset.project, name=name)
    made = add(class_id=str(label.pk), **place)
    answer = call(person, "post", f"images/{image.pk}/edits", {"edits": [made]})
    assert answer.status_code == 200, answer.content
    assert answer.json()["dropped"] == []
    return made


def hand_in(person: Person, image: Image, **drawn: dict[str, Any]) -> None:
    """Draw a box of each class at its place, and hand the picture in."""
    for name, place in drawn.items():
        edit(person, image, name, **place)
    answer = call(person, "post", f"images/{image.pk}/review", {"action": "submit"})
    assert answer.status_code == 200, answer.content
