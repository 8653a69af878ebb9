"""What limited children are asked to do with a picture: examine it, and write its re-encoded renditions.

Renditions are upright JPEG files without any metadata, so that no place or device leaks through them.
"""

import dataclasses
from pathlib import Path

from PIL import Image
from PIL.Image import Resampling

from datasets.imaging.inspect import ImageLimits, Inspected, facts_of, opened
from datasets.imaging.measures import measured
from datasets.imaging.upright import eight_bit, orientation_of, upright

CONTENT_TYPE = "image/jpeg"
THUMBNAIL_SIZES = (256, 512, 1024)
INGEST_SIZES = (1024, 256)
THUMBNAIL_QUALITY = 85
# People judge edges on this one: fine quantisation and full colour resolution.
DISPLAY_QUALITY = 92
DISPLAY_NAME = "display.jpg"
# Large pictures are shown by tiles; this one lies under them and is on screen until they are there. Four
# of them (the picture, two ahead, one behind) fit into what a browser tab keeps decoded.
LARGE_DISPLAY_SIDE = 2048
LARGE_DISPLAY_NAME = f"display-{LARGE_DISPLAY_SIDE}.jpg"


def thumbnail_name(size: int) -> str:
    return f"thumb-{size}.jpg"


def examine(
    path: str, format_name: str, limits: ImageLimits, folder: str, sizes: tuple[int, ...]
) -> Inspected:
    """Decode the picture and write a thumbnail of each of `sizes`, largest first, into `folder`.

    Raises Problem for a picture that may not enter. A JPEG is decoded at a fraction of its size, which
    still reads every byte of it: a truncated or damaged one is found out all the same.
    """
    with opened(path, format_name, limits) as image:
        full_size = image.size
        image.draft(None, (sizes[0], sizes[0]))
        image.load()
        facts = facts_of(image, path, full_size)
        small = upright(_at_most(eight_bit(image), sizes[0]), facts.orientation)
    _write_thumbnails(small, folder, sizes)
    return dataclasses.replace(facts, measures=measured(small))


def render_thumbnail(path: str, format_name: str, limits: ImageLimits, target: str, size: int) -> None:
    """Write the thumbnail whose longer side is at most `size` to the file `target`."""
    with opened(path, format_name, limits) as image:
        image.draft(None, (size, size))
        image.load()
        small = upright(_at_most(eight_bit(image), size), orientation_of(image))
    _save(small, target, quality=THUMBNAIL_QUALITY)


def render_display(path: str, format_name: str, limits: ImageLimits, target: str) -> None:
    """Write the picture in full size, upright, as every browser shows it, to the file `target`."""
    with opened(path, format_name, limits) as image:
        image.load()
        turned = upright(eight_bit(image), orientation_of(image))
    _save(turned, target, quality=DISPLAY_QUALITY, subsampling=0)


def render_large_display(path: str, format_name: str, limits: ImageLimits, target: str) -> None:
    """Write the picture with its longer side at most LARGE_DISPLAY_SIDE, upright, to the file `target`."""
    with opened(path, format_name, limits) as image:
        image.draft(None, (LARGE_DISPLAY_SIDE, LARGE_DISPLAY_SIDE))
        image.load()
        small = upright(_at_most(eight_bit(image), LARGE_DISPLAY_SIDE), orientation_of(image))
    _save(small, target, quality=DISPLAY_QUALITY, subsampling=0)


def _write_thumbnails(image: Image.Image, folder: str, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        # Each is made from the one before, which is already small.
        image = _at_most(image, size)
        _save(image, str(Path(folder) / thumbnail_name(size)), quality=THUMBNAIL_QUALITY)


def _save(image: Image.Image, target: str, **options: int) -> None:
    """Write the pixels alone: Pillow would pass a comment of the original on."""
    image.info = {}
    image.save(target, "JPEG", **options)


def _at_most(image: Image.Image, side: int) -> Image.Image:
    """The picture with its longer side at most `side`; never enlarged."""
    if max(image.size) <= side:
        return image
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # As sharp as bicubic where pictures shrink, at little more than half its cost.
    return image.resize(size, Resampling.HAMMING, reducing_gap=2.0)
