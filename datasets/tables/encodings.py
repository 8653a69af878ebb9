"""Which encoding a text file is in: its mark, else UTF-8 where it is that throughout, else the likeliest of a few."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from charset_normalizer import from_bytes

from datasets.tables.refusals import TableRefused

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people choose from, and the detector with them. Windows-1252 holds all of Latin-1 that anybody prints.
CHOICES = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp1252",
    "cp1250",
    "cp1251",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
    "mac_roman",
)
DETECTED = ("cp1251", "shift_jis", "gb18030", "big5", "euc_kr")
STEP_BYTES = 1 << 20
SAMPLE_BYTES = 64 << 10
# How much of the text must speak for another encoding than Windows-1252: for little text the detector guesses.
LEAST_FOREIGN = 24


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` as Python knows it, and how it was found: mark, content, guess or wish."""

    name: str
    how: str

    @property
    def said(self) -> str:
        """As people choose it."""
        return self.name.removesuffix("-sig")


def encoding_of(path: Path, wish: str | None = None) -> Encoding:
    """Raises TableRefused where the wish is unknown, or the file can't be text at all."""
    if wish is not None:
        if wish not in CHOICES:
            raise TableRefused("unknown_encoding", f"Choose an encoding: {', '.join(CHOICES)}.")
        return Encoding("utf-8-sig" if wish == "utf-8" else wish, "wish")
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    if marked:
        return Encoding(marked, "mark")
    wide = _wide(head)
    if wide:
        return Encoding(wide, "content")
    foreign = _first_foreign(path)
    return Encoding("utf-8", "content") if foreign is None else Encoding(_guessed(foreign), "guess")


def open_text(path: Path, encoding: Encoding) -> TextIO:
    """Lines as they are; a byte that the encoding does not know becomes the mark of a lost character."""
    return path.open("r", encoding=encoding.name, errors="replace", newline="")


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Western text is zero."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    if head[1::2].count(0) > pairs * 0.4 and head[0::2].count(0) < pairs * 0.05:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > pairs * 0.4 and head[1::2].count(0) < pairs * 0.05 else None


def _first_foreign(path: Path) -> bytes | None:
    """The bytes around the first that are no UTF-8; None where the whole file is."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with path.open("rb") as file:
        while True:
            begin = file.tell()
            data = file.read(STEP_BYTES)
            try:
                decoder.decode(data, not data)
            except UnicodeDecodeError as problem:
                file.seek(max(0, begin + problem.start - SAMPLE_BYTES // 2))
                return file.read(SAMPLE_BYTES)
            if not data:
                return None


def _guessed(sample: bytes) -> str:
    """Windows-1252 unless much of the text speaks for an encoding of another script."""
    if sum(byte > 127 for byte in sample) < LEAST_FOREIGN:
        return "cp1252"
    best = from_bytes(sample, cp_isolation=[*DETECTED, "cp1252"]).best()
    found = best.encoding if best is not None else "cp1252"
    return found if found in DETECTED else "cp1252"
