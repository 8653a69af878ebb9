"""Pictures too large to decode whole: read as a stream with libvips, a few rows at a time.

Runs in a limited child, like everything that looks at a picture's bytes; only the decoder of the sniffed
format may look. Baseline JPEG, PNG and TIFF stream; a progressive JPEG, an interlaced PNG or a TIFF in
one strip has to be held whole by its decoder and ends at the memory limit where it is too large for that.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pyvips

from datasets.imaging.formats import STREAMED
from datasets.imaging.inspect import SIDEWAYS, ImageLimits, Inspected, check_frames, check_size, opened
from datasets.imaging.intrinsic import told_by
from datasets.imaging.upright import exif_of, has_gps
from modelship.lib.errors import Unprocessable

LOADERS = dict(zip(STREAMED, ("jpegload", "pngload", "tiffload"), strict=True))
# Reading their tags decodes no pixel; a PNG may have them behind its pixels.
TOLD_BY_PILLOW = ("JPEG", "TIFF")
THREADS = 2
WHITE = 255
# How far a JPEG may be shrunk while it is decoded.
SHRINKS = (8, 4, 2)
STREAM_OPENS = ("premature end", "truncated", "read gave", "end of", "eof", "not enough")
Opener = Callable[[], pyvips.Image]


def examine_streamed(
    path: str, format_name: str, limits: ImageLimits, folder: str, display: tuple[str, int, int]
) -> Inspected:
    """Read the whole picture once and write its display rendition, `(name, side, quality)`, into `folder`.

    Raises Problem for a picture that may not enter, as `examine` does for smaller ones.
    """
    name, side, quality = display
    with _told_plainly():
        facts = _facts(_opened(path, format_name, limits), format_name, limits)
        if format_name in TOLD_BY_PILLOW:
            with opened(path, format_name, limits) as image:
                gps, told = has_gps(image), told_by(exif_of(image))
            facts = dataclasses.replace(facts, has_gps=gps or facts.has_gps, told=told)
        _write_display(path, format_name, limits, str(Path(folder) / name), side, quality)
    return facts


def display_streamed(
    path: str, format_name: str, limits: ImageLimits, target: str, side: int, quality: int
) -> None:
    """Write the picture upright, its longer side at most `side`, as a JPEG without metadata."""
    with _told_plainly():
        _write_display(path, format_name, limits, target, side, quality)


def upright_streamed(path: str, format_name: str, limits: ImageLimits, scratch: str) -> pyvips.Image:
    """The picture upright in eight bits of sRGB or grey, its rows read when they are asked for.

    One that stands on its side or head can't be read in the order of its rows: it is decoded into the
    file `scratch` first, three bytes a pixel.
    """
    source = _opened(path, format_name, limits)
    plain = eight_bit_streamed(source, lambda: _opened(path, format_name, limits))
    orientation = _orientation(source)
    if orientation in (1, 2):
        return _turned(plain, orientation)
    plain.vipssave(scratch)
    return _turned(pyvips.Image.vipsload(scratch), orientation)


def eight_bit_streamed(image: pyvips.Image, again: Opener) -> pyvips.Image:
    """As `upright.eight_bit`: sRGB or grey, transparency shown on white. `again()` opens the picture anew."""
    is_grey = image.bands < 3
    if image.format != "uchar" and (is_grey or image.format != "ushort"):
        image = _stretched(image, again)
    if image.hasalpha():
        image = image.flatten(background=WHITE if image.format == "uchar" else WHITE << 8)
    if image.bands > 1 and image.get_typeof("icc-profile-data") and image.format == "uchar":
        with contextlib.suppress(pyvips.Error):
            image = image.icc_transform("srgb", embedded=True)
    shown = image.colourspace("b-w" if is_grey else "srgb")
    return shown if shown.format == "uchar" else shown.cast("uchar")


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except pyvips.Error as error:
        raise damage(error) from error


def damage(error: pyvips.Error) -> Exception:
    """What libvips met, as a Problem with a next step, or as the lack of memory that it was."""
    words = str(error).lower()
    if "out of memory" in words or "unable to allocate" in words or "insufficient memory" in words:
        return MemoryError(words)
    if any(sign in words for sign in STREAM_OPENS):
        return Unprocessable("The picture ends too early. Send the whole file again.", code="truncated")
    return Unprocessable("The picture is damaged. Save it again from its source.", code="corrupt")


def _opened(path: str, format_name: str, limits: ImageLimits, **options: int) -> pyvips.Image:
    """The picture with its header read and judged, no pixel decoded yet."""
    pyvips.vips_lib.vips_concurrency_set(THREADS)
    pyvips.cache_set_max(0)
    load = getattr(pyvips.Image, LOADERS[format_name])
    image = load(path, access="sequential", fail_on="error", **options)
    check_size(image.width, image.height, limits)
    return image


def _facts(image: pyvips.Image, format_name: str, limits: ImageLimits) -> Inspected:
    frames = int(_field(image, "n-pages", 1))
    check_frames(frames, limits)
    orientation = _orientation(image)
    size = (image.width, image.height)
    width, height = size[::-1] if orientation in SIDEWAYS else size
    sixteen = image.format in ("ushort", "short")
    return Inspected(
        format=format_name,
        width=width,
        height=height,
        # As with smaller ones: a TIFF counts as upright, because its readers turn it by themselves.
        orientation=1 if format_name == "TIFF" else orientation,
        mode=str(image.interpretation),
        bits=int(_field(image, "bits-per-sample", 16 if sixteen else 8)),
        frames=frames,
        has_gps=_has_gps(image),
    )


def _field(image: pyvips.Image, name: str, default: int) -> int:
    return image.get(name) if image.get_typeof(name) else default


def _orientation(image: pyvips.Image) -> int:
    value = int(_field(image, "orientation", 1))
    return value if 1 <= value <= 8 else 1


def _has_gps(image: pyvips.Image) -> bool:
    names = image.get_fields()
    if any("GPSLatitude" in name for name in names):
        return True
    return "xmp-data" in names and b"GPSLatitude" in bytes(image.get("xmp-data"))


def _write_display(
    path: str, format_name: str, limits: ImageLimits, target: str, side: int, quality: int
) -> None:
    source = _opened(path, format_name, limits)
    longest, orientation = max(source.width, source.height), _orientation(source)
    shrink = 1
    if format_name == "JPEG":
        shrink = next((by for by in SHRINKS if longest >= side * by), 1)

    def opened() -> pyvips.Image:
        return _opened(path, format_name, limits, **({"shrink": shrink} if shrink > 1 else {}))

    small = eight_bit_streamed(opened(), opened)
    if max(small.width, small.height) > side:
        small = small.thumbnail_image(side, height=side, size="down", no_rotate=True)
    turned = _turned(small.copy_memory(), orientation)
    turned.jpegsave(target, Q=quality, keep="none", subsample_mode="off")


def _turned(image: pyvips.Image, orientation: int) -> pyvips.Image:
    turns: dict[int, Callable[[], pyvips.Image]] = {
        2: image.fliphor,
        3: image.rot180,
        4: image.flipver,
        5: lambda: image.rot90().fliphor(),
        6: image.rot90,
        7: lambda: image.rot270().fliphor(),
        8: image.rot270,
    }
    return turns[orientation]() if orientation in turns else image


def _stretched(image: pyvips.Image, again: Opener) -> pyvips.Image:
    """More than eight bits: the range that the picture uses becomes 0 to 255, as viewers do."""
    alpha = None
    if image.hasalpha():
        alpha, image = image[image.bands - 1], image[: image.bands - 1]
    seen = again()
    if seen.hasalpha():
        seen = seen[: seen.bands - 1]
    stats = seen.stats()
    low, high = stats(0, 0)[0], stats(1, 0)[0]
    scale = 255.0 / (high - low) if high > low else 0.0
    shown = image.linear(scale, -low * scale, uchar=True)
    return shown if alpha is None else shown.bandjoin((alpha >> 8).cast("uchar"))
