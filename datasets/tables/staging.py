"""From a file as somebody sent it to a staged one: a Parquet file of text columns, and how it was understood."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from datasets.tables.headers import SAMPLE, header_rows_of, names_of, titles_of
from datasets.tables.keeping import keep_file, keep_lines, line_of
from datasets.tables.kinds import kind_of
from datasets.tables.packing import unpacked
from datasets.tables.reading import READERS, Opened, Placed, Row, Wish
from datasets.tables.refusals import Finding, Findings, Limits, TableRefused

MOST_HEADER_ROWS = 10
GUESSED = Wish()
USUAL = Limits()
KEPT = "table.parquet"
# From this size on a text file is read by the engine where that can be; below it nobody would notice.
LARGE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Staged:
    """`understood` can be said otherwise by a wish, `choices` are what else it may be."""

    kind: str
    rows: int
    names: tuple[str, ...]
    understood: dict[str, str | int]
    choices: dict[str, list[str]]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Written:
    """How many rows were written, and how wide the header, the widest and the narrowest of them are."""

    width: int
    rows: int = 0
    widths: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The rows that name the columns, the first of the others, and all the others."""

    header: list[Row]
    sample: Sequence[Placed]
    rows: Iterator[Placed]


def stage(source: Path, name: str, target: Path, *, wish: Wish = GUESSED, limits: Limits = USUAL) -> Staged:
    """Read the file and write `target`; scratch files lie beside it and are gone afterwards.

    Raises TableRefused where it is no table, or more than one may be.
    """
    folder, findings = target.parent / f"{target.name}.parts", Findings()
    folder.mkdir()
    try:
        plain = unpacked(source, folder, limits)
        kind = kind_of(plain, name)
        opened = READERS[kind].open(plain, wish, limits, findings)
        parts = _parted(opened, wish)
        names, count = _direct(plain, opened, parts, folder, limits) or _written(
            opened, parts, folder, limits, findings
        )
        (folder / KEPT).replace(target)
    finally:
        shutil.rmtree(folder)
    understood = opened.understood | ({} if opened.names else {"header_rows": len(parts.header)})
    return Staged(kind, count, tuple(names), understood, opened.choices, findings.all())


def _parted(opened: Opened, wish: Wish) -> _Parts:
    if opened.names is not None:
        return _Parts([], [], opened.rows)
    sample = list(islice(opened.rows, SAMPLE + 1))
    if wish.skip is None:
        sample = sample[titles_of([row for _, row in sample]) :]
    opened.understood["skip"] = sample[0][0] - 1 if sample else 0
    count = _header_rows(sample, opened) if wish.header_rows is None else wish.header_rows
    if not 0 <= count <= MOST_HEADER_ROWS:
        raise TableRefused("bad_header", f"A header has 0 to {MOST_HEADER_ROWS} rows.")
    header = [row for _, row in sample[:count]]
    return _Parts(header, sample[count:], chain(sample[count:], opened.rows))


def _header_rows(sample: Sequence[Placed], opened: Opened) -> int:
    guess = header_rows_of([row for _, row in sample])
    return min(guess and opened.headers.get(sample[0][0], 1), MOST_HEADER_ROWS)


def _write(rows: Iterable[Placed], target: Path, width: int, limits: Limits, findings: Findings) -> _Written:
    """Write them as lines that need no guessing. Rows that are longer than the header make columns of their own."""
    written = _Written(width)
    with target.open("w", encoding="utf-8", newline="", errors="replace") as file:
        for number, row in rows:
            if len(row) > written.width:
                row = _trimmed(number, row, written, limits, findings)
            elif len(row) < width:
                findings.add("short_rows", "{count} rows have fewer cells than the header.", row=number)
            written.rows += 1
            written.widths.add(len(row))
            if written.rows > limits.rows:
                raise too_many_rows(limits)
            file.write(line_of(row))
    return written


def _trimmed(number: int, row: Row, written: _Written, limits: Limits, findings: Findings) -> Row:
    """Without empty cells beyond the columns that are there; with others there are more columns."""
    while len(row) > written.width and not row[-1]:
        row = row[:-1]
    if len(row) > limits.columns:
        raise TableRefused("too_many_columns", f"There are more than {limits.columns:,} columns.")
    if len(row) > written.width:
        if written.rows:
            findings.add(
                "long_rows",
                "{count} rows have more cells than those before them, which makes further columns.",
                row=number,
            )
        written.width = len(row)
    return row


def _direct(
    plain: Path, opened: Opened, parts: _Parts, folder: Path, limits: Limits
) -> tuple[list[str], int] | None:
    """By the engine alone, where the file is large enough to make up for asking, and regular as far as one can see."""
    widths = {len(row) for row in parts.header} | {len(row) for _, row in parts.sample}
    if opened.dialect is None or plain.stat().st_size < LARGE_BYTES or len(widths) != 1 or not parts.sample:
        return None
    width = widths.pop()
    names = names_of(parts.header, width)
    dialect = replace(opened.dialect, skip=parts.sample[0][0] - 1)
    # Of one column an empty line is no row to us and one to the engine.
    count = keep_file(plain, dialect, names, folder / KEPT, limits) if width > 1 else None
    if count is not None and count > limits.rows:
        raise too_many_rows(limits)
    return None if count is None else (names, count)


def _written(
    opened: Opened, parts: _Parts, folder: Path, limits: Limits, findings: Findings
) -> tuple[list[str], int]:
    """Row by row, each mended where it has to be."""
    text, width = folder / "rows.csv", max(map(len, parts.header), default=0)
    # Records without a value under some name are no shorter than others.
    written = _write(parts.rows, text, width, limits, Findings() if opened.names else findings)
    named = opened.names() if opened.names else None
    names = names_of(parts.header, written.width) if named is None else names_of([named], len(named))
    if not names:
        raise TableRefused("empty", "The file is empty. Choose one that has rows.")
    keep_lines(text, names, folder / KEPT, limits, is_even=written.widths <= {len(names)})
    return names, written.rows


def too_many_rows(limits: Limits) -> TableRefused:
    return TableRefused("too_many_rows", f"There are more than {limits.rows:,} rows.")
