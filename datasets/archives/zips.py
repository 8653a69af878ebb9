"""Zip archives. Their directory is counted before anything is built of it: headers cost memory, too."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from datasets.archives.entries import Entry, Metered, unopenable
from datasets.archives.refusals import Meter, broken, too_many

HEADER, HEADER_BYTES = b"PK\1\2", 46
# With its locator.
ZIP64_END, ZIP64_END_BYTES = b"PK\6\6", 56 + 20
# More than names, times and Zip64 sizes of an entry ever need.
ENTRY_BYTES = 1024
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    NotImplementedError,
    struct.error,
)


def zip_entries(file: BinaryIO, meter: Meter) -> Iterator[Entry]:
    """The entries of a zip; raises ArchiveRefused for a directory that is damaged or too large."""
    with opened_zip(file, meter) as archive:
        yield from entries_of(archive, meter)


def opened_zip(file: BinaryIO, meter: Meter) -> zipfile.ZipFile:
    _check_directory(file, meter)
    try:
        return zipfile.ZipFile(file)
    except (*ERRORS, ValueError, IndexError) as error:
        raise broken(error) from error


def entries_of(archive: zipfile.ZipFile, meter: Meter) -> Iterator[Entry]:
    """They can be opened in any order, as long as the archive is open."""
    for info in archive.infolist():
        problem = _problem(info)
        yield Entry(
            _name(info),
            info.file_size,
            info.is_dir(),
            problem,
            (lambda info=info: _opened(archive, info, meter)) if problem is None else unopenable,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*info.date_time),
            f"{info.CRC:08x}",
        )


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it is written: zipfile would cut it at a NUL."""
    return str(info.orig_filename)


def _problem(info: zipfile.ZipInfo) -> tuple[str, str] | None:
    mode = info.external_attr >> 16
    if info.flag_bits & 0x1:
        return "encrypted", "It is encrypted. Pack it without a password."
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "not_a_file", "It is a link or a device, not a file. Pack the file itself."
    if info.compress_type not in METHODS:
        return (
            "unsupported_compression",
            "It is packed in a way that is not known here. Pack it as plain zip.",
        )
    return None


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: Meter) -> BinaryIO:
    try:
        raw = archive.open(info)
    except (*ERRORS, RuntimeError) as error:
        raise broken(error) from error
    return cast(BinaryIO, Metered(cast(BinaryIO, raw), meter, ERRORS))


def _check_directory(file: BinaryIO, meter: Meter) -> None:
    """Refuse a directory of too many entries. What it says of their number may be a lie, so they are counted."""
    # zipfile's own reader of the end record: one of ours could find another end than the one it will use.
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if end is None:
        raise broken("its end is missing")
    entries, length, place = end[4], end[5], end[9]
    if entries > meter.limits.entries or length > meter.limits.entries * ENTRY_BYTES:
        raise too_many(meter.limits.entries)
    start = place - length - (ZIP64_END_BYTES if end[0] == ZIP64_END else 0)
    if start < 0:
        raise broken("its directory is missing")
    file.seek(start)
    _count_headers(file, length, meter.limits.entries)
    file.seek(0)


def _count_headers(file: BinaryIO, length: int, most: int) -> None:
    found = 0
    while length > 0:
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES or not header.startswith(HEADER):
            raise broken("its directory is not what it says")
        more = sum(struct.unpack_from("<3H", header, 28))
        file.seek(more, 1)
        length -= HEADER_BYTES + more
        found += 1
        if found > most:
            raise too_many(most)
