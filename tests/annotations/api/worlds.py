"""A dataset with real pictures and boxes, for tests of exports and previews."""

import json
from typing import Any
from uuid import uuid4

from annotations.actions.apply_edits import apply_edits
from annotations.models import LabelClass
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import body_of, encoded, flag, located, upload
from tests.live_clients import add
from tests.people import Person


def picture(person: Person, dataset: Dataset, name: str = "quay.png", data: bytes = b"") -> Image:
    """An uploaded picture of 200 x 100, unless other bytes are given."""
    return Image.objects.get(id=upload(person, dataset, name, data or encoded(flag(200, 100)))["id"])


def draw(person: Person, image: Image, name: str | None = "boat", **patch: Any) -> str:
    """Add an accepted box and return its id."""
    return _add(person.actor, image, name, **patch)


def proposal(person: Person, image: Image, score: float | None, name: str = "boat", **patch: Any) -> str:
    """Add a model's proposal, as a job of this person does."""
    robot = Actor.machine(person.tenant, uuid4(), "yolox_nano", user=person.user)
    return _add(robot, image, name, state="proposed", source="model", score=score, **patch)


def _add(actor: Actor, image: Image, name: str | None, **patch: Any) -> str:
    label = LabelClass.objects.get(project=image.dataset.project, name=name) if name else None
    edit = add(class_id=str(label.id) if label else None, **patch)
    outcome = apply_edits(image.id, [edit], actor=actor)
    assert outcome.dropped == [], outcome.dropped
    return edit["box_id"]


def quay(person: Person, dataset: Dataset) -> list[Image]:
    """Three pictures: one with accepted boxes and proposals, one lying on its side with a place, one empty."""
    first = picture(person, dataset)
    draw(person, first)
    draw(person, first, "crane", x=50, y=50, w=40, h=30)
    proposal(person, first, 0.9, x=100, y=10)
    proposal(person, first, 0.3, x=140, y=10)
    second = picture(person, dataset, "../quay.jpg", located("JPEG", orientation=6))
    draw(person, second, x=0, y=0, w=10, h=20)
    third = picture(person, dataset, "empty.png", encoded(flag(60, 60)))
    return [first, second, third]


def order(person: Person, dataset: Dataset, **body: Any) -> Any:
    url = f"/api/v1/datasets/{dataset.id}/exports"
    return person.api.post(url, json.dumps({"format": "json", **body}), content_type="application/json")


def download(person: Person, export_id: Any, **headers: str) -> Any:
    return person.api.get(f"/api/v1/exports/{export_id}/download", headers=headers)


def exported(person: Person, dataset: Dataset, **body: Any) -> bytes:
    """Order, let the worker run, download."""
    answer = order(person, dataset, **body)
    assert answer.status_code == 202, answer.content
    run_queued(["export"])
    return body_of(download(person, answer.json()["export"]["id"]))
