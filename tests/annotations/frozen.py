"""Versions for tests: frozen as Alice does it, and what each holds as plain values."""

from typing import Any

import orjson

from annotations.actions.freeze import freeze_dataset
from annotations.contents import contents_of
from annotations.export_queries import Choice
from datasets.models import Dataset, DatasetVersion
from tests.people import Person

EVERY = Choice(("proposed", "accepted", "rejected"))


def frozen(person: Person, dataset: Dataset, message: str = "") -> DatasetVersion:
    return freeze_dataset(person.actor, dataset, message)


def held(dataset: Dataset, number: int | None = None, choice: Choice = EVERY) -> dict[str, Any]:
    """File name to (state, boxes as text): of a version, or of now."""
    contents = contents_of(dataset, number)
    found = {}
    for batch in contents.batches():
        boxes = contents.boxes([image.id for image in batch], choice)
        for image in batch:
            found[image.filename] = image.state, orjson.dumps([tuple(box) for box in boxes.get(image.id, [])])
    return found
