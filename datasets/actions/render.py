"""Renditions of an image: upright JPEG files without metadata, made once in a limited child and kept."""

import dataclasses
import math
import shutil
import tempfile

from django.conf import settings
from django.core.files.base import File

from datasets.imaging.inspect import ImageLimits
from datasets.imaging.measures import Measures
from datasets.imaging.pyramid import is_large
from datasets.imaging.sizes import (
    DISPLAY_NAME,
    DISPLAY_QUALITY,
    LARGE_DISPLAY_NAME,
    LARGE_DISPLAY_SIDE,
    THUMBNAIL_SIZES,
    thumbnail_name,
)
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


def stream_limits() -> ImageLimits:
    """How large a picture may be whose format is read as a stream."""
    return ImageLimits(
        pixels=max(settings.MODELSHIP_MAX_STREAMED_PIXELS, settings.MODELSHIP_MAX_PIXELS),
        side=max(settings.MODELSHIP_MAX_STREAMED_SIDE, settings.MODELSHIP_MAX_SIDE),
        frames=settings.MODELSHIP_MAX_FRAMES,
    )


def is_streamed(width: int, height: int) -> bool:
    """Whether a picture that was let in is too large to be decoded whole."""
    return width * height > settings.MODELSHIP_MAX_PIXELS or max(width, height) > settings.MODELSHIP_MAX_SIDE


def limits_for(width: int, height: int) -> Limits:
    """What reading a picture of that size may cost: time and scratch files grow with it, memory does not."""
    usual, pixels = decode_limits(), width * height
    share = max(1, math.ceil(pixels / settings.MODELSHIP_MAX_PIXELS))
    return dataclasses.replace(
        usual,
        cpu_seconds=usual.cpu_seconds * share,
        wall_seconds=usual.wall_seconds * share,
        # A picture on its side is decoded into a file, at most three bytes a pixel.
        file_bytes=usual.file_bytes + 3 * pixels,
    )


def decode_limits() -> Limits:
    """What decoding the largest allowed picture may cost."""
    return Limits(
        memory_bytes=BASE_MEMORY + BYTES_PER_PIXEL * settings.MODELSHIP_MAX_PIXELS,
        cpu_seconds=settings.MODELSHIP_DECODE_SECONDS,
        wall_seconds=3 * settings.MODELSHIP_DECODE_SECONDS,
    )


def measures_of(rendition: str) -> Measures:
    """The measures of a rendition of ours, a JPEG file."""
    try:
        found: Measures = run_limited("datasets.imaging.measuring:measure_file", rendition)
    except LimitExceeded as error:
        raise decode_problem(error) from error
    return found


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
    return open_small(image, size)


def open_small(image: Image, size: int) -> File:
    """The picture with its longer side at most `size`, for those who chose the size themselves."""
    name = thumbnail_name(size)
    if is_streamed(image.width, image.height):
        return derived(image.blob, name, lambda target: _from_display(image, target, size))
    return _rendition(image, name, "renditions:render_thumbnail", size)


def open_display(image: Image) -> File:
    """The picture as every browser shows it: in full size, or small enough to lie under the tiles of a large one."""
    if is_streamed(image.width, image.height):
        return _rendition(
            image, LARGE_DISPLAY_NAME, "streamed:display_streamed", LARGE_DISPLAY_SIDE, DISPLAY_QUALITY
        )
    if is_large(image.width, image.height):
        return _rendition(image, LARGE_DISPLAY_NAME, "renditions:render_large_display")
    return _rendition(image, DISPLAY_NAME, "renditions:render_display")


def _rendition(image: Image, name: str, function: str, *args: int) -> File:
    is_whole = not is_streamed(image.width, image.height)

    def make(target: str) -> None:
        with local_copy(image.blob) as path:
            run_limited(
                f"datasets.imaging.{function}",
                path,
                image.format,
                image_limits() if is_whole else stream_limits(),
                target,
                *args,
                limits=limits_for(image.width, image.height),
            )

    try:
        return derived(image.blob, name, make)
    except LimitExceeded as error:
        raise decode_problem(error) from error


def _from_display(image: Image, target: str, size: int) -> None:
    """A thumbnail of a picture that is read as a stream comes from its display rendition: one stream is enough."""
    folder = settings.FILE_UPLOAD_TEMP_DIR
    with open_display(image) as source, tempfile.NamedTemporaryFile(dir=folder, prefix="display-") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        thumbnail_of(copy.name, target, size)


def thumbnail_of(display: str, target: str, size: int) -> None:
    """Write the thumbnail of that size of a display rendition, a JPEG of ours, to the file `target`."""
    try:
        run_limited(
            "datasets.imaging.renditions:render_thumbnail",
            display,
            "JPEG",
            ImageLimits(),
            target,
            size,
            limits=Limits(),
        )
    except LimitExceeded as error:
        raise decode_problem(error) from error
