"""What a reader gives and takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from datasets.tables.dialects import Dialect
from datasets.tables.refusals import Findings, Limits

# A cell as text, as its file says it; None where there is nothing.
Cell = str | None
Row = Sequence[Cell]
# A row and where it begins in its file: the line, the row of the sheet or the number of the record, from 1.
Placed = tuple[int, Row]


@dataclass(frozen=True, slots=True)
class Wish:
    """What people said about a file instead of letting it be guessed; None is a guess.

    `header_rows` counts the rows that name the columns, `skip` the lines of the file or rows of the sheet above them.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skip: int | None = None
    header_rows: int | None = None
    sheet: str | None = None
    records: str | None = None


@dataclass(slots=True)
class Opened:
    """A file that is about to be read: its rows from the header on, and how it was understood.

    `understood` holds what a wish could say otherwise, `choices` what it could say instead. `names` tells the columns
    once all rows were taken, where the file itself names them; else they are in the first rows.
    """

    rows: Iterator[Placed]
    # Of a text file in UTF-8 beyond doubt: how it parts its cells, for who can read it as a whole.
    dialect: Dialect | None = None
    # By the row where a header begins: how many rows it has, where the sheet tells by merged cells.
    headers: dict[int, int] = field(default_factory=dict)
    names: Callable[[], list[str]] | None = None
    understood: dict[str, str | int] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class Reader(Protocol):
    """A kind of file."""

    @property
    def name(self) -> str: ...

    def open(self, path: Path, wish: Wish, limits: Limits, findings: Findings) -> Opened:
        """Raises TableRefused, now or while rows are taken."""
