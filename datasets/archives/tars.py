"""Tar archives, plain or compressed: unpacked once from front to back, and counted while they are."""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from datasets.archives.entries import Entry, Metered, unopenable
from datasets.archives.refusals import ArchiveRefused, Meter, broken

# What the headers of one member may have: long names and attributes, and no more.
MAX_HEADER_BYTES = 1 << 20
STEP_BYTES = 256 << 10
KEPT_BYTES = 1024
XZ_MEMORY_BYTES = 256 << 20
ERRORS = (tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


def tar_entries(file: BinaryIO, kind: str, meter: Meter) -> Iterator[Entry]:
    """The entries of a tar; raises ArchiveRefused for one that is damaged or too large."""
    source = Forward(unpacked(file, kind), meter)
    try:
        archive = tarfile.TarFile(fileobj=cast(BinaryIO, source))
    except ERRORS as error:
        raise broken(error) from error
    with archive:
        while (info := _next(archive, source)) is not None:
            problem = _problem(info)
            yield Entry(
                info.name,
                info.size,
                info.isdir(),
                problem,
                (lambda info=info: _opened(archive, info, meter)) if problem is None else unopenable,
                str(info.mtime),
                offset=info.offset_data,
            )
            # tarfile would keep every one.
            archive.members = []  # type: ignore[attr-defined]


def unpacked(file: BinaryIO, kind: str) -> BinaryIO:
    """The tar inside its compression."""
    if kind == "gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))
    if kind == "bz2":
        return cast(BinaryIO, bz2.BZ2File(file))
    return cast(BinaryIO, Xz(file)) if kind == "xz" else file


def _next(archive: tarfile.TarFile, source: "Forward") -> tarfile.TarInfo | None:
    source.headers_left = MAX_HEADER_BYTES
    try:
        return archive.next()
    except ERRORS as error:
        raise broken(error) from error
    finally:
        source.headers_left = None


def _problem(info: tarfile.TarInfo) -> tuple[str, str] | None:
    if info.issparse() or not (info.isreg() or info.isdir()):
        return "not_a_file", "It is a link or a device, not a file. Pack the file itself."
    return None


def _opened(archive: tarfile.TarFile, info: tarfile.TarInfo, meter: Meter) -> BinaryIO:
    raw = archive.extractfile(info)
    if raw is None:
        return unopenable()
    # The bytes are counted below it, where skipped ones count as well.
    return cast(BinaryIO, Metered(cast(BinaryIO, raw), meter, ERRORS, counts=False))


class Forward(io.RawIOBase):
    """A stream that tarfile may seek in, forwards by reading and backwards a few bytes.

    Counts all that is unpacked, and what the headers of one member take while `headers_left` is set.
    """

    def __init__(self, file: BinaryIO, meter: Meter) -> None:
        self._file, self._meter = file, meter
        self._at = 0
        self._kept = b""
        self._back = 0
        self.headers_left: int | None = MAX_HEADER_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at - self._back

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != 0 or self._at - offset > len(self._kept):
            raise OSError("a tar is read from front to back")
        self._back = max(0, self._at - offset)
        while self._at < offset:
            if not self._fresh(min(offset - self._at, STEP_BYTES)):
                break
        return self.tell()

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            raise OSError("a tar is never read whole")
        if self.headers_left is not None:
            self.headers_left -= size
            if self.headers_left < 0:
                raise ArchiveRefused(
                    "corrupt", "The archive's headers are longer than any need be. Pack it again."
                )
        again = self._kept[len(self._kept) - self._back :][:size] if self._back else b""
        self._back -= len(again)
        pieces, left = [again], size - len(again)
        while left > 0 and (piece := self._fresh(min(left, STEP_BYTES))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _fresh(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._meter.count(len(piece))
        self._at += len(piece)
        self._kept = (self._kept + piece)[-KEPT_BYTES:]
        return piece


class Xz(io.RawIOBase):
    """An xz stream whose dictionary may not take all memory, as one that a stranger made could ask for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpacker = lzma.LZMADecompressor(memlimit=XZ_MEMORY_BYTES)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._unpacker.eof:
            packed = self._file.read(STEP_BYTES) if self._unpacker.needs_input else b""
            if not packed and self._unpacker.needs_input:
                raise EOFError("it ends in the middle")
            piece = self._unpacker.decompress(packed, max_length=size)
            if piece:
                return piece
        return b""
