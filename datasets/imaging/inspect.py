"""Opening a picture under limits: the header is judged before a single pixel is decoded.

Runs in a limited child. Whatever a decoder raises becomes a Problem with a code and a next step.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from datasets.imaging.heif import know_heif
from datasets.imaging.intrinsic import told_by
from datasets.imaging.measures import Measures
from datasets.imaging.upright import exif_of, has_gps, orientation_of
from modelship.lib.errors import Problem, Unprocessable

SIDEWAYS = (5, 6, 7, 8)
SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N")
TIFF_BITS_TAG = 258
PNG_BITS_AT = 24


@dataclass(frozen=True)
class ImageLimits:
    pixels: int = 50_000_000
    side: int = 20_000
    frames: int = 1_000


@dataclass(frozen=True)
class Inspected:
    """What is known of a picture that decoded. Width and height are upright."""

    format: str
    width: int
    height: int
    orientation: int
    mode: str
    bits: int
    frames: int
    has_gps: bool
    told: dict[str, Any] = field(default_factory=dict)
    measures: Measures | None = None


@contextlib.contextmanager
def opened(path: str, format_name: str, limits: ImageLimits) -> Iterator[Image.Image]:
    """The picture at `path`, header read and within limits, pixels not yet decoded.

    Only the decoder of `format_name` may look at it. Raises Problem, also for what goes wrong in the body.
    """
    with _told_plainly(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        if format_name == "WEBP":
            # Its decoder reserves whole canvases while it opens the file.
            check_size(*_webp_size(path), limits)
        if format_name == "HEIF":
            know_heif()
        with _guarded() as guard, Image.open(path, formats=[format_name]) as image:
            check_size(*image.size, limits)
            guard(limits.pixels)
            check_frames(_frames_of(image), limits)
            yield image


def check_size(width: int, height: int, limits: ImageLimits) -> None:
    """Raises Unprocessable for more pixels or a longer side than allowed."""
    if width * height > limits.pixels:
        raise Unprocessable(
            f"The picture has {width * height / 1e6:,.0f} megapixels; the limit is {limits.pixels / 1e6:,.0f}. "
            "Make it smaller or cut it into tiles.",
            code="too_many_pixels",
            width=width,
            height=height,
            limit=limits.pixels,
        )
    if max(width, height) > limits.side:
        raise Unprocessable(
            f"The picture is {width} x {height}; a side may have {limits.side} pixels. Cut it into tiles.",
            code="side_too_long",
            width=width,
            height=height,
            limit=limits.side,
        )


def facts_of(image: Image.Image, path: str, size: tuple[int, int]) -> Inspected:
    """The facts of the picture decoded from `path`, whose full size, before turning, is `size`."""
    orientation = orientation_of(image)
    width, height = size[::-1] if orientation in SIDEWAYS else size
    return Inspected(
        format="JPEG" if image.format == "MPO" else str(image.format),
        width=width,
        height=height,
        orientation=orientation,
        mode=image.mode,
        bits=_bits_of(image, path),
        frames=_frames_of(image),
        has_gps=has_gps(image),
        told=told_by(exif_of(image)),
    )


@contextlib.contextmanager
def _guarded() -> Iterator[Callable[[int], None]]:
    """Pillow's own guard, off while our limits judge the header in our words, then set to watch the frames."""
    before = Image.MAX_IMAGE_PIXELS

    def guard(pixels: int | None) -> None:
        Image.MAX_IMAGE_PIXELS = pixels

    guard(None)
    try:
        yield guard
    finally:
        guard(before)


def check_frames(frames: int, limits: ImageLimits) -> None:
    """Raises Unprocessable for more frames or pages than allowed."""
    if frames > limits.frames:
        raise Unprocessable(
            f"The file has {frames} frames; the limit is {limits.frames}. Save the first one as a picture.",
            code="too_many_frames",
            limit=limits.frames,
        )


def _frames_of(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1))


def _bits_of(image: Image.Image, path: str) -> int:
    """Bits per channel as stored: Pillow hands some 16-bit pictures over with 8."""
    if image.format == "PNG":
        with open(path, "rb") as file:
            return file.read(PNG_BITS_AT + 1)[PNG_BITS_AT]
    tags = getattr(image, "tag_v2", None)
    if tags is not None and tags.get(TIFF_BITS_TAG):
        return int(max(tags[TIFF_BITS_TAG]))
    if image.format == "HEIF":
        return int(image.info.get("bit_depth", 8))
    if image.mode in SIXTEEN_BIT_MODES or (image.format, image.mode) == ("PPM", "I"):
        return 16
    return {"1": 1, "I": 32, "F": 32}.get(image.mode, 8)


def _webp_size(path: str) -> tuple[int, int]:
    """Width and height from the first chunk of a WebP file; raises ValueError where there is none."""
    with open(path, "rb") as file:
        head = file.read(30)
    if len(head) < 30:
        raise EOFError("The WebP header is truncated.")
    chunk = head[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    raise ValueError("The WebP file starts with an unknown chunk.")


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except (Problem, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unprocessable(
            "A part of the picture claims more pixels than allowed. Save it again from its source.",
            code="too_many_pixels",
        ) from error
    except Exception as error:
        # Decoders raise OSError, ValueError, TypeError, SyntaxError, struct.error and more.
        raise _damage(error) from error


def _damage(error: Exception) -> Unprocessable:
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return Unprocessable("The picture ends too early. Send the whole file again.", code="truncated")
    return Unprocessable("The picture is damaged. Save it again from its source.", code="corrupt")
