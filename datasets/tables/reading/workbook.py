"""Spreadsheets: XLSX, XLSB, XLS and ODS, one sheet at a time."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from datasets.tables.reading.delimited import too_long
from datasets.tables.reading.records import Cell, Opened, Placed, Wish
from datasets.tables.refusals import Findings, Limits, TableRefused

STEP_BYTES = 1 << 20
HEAD_BYTES = 4096
# A reference that is cut in two is found in the overlap.
OVERLAP = 64
ROW = re.compile(rb'<row[^>]*? r="(\d+)"')
FAR_CELL = re.compile(rb'<c r="([A-Z]{2,3})\d+"')
ERROR = re.compile(rb'<c [^>]*t="e"')
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
SECONDS_A_DAY = 86_400
# A larger range is a background, not a value for all its cells.
MOST_MERGED = 100_000


class Workbook:
    name = "xlsx"

    def open(self, path: Path, wish: Wish, limits: Limits, findings: Findings) -> Opened:
        if zipfile.is_zipfile(path):
            _examine(path, limits, findings)
        try:
            book = CalamineWorkbook.from_path(str(path))
            sheets = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
            shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
            sheet = _chosen(book, sheets, shown, wish.sheet)
        except PasswordError as problem:
            raise TableRefused("locked", "The workbook has a password. Save it without one.") from problem
        except (CalamineError, OSError, ValueError) as problem:
            raise TableRefused(
                "unreadable", f"The workbook can't be read ({str(problem)[:100]})."
            ) from problem
        last_row, last_column = sheet.end or (0, 0)
        if (last_row + 1) * (last_column + 1) > limits.sheet_cells:
            raise _too_large(limits)
        return Opened(
            rows=_rows(sheet, wish, limits),
            headers=_headers(sheet),
            understood={"sheet": sheet.name, "skip": wish.skip or 0},
            choices={"sheet": sheets},
        )


def _examine(path: Path, limits: Limits, findings: Findings) -> None:
    """Look through the parts before anything reads them: what they unpack to, entities, and cells far outside."""
    most = max(limits.grace, path.stat().st_size * limits.ratio)
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                most -= _examined(archive, part, most, limits, findings)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as problem:
        raise TableRefused("damaged", "The workbook is damaged. Save it again.") from problem


def _examined(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int, limits: Limits, findings: Findings
) -> int:
    """How many bytes the part really has."""
    is_sheet, size, last_row, last_column, rest = bool(SHEET.fullmatch(part.filename)), 0, 0, 26, b""
    with archive.open(part) as file:
        while data := file.read(STEP_BYTES):
            if not size and b"<!DOCTYPE" in data[:HEAD_BYTES].upper():
                raise TableRefused("entities", "The workbook declares XML entities, which are not read.")
            size += len(data)
            if size > most:
                raise TableRefused("too_large", "The workbook unpacks to far more than a workbook does.")
            if not is_sheet:
                continue
            window = rest + data
            for found in ROW.finditer(window):
                last_row = max(last_row, int(found[1]))
            for found in FAR_CELL.finditer(window):
                last_column = max(last_column, _column(found[1]))
            errors = len(ERROR.findall(window)) - len(ERROR.findall(rest))
            if errors:
                findings.add(
                    "errors",
                    "{count} cells hold an error, such as a division by zero, and are empty.",
                    count=errors,
                )
            if last_row * last_column > limits.sheet_cells and last_column > 26:
                raise _too_large(limits)
            rest = window[-OVERLAP:]
    return size


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large(limits: Limits) -> TableRefused:
    return TableRefused(
        "too_large",
        f"From its first to its last cell the sheet spans more than {limits.sheet_cells:,} cells. "
        "Delete what lies far outside, or save it as CSV.",
    )


def _chosen(
    book: CalamineWorkbook, sheets: Sequence[str], shown: Sequence[str], wish: str | None
) -> CalamineSheet:
    """The sheet that is wished for, else the first one that shows and holds anything."""
    if wish is not None:
        if wish not in sheets:
            raise TableRefused("no_such_sheet", f"Choose a sheet: {', '.join(sheets)}.")
        return book.get_sheet_by_name(wish)
    for name in [*(one for one in sheets if one in shown), *(one for one in sheets if one not in shown)]:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is not None:
            return sheet
    raise TableRefused("empty", "No sheet of the workbook holds anything.")


def _rows(sheet: CalamineSheet, wish: Wish, limits: Limits) -> Iterator[Placed]:
    """Those that are not empty, after as many as the wish skips; merged cells all hold their value."""
    merged = _merged(sheet)
    values: dict[tuple[int, int], Cell] = {}
    for number, row in enumerate(sheet.iter_rows()):
        cells = [_text(value, limits) for value in row]
        for column, first in merged.get(number, {}).items():
            if column < len(cells):
                cells[column] = values.setdefault(first, cells[first[1]] if first[0] == number else None)
        if number >= (wish.skip or 0) and any(cells):
            yield number + 1, cells


def _headers(sheet: CalamineSheet) -> dict[int, int]:
    """A cell merged over rows is over as many rows of names; one merged over columns has names of its own below it."""
    found: dict[int, int] = {}
    for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or ():
        rows = last_row - first_row + 1 + (last_column > first_column and last_row == first_row)
        found[first_row + 1] = max(found.get(first_row + 1, 1), rows)
    return found


def _merged(sheet: CalamineSheet) -> dict[int, dict[int, tuple[int, int]]]:
    """By row and column of every cell that is merged away or into: the first cell of its range."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or ():
        if (last_row - first_row + 1) * (last_column - first_column + 1) > MOST_MERGED:
            continue
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                found.setdefault(row, {})[column] = (first_row, first_column)
    return found


def _text(value: Any, limits: Limits) -> Cell:
    """As people would type it: whole numbers without a point, dates and times as in ISO 8601."""
    if value == "" or value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    text = str(value).replace("\0", "")
    if len(text) > limits.cell_chars:
        raise too_long(limits)
    return text


def _duration(value: timedelta) -> str:
    """Hours may go beyond a day, as spreadsheets show them."""
    seconds = value.days * SECONDS_A_DAY + value.seconds
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hour:02}:{minute:02}:{second:02}"
