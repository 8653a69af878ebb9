"""Rows of CSV files that strangers made, by the names of their columns."""

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from annotations.formats.reading import texts
from annotations.formats.reading.records import Unreadable

DELIMITERS = ",;\t|"
MAX_FIELD = 1 << 20
MAX_COLUMNS = 500


def rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line that each ends on. Raises Unreadable.

    A field in quotes may hold line ends; the delimiter is the one that the first line has most of.
    """
    told = texts.lines(file)
    first = next(told, None)
    if first is None:
        return
    csv.field_size_limit(MAX_FIELD)
    lines = (f"{text}\n" for text in _joined(first[1], told))
    reader = csv.reader(lines, delimiter=delimiter_of(first[1]))
    try:
        for row in reader:
            if len(row) > MAX_COLUMNS:
                raise Unreadable(f"Line {reader.line_num} has more than {MAX_COLUMNS} columns.")
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} is no CSV: {error}.") from error


def _joined(first: str, told: Iterator[tuple[int, str]]) -> Iterator[str]:
    yield first
    for _, text in told:
        yield text


def delimiter_of(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def head_row(text: str) -> list[str]:
    """The cells of the first line."""
    line = next(iter(text.splitlines()), "")
    return next(csv.reader([line[:MAX_FIELD]], delimiter=delimiter_of(line)), []) if line else []


def column(header: Sequence[str], *names: str) -> int | None:
    """The place of the first of these columns that is there, in whatever case."""
    folded = [cell.strip().casefold() for cell in header]
    return next((folded.index(name) for name in names if name in folded), None)


def cell(row: Sequence[str], at: int | None) -> str:
    return row[at].strip() if at is not None and at < len(row) else ""
