"""Drawing a preview: the picture with its boxes, made in a limited child from a rendition of ours."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.base import File

from annotations.drawing import DrawnBox
from annotations.formats.records import ExportBox, ExportClass
from datasets.actions.render import decode_limits, decode_problem, open_display, open_thumbnail
from datasets.imaging.sizes import THUMBNAIL_SIZES
from datasets.models import Image
from modelship.lib.limited import LimitExceeded, run_limited

NO_CLASS = ("no class", "#767676")


def draw_preview(image: Image, boxes: Iterable[DrawnBox], *, side: int, kind: str) -> bytes:
    """The picture as JPEG or PNG, its longer side at most `side`, without any metadata.

    Raises Problem where the picture can't be decoded or its bytes are lost.
    """
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="preview-") as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        with _rendition(image, side) as file, source.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        plain = [tuple(box) for box in boxes]
        size = (image.width, image.height)
        try:
            run_limited(
                "annotations.drawing:draw_file",
                str(source),
                str(target),
                plain,
                size,
                side,
                kind,
                limits=decode_limits(),
            )
        except LimitExceeded as error:
            raise decode_problem(error) from error
        return target.read_bytes()


def drawn_boxes(boxes: Iterable[ExportBox], classes: Sequence[ExportClass]) -> list[DrawnBox]:
    """What is drawn of each box; classes are numbered from 1, as in their list."""
    known = {label.id: (number, label) for number, label in enumerate(classes, start=1)}
    return [_drawn(box, known) for box in boxes]


def _drawn(box: ExportBox, known: Mapping[UUID, tuple[int, ExportClass]]) -> DrawnBox:
    number, label = known.get(box.class_id, (0, None)) if box.class_id else (0, None)
    name, color = (label.name, label.color) if label else NO_CLASS
    frame = (box.x, box.y, box.w, box.h, box.rotation, box.points)
    edges = label.skeleton.get("edges", ()) if label and box.shape == "keypoints" else ()
    return DrawnBox(box.shape, *frame, box.state, box.score, name, number, color, box.z, edges)


def _rendition(image: Image, side: int) -> File:
    """The smallest rendition that is large enough; thumbnails are never larger than their picture."""
    largest = THUMBNAIL_SIZES[-1]
    is_enough = side <= largest or max(image.width, image.height) <= largest
    return open_thumbnail(image, largest) if is_enough else open_display(image)
