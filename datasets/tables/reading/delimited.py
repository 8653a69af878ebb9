"""Text whose cells are parted by a character: CSV, TSV and their kin."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from datasets.tables.dialects import DELIMITERS, QUOTES, Dialect, dialect_of
from datasets.tables.encodings import CHOICES, Encoding, encoding_of, open_text
from datasets.tables.reading.records import Opened, Placed, Wish
from datasets.tables.refusals import Findings, Limits, TableRefused

SAMPLE_CHARS = 256 << 10
LOST = "\ufffd"


class Delimited:
    name = "csv"

    def open(self, path: Path, wish: Wish, limits: Limits, findings: Findings) -> Opened:
        encoding = encoding_of(path, wish.encoding)
        dialect = _dialect(path, encoding, wish, limits)
        return Opened(
            rows=_rows(path, encoding, dialect, limits, findings),
            understood={
                "encoding": encoding.said,
                "delimiter": dialect.delimiter,
                "quote": dialect.quote,
                "skip": dialect.skip,
            },
            dialect=dialect if encoding.name in ("utf-8", "utf-8-sig") and encoding.how != "wish" else None,
            choices={"encoding": list(CHOICES), "delimiter": list(DELIMITERS), "quote": list(QUOTES)},
        )


def _dialect(path: Path, encoding: Encoding, wish: Wish, limits: Limits) -> Dialect:
    with open_text(path, encoding) as file:
        sample = "".join(islice(_bounded(file, limits, Findings(), is_sure=True), 20_000))[:SAMPLE_CHARS]
    if not sample.strip("\0\r\n\t ,;|"):
        raise TableRefused("empty", "The file is empty. Choose one that has rows.")
    guess = dialect_of(sample, wish.delimiter)
    return Dialect(guess.delimiter, wish.quote or guess.quote, guess.skip if wish.skip is None else wish.skip)


def _rows(
    path: Path, encoding: Encoding, dialect: Dialect, limits: Limits, findings: Findings
) -> Iterator[Placed]:
    csv.field_size_limit(limits.cell_chars)
    with open_text(path, encoding) as file:
        lines = _bounded(file, limits, findings, is_sure=encoding.how in ("mark", "content"))
        for _ in islice(lines, dialect.skip):
            pass
        reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)
        begins = dialect.skip + 1
        try:
            for row in reader:
                if row:
                    yield begins, row
                begins = dialect.skip + reader.line_num + 1
        except csv.Error as problem:
            if "field larger" in str(problem):
                raise too_long(limits) from problem
            raise TableRefused(
                "unreadable", f"Line {reader.line_num + dialect.skip:,} can't be read: {problem}."
            ) from problem


def _bounded(file: TextIO, limits: Limits, findings: Findings, *, is_sure: bool) -> Iterator[str]:
    """The lines without zero bytes, none longer than may be. Raises TableRefused before a longer one is held."""
    number = 0
    while line := file.readline(limits.line_chars + 1):
        number += 1
        if len(line) > limits.line_chars:
            raise TableRefused(
                "line_too_long", f"Line {number:,} has more than {limits.line_chars:,} characters."
            )
        if "\0" in line:
            line = line.replace("\0", "")
            findings.add("zero_bytes", "Zero bytes in {count} lines were left out.", row=number)
        if not is_sure and LOST in line:
            findings.add(
                "lost_characters",
                "{count} lines have characters that the encoding does not know. Try another encoding.",
                row=number,
            )
        yield line


def too_long(limits: Limits) -> TableRefused:
    return TableRefused("cell_too_long", f"A cell has more than {limits.cell_chars:,} characters.")
