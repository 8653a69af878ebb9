"""Putting a place, and nothing else, into the bytes of a clean copy; its pixels are not touched.

The EXIF block is written anew from numbers: whatever else a file said beside its place can't slip through.
"""

import struct
import zlib
from collections.abc import Sequence

# Latitude and longitude in degrees and, where known, the altitude in metres.
Place = Sequence[float]
GPS_TAG = 0x8825
BYTE, ASCII, LONG, RATIONAL = 1, 2, 4, 5
VERSION = b"\2\3\0\0"
# Parts of a second of arc: a third of a millimetre.
SECOND_PARTS = 100_000
HIGHEST = 1e7
WEBP_ALPHA, WEBP_EXIF = 0x10, 0x08


def with_place(data: bytes, kind: str, place: Place) -> bytes:
    """The file `data` of the format `kind`, one of INSERTERS, that says where it was taken."""
    return INSERTERS[kind](data, place)


def exif_block(place: Place) -> bytes:
    """An EXIF block, without a prefix, that holds the place alone."""
    start = b"MM\0*" + struct.pack(">I", 8)
    pointer = struct.pack(">HHHIII", 1, GPS_TAG, LONG, 1, 26, 0)
    return start + pointer + _gps_directory(">", 26, place)


def _gps_directory(order: str, at: int, place: Place) -> bytes:
    """The directory as it lies at the offset `at`; what has more than four bytes follows it."""
    latitude, longitude, *altitude = place
    entries = [
        (0, BYTE, 4, VERSION),
        (1, ASCII, 2, b"S\0" if latitude < 0 else b"N\0"),
        (2, RATIONAL, 3, _degrees(order, latitude)),
        (3, ASCII, 2, b"W\0" if longitude < 0 else b"E\0"),
        (4, RATIONAL, 3, _degrees(order, longitude)),
    ]
    if altitude and abs(altitude[0]) < HIGHEST:
        height = struct.pack(f"{order}II", round(abs(altitude[0]) * 100), 100)
        entries += [(5, BYTE, 1, b"\1" if altitude[0] < 0 else b"\0"), (6, RATIONAL, 1, height)]
    after = at + 2 + 12 * len(entries) + 4
    rows, values = b"", b""
    for tag, kind, count, value in entries:
        field = value.ljust(4, b"\0")
        if len(value) > 4:
            field, values = struct.pack(f"{order}I", after + len(values)), values + value
        rows += struct.pack(f"{order}HHI", tag, kind, count) + field
    return struct.pack(f"{order}H", len(entries)) + rows + bytes(4) + values


def _degrees(order: str, value: float) -> bytes:
    minutes, parts = divmod(round(abs(value) * 3600 * SECOND_PARTS), 60 * SECOND_PARTS)
    return struct.pack(f"{order}6I", minutes // 60, 1, minutes % 60, 1, parts, SECOND_PARTS)


def _jpeg(data: bytes, place: Place) -> bytes:
    """The block comes behind the JFIF segment, where there is one."""
    at = 4 + int.from_bytes(data[4:6], "big") if data[2:4] == b"\xff\xe0" else 2
    body = b"Exif\0\0" + exif_block(place)
    return data[:at] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[at:]


def _png(data: bytes, place: Place) -> bytes:
    """The chunk comes behind the header, which always has the same size."""
    body = b"eXIf" + exif_block(place)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def _webp(data: bytes, place: Place) -> bytes:
    """The chunk comes last, and the extended header, made where there is none, announces it."""
    body = exif_block(place)
    exif = b"EXIF" + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    head, rest = _extended(data[12:])
    head = head[:8] + bytes((head[8] | WEBP_EXIF,)) + head[9:]
    chunks = head + rest + exif
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _extended(chunks: bytes) -> tuple[bytes, bytes]:
    """The extended header of a WebP file, and the chunks behind it."""
    name = chunks[:4]
    if name == b"VP8X":
        return chunks[:18], chunks[18:]
    if name == b"VP8L":
        bits = int.from_bytes(chunks[9:13], "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
        flags = WEBP_ALPHA if bits >> 28 & 1 else 0
    else:
        width, height = (int.from_bytes(chunks[at : at + 2], "little") - 1 & 0x3FFF for at in (14, 16))
        flags = 0
    size = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return b"VP8X" + struct.pack("<II", 10, flags) + size, chunks


def _tiff(data: bytes, place: Place) -> bytes:
    """The first directory is written again at the end, with one entry more."""
    order = "<" if data[:2] == b"II" else ">"
    at = struct.unpack_from(f"{order}I", data, 4)[0]
    count = struct.unpack_from(f"{order}H", data, at)[0]
    end = at + 2 + 12 * count
    entries = [data[start : start + 12] for start in range(at + 2, end, 12)]
    data += bytes(len(data) % 2)
    gps = _gps_directory(order, len(data), place)
    entries.append(struct.pack(f"{order}HHII", GPS_TAG, LONG, 1, len(data)))
    entries.sort(key=lambda entry: struct.unpack_from(f"{order}H", entry))
    directory = struct.pack(f"{order}H", count + 1) + b"".join(entries) + data[end : end + 4]
    body = data + gps
    return body[:4] + struct.pack(f"{order}I", len(body)) + body[8:] + directory


INSERTERS = {"JPEG": _jpeg, "PNG": _png, "WEBP": _webp, "TIFF": _tiff}
