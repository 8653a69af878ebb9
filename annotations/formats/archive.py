"""A zip whose bytes depend on its members alone: no clock, no user, no order but the one of adding.

The records are written here and not by `zipfile`, which holds a million members in memory, can't go on with an
archive that has no end yet, and takes longer for the frame of a small text than for the text.
"""

import hashlib
import os
import struct
import zlib
from typing import BinaryIO, NamedTuple

import orjson

from annotations.formats.desk import RESULT, Desk

MANIFEST = "manifest.json"
CHUNK_BYTES = 1 << 20
# Packing these again costs time and gains nothing.
PACKED_ALREADY = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")

STORED, DEFLATED = 0, 8
# 00:00 on the first day of 1980, in the way of DOS.
FIRST_MOMENT = (0, 0x21)
UTF8_NAME = 0x800
PLAIN, LARGE = 20, 45
UNIX = 3
MODE = 0o100644 << 16
# What stands in a field of 32 or 16 bits whose value is elsewhere; values from there on are.
ELSEWHERE, MEMBERS_ELSEWHERE = 0xFFFFFFFF, 0xFFFF
LARGEST, MOST_MEMBERS = ELSEWHERE, MEMBERS_ELSEWHERE
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s4B4H3I5H2I")
END = struct.Struct("<4s4H2IH")
LARGE_END = struct.Struct("<4sQ2H2I4Q")
LOCATOR = struct.Struct("<4sIQI")
# A last block without anything: what a flush leaves open becomes a whole stream.
NO_MORE = b"\x03\x00"
RAW = -zlib.MAX_WBITS


class Member(NamedTuple):
    name: bytes
    method: int
    crc: int
    packed: int
    size: int
    # Sizes in fields of 64 bits.
    is_large: bool = False

    def local(self) -> bytes:
        sizes = (ELSEWHERE, ELSEWHERE) if self.is_large else (self.packed, self.size)
        extra = struct.pack("<2H2Q", 1, 16, self.size, self.packed) if self.is_large else b""
        return LOCAL.pack(b"PK\3\4", *self._start(), *sizes, len(self.name), len(extra)) + self.name + extra

    def central(self, offset: int) -> bytes:
        sizes = (ELSEWHERE, ELSEWHERE) if self.is_large else (self.packed, self.size)
        is_far = offset >= LARGEST
        large = [*([self.size, self.packed] if self.is_large else ()), *([offset] if is_far else ())]
        extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
        version, *start = self._start()
        place = (0, 0, 0, MODE, ELSEWHERE if is_far else offset)
        head = CENTRAL.pack(
            b"PK\1\2", version, UNIX, version, 0, *start, *sizes, len(self.name), len(extra), *place
        )
        return head + self.name + extra

    def _start(self) -> tuple[int, ...]:
        flags = 0 if self.name.isascii() else UTF8_NAME
        return (LARGE if self.is_large else PLAIN, flags, self.method, *FIRST_MOMENT, self.crc)


class Archive:
    """Writes members one after the other into the desk's result and ends with a manifest of checksums."""

    def __init__(self, desk: Desk) -> None:
        self._out, self._central = desk.file(RESULT), desk.file("central")
        self._manifest, self._counts = desk.file(MANIFEST), desk.counter("archive")
        # One for all small members, for making one takes longer than packing a page of text.
        self._packer = zlib.compressobj(1, zlib.DEFLATED, RAW)

    def add(self, name: str, data: bytes) -> None:
        method, packed = STORED, data
        if _gains(name):
            # A full flush forgets what came before, so that each member is unpacked by itself.
            method = DEFLATED
            packed = self._packer.compress(data) + self._packer.flush(zlib.Z_FULL_FLUSH) + NO_MORE
        member = Member(name.encode(), method, zlib.crc32(data), len(packed), len(data))
        self._central.write(member.central(self._out.tell()))
        self._out.write(member.local())
        self._out.write(packed)
        self._note(name, len(data), hashlib.sha256(data).hexdigest())

    def add_file(self, name: str, file: BinaryIO) -> None:
        """Add what a seekable file holds, from its beginning."""
        sha256, size = self._copied(name, file)
        self._note(name, size, sha256)

    def finish(self) -> None:
        """Add the manifest and the list of all members."""
        self._manifest.write(b"\n]}\n" if self._counts["members"] else b'{"files":[\n\n]}\n')
        self._copied(MANIFEST, self._manifest)
        self._end()

    def _copied(self, name: str, file: BinaryIO) -> tuple[str, int]:
        size, offset = file.seek(0, os.SEEK_END), self._out.tell()
        method = DEFLATED if _gains(name) else STORED
        # Packing may make a file a little longer.
        member = Member(name.encode(), method, 0, 0, size, is_large=size * 1.01 >= LARGEST)
        self._out.write(member.local())
        start = self._out.tell()
        digest, crc = hashlib.sha256(), 0
        packer = zlib.compressobj(6, zlib.DEFLATED, RAW)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            self._out.write(packer.compress(chunk) if method else chunk)
        self._out.write(packer.flush() if method else b"")
        end = self._out.tell()
        member = member._replace(crc=crc, packed=end - start)
        self._out.seek(offset)
        self._out.write(member.local())
        self._out.seek(end)
        self._central.write(member.central(offset))
        return digest.hexdigest(), size

    def _note(self, name: str, size: int, sha256: str) -> None:
        self._manifest.write(b",\n" if self._counts["members"] else b'{"files":[\n')
        self._manifest.write(orjson.dumps({"name": name, "bytes": size, "sha256": sha256}))
        self._counts["members"] += 1

    def _end(self) -> None:
        start, length = self._out.tell(), self._central.tell()
        members = self._counts["members"] + 1
        self._central.seek(0)
        while chunk := self._central.read(CHUNK_BYTES):
            self._out.write(chunk)
        count, place = members, (length, start)
        if members >= MOST_MEMBERS or start + length >= LARGEST:
            sums = (members, members, length, start)
            self._out.write(LARGE_END.pack(b"PK\6\6", LARGE_END.size - 12, LARGE, LARGE, 0, 0, *sums))
            self._out.write(LOCATOR.pack(b"PK\6\7", 0, start + length, 1))
            count, place = MEMBERS_ELSEWHERE, (ELSEWHERE, ELSEWHERE)
        self._out.write(END.pack(b"PK\5\6", 0, 0, count, count, *place, 0))


def _gains(name: str) -> bool:
    return not name.lower().endswith(PACKED_ALREADY)
