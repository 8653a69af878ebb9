"""Reads of what people hold to be true of images: boxes that they drew or accepted."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.edits import BoxState
from annotations.geometry import Geometry, corners
from annotations.models import Box
from annotations.queries import live_boxes
from datasets.models import Dataset, Image

# Shapes that cover something. Points and lines do not, and a tag is said of the whole picture.
COVERING = ("box", "polygon")
ACCEPTED = Q(state=Box.State.ACCEPTED) | Q(source=Box.Source.HUMAN) & ~Q(state=Box.State.REJECTED)


@dataclass(frozen=True, slots=True)
class TrueBox:
    """The rectangle around a shape of a class."""

    class_id: str
    x: float
    y: float
    w: float
    h: float


def true_boxes(image_id: UUID) -> list[TrueBox]:
    """What people accepted or drew and nobody rejected, where it covers something and has a class."""
    return [_framed(box) for box in live_boxes(image_id) if _is_true(box)]


def images_with_true_boxes(dataset: Dataset) -> QuerySet[Image]:
    """The images that have at least one true box, whatever their state."""
    boxes = Box.objects.filter(ACCEPTED, deleted=False, shape__in=COVERING, label__isnull=False)
    return Image.objects.kept().filter(dataset=dataset, id__in=boxes.values("canvas_id"))


def _is_true(box: BoxState) -> bool:
    is_accepted = box.state == "accepted" or (box.source == "human" and box.state != "rejected")
    return is_accepted and box.shape in COVERING and box.class_id is not None


def _framed(box: BoxState) -> TrueBox:
    """Turned boxes give the rectangle around them, as exports do."""
    assert box.class_id is not None
    if not box.rotation:
        return TrueBox(box.class_id, box.x, box.y, box.w, box.h)
    across, down = zip(*corners(Geometry(box.x, box.y, box.w, box.h, box.rotation)), strict=True)
    return TrueBox(box.class_id, min(across), min(down), max(across) - min(across), max(down) - min(down))
