"""The pictures of a training: which ones teach, which ones judge, and under which class names."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from annotations.contents import ClassedBox, accepted_boxes, contents_of
from datasets.models import Dataset, DatasetVersion, Image
from modelship.lib.errors import Conflict, Unprocessable

MAX_CLASSES = 300
TRAIN, VAL = "train", "val"
# Whoever reviewed a picture without boxes said that there is nothing in it.
REVIEWED = (Image.State.SUBMITTED, Image.State.APPROVED)

Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sample:
    """A picture with what people accepted in it: corners in pixels of the upright picture, classes by name."""

    image: Image
    boxes: list[Corners]
    classes: list[str]
    side: str = TRAIN


@dataclass(frozen=True)
class TrainingSet:
    """The samples in gallery order, and the classes that occur, in the project's order."""

    samples: list[Sample]
    class_names: list[str]

    @property
    def counts(self) -> dict[str, int]:
        return {
            "images": len(self.samples),
            "train": sum(sample.side == TRAIN for sample in self.samples),
            "val": sum(sample.side == VAL for sample in self.samples),
            "negatives": sum(not sample.boxes for sample in self.samples),
            "boxes": sum(len(sample.boxes) for sample in self.samples),
        }

    @property
    def held_out(self) -> list[str]:
        return [str(sample.image.id) for sample in self.samples if sample.side == VAL]


def training_set(dataset: Dataset, version: int | None, val_share: float) -> TrainingSet:
    """The usable pictures of a version, or of the dataset as it is now, split.

    Pictures without accepted boxes are used where they were reviewed, else left out. Raises Conflict for a
    table, and Unprocessable for an absent version and for what nothing can be learnt from.
    """
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")
    names = [label.name for label in contents_of(dataset, version).classes()]
    frozen = None if version is None else DatasetVersion.objects.get(dataset=dataset, number=version)
    samples = [
        _sample(image, boxes)
        for image, boxes in accepted_boxes(dataset, frozen)
        if boxes or image.state in REVIEWED
    ]
    found = TrainingSet(split(samples, val_share), _occurring(samples, names))
    _check(found)
    return found


def _sample(image: Image, boxes: list[ClassedBox]) -> Sample:
    corners = [(box.x, box.y, box.x + box.w, box.y + box.h) for box in boxes]
    return Sample(image, corners, [box.class_name for box in boxes])


def _occurring(samples: list[Sample], names: Iterable[str]) -> list[str]:
    present = {name for sample in samples for name in sample.classes}
    return [name for name in names if name in present]


def _check(found: TrainingSet) -> None:
    labelled = sum(bool(sample.boxes) for sample in found.samples)
    if not labelled:
        raise Unprocessable(
            "No picture here has an accepted box. Accept or draw some, then train.", code="no_boxes"
        )
    if labelled < 2:
        raise Unprocessable(
            "Only one picture has accepted boxes: one is needed to learn from and one to judge by. Label more.",
            code="too_few_images",
        )
    if len(found.class_names) > MAX_CLASSES:
        raise Unprocessable(
            f"The boxes have {len(found.class_names)} classes; a model here learns {MAX_CLASSES} at most. "
            "Merge or delete some.",
            code="too_many_classes",
        )


def split(samples: list[Sample], val_share: float) -> list[Sample]:
    """Each sample on its side: by a hash of its image's id, so the same picture always lies on the same one.

    Where chance would leave a side without boxes, the picture nearest to the border changes over.
    """
    places = {sample.image.id: place_of(sample.image.id) for sample in samples}
    held_out = {image_id for image_id, place in places.items() if place < val_share}
    labelled = sorted((sample.image.id for sample in samples if sample.boxes), key=places.__getitem__)
    if labelled and not held_out.intersection(labelled):
        held_out.add(labelled[0])
    if labelled and held_out.issuperset(labelled):
        held_out.discard(labelled[-1])
    return [replace(sample, side=VAL if sample.image.id in held_out else TRAIN) for sample in samples]


def place_of(image_id: UUID) -> float:
    """From 0 up to 1, evenly, and always the same for the same image."""
    return int.from_bytes(hashlib.sha256(image_id.bytes).digest()[:6]) / 2**48


def as_task(found: TrainingSet) -> list[dict[str, Any]]:
    """The samples as the training process reads them."""
    numbers = {name: number for number, name in enumerate(found.class_names)}
    return [
        {
            "file": f"pictures/{number}",
            "boxes": sample.boxes,
            "class_ids": [numbers[name] for name in sample.classes],
            "split": sample.side,
        }
        for number, sample in enumerate(found.samples)
    ]
