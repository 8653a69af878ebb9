"""Copies of pictures to give away: upright, with every pixel, and nothing that tells a time, a device, or, unless
it is asked for, a place.

Where the picture stands upright already, its compressed pixels are copied as they are and only the metadata
around them is left out. Anything else is decoded, turned and written again. Runs in a limited child.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from datasets.imaging.formats import format_named
from datasets.imaging.inspect import ImageLimits, opened
from datasets.imaging.place import Place, with_place
from datasets.imaging.upright import eight_bit, upright

# Names of these are kept as people gave them; trainers look for them.
USUAL_EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
SAVING: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {"compress_level": 3},
    "TIFF": {"compression": "tiff_adobe_deflate"},
}
WRITABLE_MODES = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "I", "I;16", "F"),
}
# The segments that decoding needs: JFIF, colour profile and Adobe's colour transform among the APPn.
JFIF, PROFILE, ADOBE = 0xE0, 0xE2, 0xEE
COMMENT, START_OF_SCAN, END_OF_IMAGE = 0xFE, 0xDA, 0xD9
NEXT_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs hIST sPLT acTL fcTL fdAT".split()
)
WEBP_DROPPED = (b"EXIF", b"XMP ")
# The bits of VP8X that announce the two chunks.
WEBP_FLAGS = 0b0000_1100


def clean_format(format_name: str, orientation: int) -> str:
    """The format of the copy: the picture's own, or PNG for those that trainers don't read.

    A phone's HEIC becomes a JPEG: a PNG has ten times its bytes, and keeps what was lost already.
    """
    if format_name in ("JPEG", "TIFF"):
        return format_name
    if format_name == "HEIF":
        return "JPEG"
    return "WEBP" if format_name == "WEBP" and orientation == 1 else "PNG"


def clean_extension(filename: str, format_name: str, orientation: int) -> str:
    """The extension of the copy: the picture's own where it is a usual one of the copy's format."""
    kind = format_named(clean_format(format_name, orientation))
    own = "." + filename.rpartition(".")[2]
    return own if own.lower() in kind.extensions and own.lower() in USUAL_EXTENSIONS else kind.extension


def write_clean(
    path: str,
    format_name: str,
    limits: ImageLimits,
    target: str,
    orientation: int,
    place: Place | None = None,
) -> None:
    """Write the copy of the picture at `path` to the file `target`; it tells the `place` where one is given.

    Raises Problem where the picture can't be decoded.
    """
    _write_bare(path, format_name, limits, target, orientation)
    if place is not None:
        file = Path(target)
        file.write_bytes(with_place(file.read_bytes(), clean_format(format_name, orientation), place))


def _write_bare(path: str, format_name: str, limits: ImageLimits, target: str, orientation: int) -> None:
    if orientation == 1 and format_name in STRIPPERS:
        with open(path, "rb") as file:
            data = file.read()
        with open(target, "wb") as file:
            file.writelines(STRIPPERS[format_name](data))
        return
    with opened(path, format_name, limits) as image:
        image.load()
        turned = upright(image, orientation)
        _save(turned, clean_format(format_name, orientation), target, image.info.get("icc_profile"))


def _save(image: Image.Image, kind: str, target: str, profile: bytes | None) -> None:
    """Write the pixels as they are where the format can hold them, else as eight bits; nothing else goes along."""
    if kind == "PNG" and image.mode == "I":
        # Of a PGM, whose values have sixteen bits.
        image = image.convert("I;16")
    if image.mode not in WRITABLE_MODES[kind]:
        image, profile = eight_bit(image), None
    bare = image.copy()
    bare.info = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    bare.save(target, kind, icc_profile=profile, **SAVING[kind])


def _stripped_jpeg(data: bytes) -> Iterator[bytes]:
    """The segments of the first picture in the file. What follows its end (previews, gain maps) is left out."""
    yield data[:2]
    at = 2
    while True:
        found = NEXT_MARKER.search(data, at)
        if found is None:
            return
        marker, start = found[1][0], found.end()
        if marker == END_OF_IMAGE:
            yield b"\xff\xd9"
            return
        size = int.from_bytes(data[start : start + 2], "big")
        end = start + max(size, 2)
        segment = data[start:end]
        if marker == START_OF_SCAN:
            # The pixels of the scan reach to the next marker.
            following = NEXT_MARKER.search(data, end)
            end = following.start() if following else len(data)
            segment = data[start:end]
        if _is_needed(marker, segment):
            yield bytes((0xFF, marker)) + segment
        at = end


def _is_needed(marker: int, segment: bytes) -> bool:
    if marker == JFIF:
        return segment[2:6] == b"JFIF"
    if marker == PROFILE:
        return segment[2:14] == b"ICC_PROFILE\0"
    return marker == ADOBE or not (0xE0 <= marker <= 0xEF or marker == COMMENT)


def _stripped_png(data: bytes) -> Iterator[bytes]:
    yield data[:8]
    at = 8
    while at + 8 <= len(data):
        size, name = struct.unpack_from("!I4s", data, at)
        end = at + 12 + size
        if name in PNG_KEPT:
            yield data[at:end]
        if name == b"IEND":
            return
        at = end


def _stripped_webp(data: bytes) -> Iterator[bytes]:
    kept = list(_webp_chunks(data))
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, kept))) + b"WEBP"
    yield from kept


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    at, stop = 12, min(8 + int.from_bytes(data[4:8], "little"), len(data))
    while at + 8 <= stop:
        name, size = struct.unpack_from("<4sI", data, at)
        end = at + 8 + size + size % 2
        chunk = data[at:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes((chunk[8] & ~WEBP_FLAGS,)) + chunk[9:]
        if name not in WEBP_DROPPED:
            yield chunk
        at = end


STRIPPERS = {"JPEG": _stripped_jpeg, "PNG": _stripped_png, "WEBP": _stripped_webp}
