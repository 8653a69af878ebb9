"""What is known of an image's tiles, and the bytes of one."""

from typing import Any

from django.urls import reverse

from datasets.imaging.pyramid import PACK_NAME, TILE_SIDE, is_large, levels_of, read_tile, tile_number
from datasets.models import Image
from datasets.storage import has_derived, read_derived
from modelship.lib.errors import NotFound


def tiles_of(image: Image) -> dict[str, Any] | None:
    """How a large picture is tiled: where, how large the tiles are, which levels, and whether they are there yet.

    None for a picture that is shown whole.
    """
    if not is_large(image.width, image.height):
        return None
    levels = levels_of(image.width, image.height)
    return {
        "url": reverse("api-image-tiles", args=[image.id]),
        "size": TILE_SIDE,
        "levels": [
            {"width": one.width, "height": one.height, "columns": one.columns, "rows": one.rows}
            for one in levels
        ],
        "ready": has_derived(image.blob, PACK_NAME),
    }


def tile_bytes(image: Image, level: int, column: int, row: int) -> bytes:
    """The tile as a JPEG. Raises NotFound where the pyramid has none there, or is not made yet."""
    number = None
    if is_large(image.width, image.height):
        number = tile_number(levels_of(image.width, image.height), level, column, row)
    if number is None:
        raise NotFound()
    try:
        return read_tile(lambda start, length: read_derived(image.blob, PACK_NAME, start, length), number)
    except FileNotFoundError:
        raise NotFound("The tiles of this picture are not made yet.", code="tiles_missing") from None
