"""Which rows name the columns, and what the columns are called."""

import re
from collections import Counter
from collections.abc import Sequence

from datasets.tables.reading.records import Row

NUMBER = re.compile(r"[-+(]?[$€£]?\s*\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*%?\)?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}.*)?")
YEAR = re.compile(r"(19|20)\d\d")
SAMPLE = 100
MAX_NAME = 200


def header_rows_of(rows: Sequence[Row]) -> int:
    """1 where the first row names the columns, 0 where it is data like the rows below it."""
    if not rows:
        return 0
    first, below = rows[0], rows[1 : SAMPLE + 1]
    votes = sum(_vote(cell, [row[at] for row in below if at < len(row)]) for at, cell in enumerate(first))
    if votes:
        return int(votes > 0)
    return int(not any(_is_value(cell) for cell in first))


def titles_of(rows: Sequence[Row]) -> int:
    """How many rows stand above the header: one filled cell each at most, while rows of a table have three or more."""
    filled = [len({cell.strip() for cell in row if cell} - {""}) for row in rows]
    counts = Counter(filled)
    usual = max(counts, key=lambda count: (counts[count], count), default=0)
    if max(filled, default=0) < 3 or usual < 2:
        return 0
    return next((at for at, count in enumerate(filled) if count > 1), 0)


def names_of(header: Sequence[Row], width: int) -> list[str]:
    """One name for each column, no two alike whatever their case; those of several rows are joined."""
    names: list[str] = []
    taken: set[str] = set()
    for at in range(width):
        parts = [" ".join((row[at] or "").split()) for row in header if at < len(row)]
        joined = " / ".join(dict.fromkeys(part for part in parts if part))[:MAX_NAME]
        name = base = joined or f"column_{at + 1}"
        number = 2
        while name.casefold() in taken:
            name = f"{base}_{number}"
            number += 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _vote(cell: str | None, below: Sequence[str | None]) -> int:
    """For a header where values follow a word, against it where they follow a value; a year heads what is no year."""
    values = [other for other in below if other and other.strip()]
    if not cell or not values or sum(map(_is_value, values)) < 0.8 * len(values):
        return 0
    if not _is_value(cell):
        return 1
    is_year = [bool(YEAR.fullmatch(value.strip())) for value in (cell, *values)]
    return 1 if is_year[0] and not any(is_year[1:]) else -1


def _is_value(cell: str | None) -> bool:
    text = (cell or "").strip()
    return bool(NUMBER.fullmatch(text) or DATE.fullmatch(text))
