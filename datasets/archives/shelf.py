"""An archive whose members are read in any order, and by several threads at once. Pure."""

import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import BinaryIO, cast

from datasets.archives.entries import MemberBroken, Metered
from datasets.archives.members import Member, judged, kind_of
from datasets.archives.refusals import ArchiveRefused, Limits, Meter, broken
from datasets.archives.tars import ERRORS, STEP_BYTES, tar_entries, unpacked
from datasets.archives.zips import entries_of, opened_zip


@contextmanager
def shelf(path: str, limits: Limits, folder: str | None = None) -> Iterator[list[Member]]:
    """All members of the archive at `path`, to be opened as often as one likes within the block.

    There are at most `limits.entries` of them. A compressed tar is first unpacked into a temporary file in
    `folder`, within the limits of what may come out. Each has a checksum: that which a zip keeps, or one made
    of the bytes of a tar. Raises ArchiveRefused as `members` does, and for sizes that add up to too much.
    """
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(open(path, "rb"))
        kind, meter = kind_of(file), Meter(limits, os.fstat(file.fileno()).st_size)
        if kind == "zip":
            archive = stack.enter_context(opened_zip(file, meter))
            found = list(judged(entries_of(archive, meter), meter))
            _check_total(found, meter)
        else:
            if kind != "tar":
                file = stack.enter_context(_laid_out(file, kind, meter, folder))
                # What came out was held to the size of the archive; now it lies there.
                meter = Meter(limits, meter.bytes)
            found = [
                _placed(member, file, meter) for member in judged(tar_entries(file, "tar", meter), meter)
            ]
        yield found


@contextmanager
def _laid_out(file: BinaryIO, kind: str, meter: Meter, folder: str | None) -> Iterator[BinaryIO]:
    source = unpacked(file, kind)
    with tempfile.TemporaryFile(dir=folder, prefix="tar-") as plain:
        while piece := _piece(source):
            meter.count(len(piece))
            plain.write(piece)
        plain.seek(0)
        yield cast(BinaryIO, plain)


def _piece(source: BinaryIO) -> bytes:
    try:
        return source.read(STEP_BYTES)
    except ERRORS as error:
        raise broken(error) from error


def _placed(member: Member, file: BinaryIO, meter: Meter) -> Member:
    """The member with the checksum of its bytes, and opened where they lie."""
    if member.problem is not None:
        return member
    checksum = 0
    try:
        with member.open() as stream:
            while piece := stream.read(STEP_BYTES):
                checksum = zlib.crc32(piece, checksum)
    except MemberBroken as error:
        return replace(member, problem=("corrupt", str(error)[:500]))
    opened = partial(_stretch, file, member.offset, member.size, meter)
    return replace(member, checksum=f"{checksum:08x}", open=opened)


def _stretch(file: BinaryIO, offset: int, size: int, meter: Meter) -> BinaryIO:
    raw = Stretch(file.fileno(), offset, size)
    return cast(BinaryIO, Metered(cast(BinaryIO, raw), meter, ERRORS, counts=False))


def _check_total(found: list[Member], meter: Meter) -> None:
    """What the headers own up to is judged before anything is opened; lies are met while reading."""
    if sum(member.size for member in found if member.problem is None) > meter.most:
        raise ArchiveRefused(
            "archive_too_large",
            f"It unpacks to more than {meter.most / 2**20:,.0f} MiB. Pack fewer files into one archive.",
        )


class Stretch(io.RawIOBase):
    """Some bytes of a file, read without moving anybody else's place in it."""

    def __init__(self, number: int, offset: int, size: int) -> None:
        self._number, self._at, self._end = number, offset, offset + size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        piece = os.pread(self._number, left if size < 0 else min(size, left), self._at)
        self._at += len(piece)
        return piece
