"""Text of files that nobody knows the encoding of: UTF-8, UTF-16 by its mark, else Windows-1252."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from annotations.formats.reading.records import Unreadable

STEP_BYTES = 256 << 10
MAX_LINE = 1 << 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Decoder:
    """Decodes a stream piece by piece and never fails: bytes that are no UTF-8 are taken for Windows-1252."""

    def __init__(self) -> None:
        self._inner: codecs.IncrementalDecoder | None = None
        # Whether some byte was not what the encoding of the file allows.
        self.is_foreign = False

    def decode(self, data: bytes, *, is_last: bool) -> str:
        if self._inner is None:
            data = self._begin(data)
        assert self._inner is not None
        state = self._inner.getstate()
        try:
            return self._inner.decode(data, is_last)
        except UnicodeDecodeError:
            self.is_foreign = True
            self._inner.setstate(state)
            self._inner.errors = "modelship-cp1252"
            return self._inner.decode(data, is_last)

    def _begin(self, data: bytes) -> bytes:
        mark, encoding = next(((m, e) for m, e in MARKS if data.startswith(m)), (b"", _unmarked(data)))
        self._inner = codecs.getincrementaldecoder(encoding)("strict")
        return data[len(mark) :]


def _unmarked(data: bytes) -> str:
    """Text without a mark; every second byte of Western text in UTF-16 is zero."""
    head = data[:64]
    if len(head) > 3 and head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    return "utf-16-be" if len(head) > 3 and head[0::2].count(0) > len(head) // 3 else "utf-8"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("modelship-cp1252", _as_cp1252)


def lines(file: BinaryIO, most: int = MAX_LINE) -> Iterator[tuple[int, str]]:
    """The lines with their numbers from 1, without their ends, whichever those are. Raises Unreadable."""
    decoder, rest, number = Decoder(), "", 0
    while True:
        data = file.read(STEP_BYTES)
        rest += decoder.decode(data, is_last=not data)
        *whole, rest = _split(rest, is_last=not data)
        for line in whole:
            number += 1
            yield number, line
        if len(rest) > most:
            raise Unreadable(f"Line {number + 1:,} has more than {most:,} characters.")
        if not data:
            if rest:
                yield number + 1, rest
            return


def _split(text: str, *, is_last: bool) -> list[str]:
    """Parted at line ends; a CR at the very end waits, for an LF may follow."""
    held = ""
    if text.endswith("\r") and not is_last:
        text, held = text[:-1], "\r"
    parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    parts[-1] += held
    return parts


def whole(file: BinaryIO, most: int = 16 << 20) -> str:
    """The text of a file that must be small. Raises Unreadable for one that is not."""
    data = file.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"The file has more than {most >> 20} MiB.", "Part it into smaller files.")
    return Decoder().decode(data, is_last=True)
