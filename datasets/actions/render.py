"""Renditions of an image: upright JPEG files without metadata, made once in a limited child and kept."""

from django.conf import settings
from django.core.files.base import File

from datasets.imaging.inspect import ImageLimits
from datasets.imaging.renditions import DISPLAY_NAME, THUMBNAIL_SIZES, thumbnail_name
from datasets.models import Image
from datasets.storage import derived, local_copy
from modelship.lib.errors import BadRequest, Problem, Unavailable, Unprocessable
from modelship.lib.limited import LimitExceeded, Limits, run_limited

# A decoded pixel takes four bytes, and decoding, turning and colour conversion hold several copies.
BYTES_PER_PIXEL = 28
BASE_MEMORY = 256 << 20


def image_limits() -> ImageLimits:
    return ImageLimits(
        pixels=settings.MODELSHIP_MAX_PIXELS,
        side=settings.MODELSHIP_MAX_SIDE,
        frames=settings.MODELSHIP_MAX_FRAMES,
    )


def decode_limits() -> Limits:
    """What decoding the largest allowed picture may cost."""
    return Limits(
        memory_bytes=BASE_MEMORY + BYTES_PER_PIXEL * settings.MODELSHIP_MAX_PIXELS,
        cpu_seconds=settings.MODELSHIP_DECODE_SECONDS,
        wall_seconds=3 * settings.MODELSHIP_DECODE_SECONDS,
    )


def decode_problem(error: LimitExceeded) -> Problem:
    """What a child's end means to the person who sent the picture."""
    if error.reason == "busy":
        return Unavailable("The server is busy with other pictures. Send this one again.", code="busy")
    if error.reason == "crashed":
        return Unprocessable("The picture can't be decoded. Save it again from its source.", code="corrupt")
    return Unprocessable(
        "Decoding the picture takes too much memory or time. Save it again, simpler or smaller.",
        code="decode_limit",
        reason=error.reason,
    )


def open_thumbnail(image: Image, size: int) -> File:
    """The thumbnail whose longer side is at most `size`; raises BadRequest for a size that is not made."""
    if size not in THUMBNAIL_SIZES:
        raise BadRequest(f"'size' must be one of {', '.join(map(str, THUMBNAIL_SIZES))}.", field="size")
    return _rendition(image, thumbnail_name(size), "render_thumbnail", size)


def open_display(image: Image) -> File:
    """The picture in full size as every browser shows it."""
    return _rendition(image, DISPLAY_NAME, "render_display")


def _rendition(image: Image, name: str, function: str, *args: int) -> File:
    def make(target: str) -> None:
        with local_copy(image.blob) as path:
            run_limited(
                f"datasets.imaging.renditions:{function}",
                path,
                image.format,
                image_limits(),
                target,
                *args,
                limits=decode_limits(),
            )

    try:
        return derived(image.blob, name, make)
    except LimitExceeded as error:
        raise decode_problem(error) from error
