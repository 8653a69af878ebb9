"""Pictures that the tests draw themselves."""

import io
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from datasets.imaging.heif import know_heif

RED, BLUE = (255, 0, 0), (0, 0, 255)
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825
LATITUDE = "48.858222"
# So that the tests can write such files.
know_heif()


def flag(width: int = 40, height: int = 20) -> Image.Image:
    """Red, with the upper left quarter blue: any turn shows."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, 0, width // 2, height // 2))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    if kind in ("HEIF", "TIFF") and "exif" in options:
        # Only from bytes does HEIF learn the turn, which the file itself then tells, and TIFF the place.
        options["exif"] = options["exif"].tobytes()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(number: int = 0, kind: str = "PNG") -> bytes:
    """A small picture; each number gives other bytes."""
    return encoded(Image.new("RGB", (32, 16), (number % 256, number // 256, 7)), kind)


def exif(*, orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    tags[MAKER] = "Canary Camera"
    return tags


def located(kind: str, *, orientation: int = 1) -> bytes:
    """The flag with a place in its EXIF."""
    place = {1: "N", 2: (IFDRational(48), IFDRational(51), IFDRational(29)), 29: LATITUDE}
    if kind == "TIFF":
        tags = ImageFileDirectory_v2()
        tags[ORIENTATION], tags[MAKER], tags[GPS] = orientation, "Canary Camera", place
        return encoded(flag(), kind, tiffinfo=tags)
    inner = exif(orientation=orientation)
    inner.get_ifd(GPS).update(place)
    return encoded(flag(), kind, exif=inner)


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""
    body = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", body)
        + _chunk(b"IDAT", zlib.compress(b""))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))


def sent(name: str, data: bytes, content_type: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type)


def post_files(person, dataset, files: Iterable[tuple[str, bytes]]):
    """Upload the files in one request, as this person."""
    uploads = [sent(name, data) for name, data in files]
    return person.api.post(f"/api/v1/datasets/{dataset.id}/images", {"files": uploads})


def upload(person, dataset, name: str, data: bytes) -> dict:
    """Upload one good file and return its image."""
    [result] = post_files(person, dataset, [(name, data)]).json()["results"]
    assert result["status"] == "created", result
    return result["image"]


def body_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def decoded(response) -> Image.Image:
    return Image.open(io.BytesIO(body_of(response)))


def odd_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "EXPECTED.tsv")
