"""How a text file parts its cells: delimiter, quotes, lines before the header. Guessed from its beginning."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

# In the order in which they are believed where two do equally well.
DELIMITERS = (",", "\t", ";", "|", ":")
QUOTES = ('"', "'")
COMMENT = "#"
SAMPLE_ROWS = 500


@dataclass(frozen=True, slots=True)
class Dialect:
    """`skip`: blank lines and comments before the first row."""

    delimiter: str = ","
    quote: str = '"'
    skip: int = 0


def dialect_of(text: str, delimiter: str | None = None) -> Dialect:
    """From the beginning of a file; `delimiter` where somebody has said it."""
    lines = text.splitlines(keepends=True)
    skip = _lines_before(lines)
    body = lines[skip:]
    dialects = [
        Dialect(one, quote, skip)
        for one in ((delimiter,) if delimiter else DELIMITERS)
        for quote in _quotes(body)
    ]
    best = max(dialects, key=lambda one: _fit(body, one))
    if delimiter is None and _width(body, best) < 2:
        best = replace(best, delimiter=",")
    return best


def split(lines: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """The rows of a sample; a last one that may be cut is left out where there are others."""
    rows = []
    try:
        for row in csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote):
            rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def _lines_before(lines: Sequence[str]) -> int:
    """Blank lines and comments at the top."""
    return next((at for at, line in enumerate(lines) if line.strip() and not line.startswith(COMMENT)), 0)


def _quotes(body: Sequence[str]) -> tuple[str, ...]:
    """The single quote is one only where it is and the double one is not."""
    text = "".join(body[:SAMPLE_ROWS])
    return QUOTES[1:] if '"' not in text and text.count("'") >= 4 and _wraps(text) else QUOTES[:1]


def _wraps(text: str) -> bool:
    """Whether single quotes stand around cells, not inside words."""
    edges = sum(text.count(f"{a}'") + text.count(f"'{a}") for a in (",", ";", "\t", "\n", "|"))
    return edges >= text.count("'") * 0.9


def _fit(body: Sequence[str], dialect: Dialect) -> tuple[float, int]:
    """How well the rows have one width above 1, then how wide they are."""
    widths = Counter(len(row) for row in split(body, dialect) if row)
    if not widths:
        return 0.0, 0
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    return (count / widths.total() if width > 1 else 0.0), width


def _width(body: Sequence[str], dialect: Dialect) -> int:
    return _fit(body, dialect)[1]
