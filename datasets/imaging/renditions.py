"""What limited children are asked to do with a picture: examine it, and write its re-encoded renditions.

Renditions are upright JPEG files without any metadata, so that no place or device leaks through them.
"""

import dataclasses
from pathlib import Path

from PIL import Image
from PIL.Image import Resampling

from datasets.imaging.inspect import ImageLimits, Inspected, facts_of, opened
from datasets.imaging.measuring import measured
from datasets.imaging.pixels import Pixels, at_most, pixels_of, turned, write_jpeg
from datasets.imaging.sizes import DISPLAY_QUALITY, LARGE_DISPLAY_SIDE, THUMBNAIL_QUALITY, thumbnail_name
from datasets.imaging.upright import eight_bit, orientation_of, upright


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
        small = turned(pixels_of(eight_bit(image), sizes[0]), facts.orientation)
    _write_thumbnails(small, folder, sizes)
    return dataclasses.replace(facts, measures=measured(small))


def render_thumbnail(path: str, format_name: str, limits: ImageLimits, target: str, size: int) -> None:
    """Write the thumbnail whose longer side is at most `size` to the file `target`."""
    with opened(path, format_name, limits) as image:
        image.draft(None, (size, size))
        image.load()
        small = turned(pixels_of(eight_bit(image), size), orientation_of(image))
    write_jpeg(small, target, THUMBNAIL_QUALITY)


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


def _write_thumbnails(pixels: Pixels, folder: str, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        # Each is made from the one before, which is already small.
        pixels = at_most(pixels, size)
        write_jpeg(pixels, str(Path(folder) / thumbnail_name(size)), THUMBNAIL_QUALITY)


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
