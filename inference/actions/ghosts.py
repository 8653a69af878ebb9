"""Keeping what a model half believes about an image."""

from collections.abc import Collection, Iterable
from typing import Any

from datasets.models import Image
from inference.detection import MOST_LEFTOVERS, Found
from inference.models import DetectorModel, Ghosts
from inference.options import Region
from modelship.lib.clock import now


def keep_ghosts(rows: Collection[Ghosts]) -> None:
    """Put them in the place of the models' earlier ones."""
    Ghosts.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["image", "model"],
        update_fields=["rows", "seen_at"],
    )


def ghosts_of(
    image: Image, model: DetectorModel, leftovers: Iterable[Found], region: Region | None = None
) -> Ghosts:
    """The leftovers of a look; one at a region leaves those outside of it."""
    outside = [] if region is None else _outside(image, model, region)
    rows = sorted([*map(_row, leftovers), *outside], key=lambda row: -row[1])[:MOST_LEFTOVERS]
    return Ghosts(image=image, model=model, rows=rows, seen_at=now())


def _outside(image: Image, model: DetectorModel, region: Region) -> list[list[Any]]:
    old = Ghosts.objects.filter(image=image, model=model).values_list("rows", flat=True).first() or []
    return [row for row in old if not _is_in(row, region)]


def _row(found: Found) -> list[Any]:
    """Numbers as exact as those of stored boxes."""
    frame = [round(side, 2) for side in (found.x, found.y, found.w, found.h)]
    return [found.class_name, round(found.score, 6), *frame, found.slice]


def _is_in(row: list[Any], region: Region) -> bool:
    """Whether its middle lies in the region."""
    x, y, w, h = row[2:6]
    left, top, width, height = region
    return bool(left <= x + w / 2 < left + width and top <= y + h / 2 < top + height)
