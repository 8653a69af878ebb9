"""Staging of files and reading back what was kept."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb

from datasets.tables.reading import Wish
from datasets.tables.refusals import Limits
from datasets.tables.staging import GUESSED, USUAL, Staged, stage


def staged(
    path: Path,
    name: str = "",
    *,
    wish: Wish = GUESSED,
    limits: Limits = USUAL,
) -> tuple[Staged, list[tuple]]:
    """The file as it was understood, and its rows; its folder holds what it held before, and no more."""
    target = path.parent / "staged.parquet"
    before = sorted(path.parent.iterdir())
    try:
        found = stage(path, name or path.name, target, wish=wish, limits=limits)
        return found, rows_of(target)
    finally:
        target.unlink(missing_ok=True)
        assert sorted(path.parent.iterdir()) == before


def rows_of(target: Path) -> list[tuple]:
    return duckdb.execute("SELECT * FROM read_parquet(?)", [str(target)]).fetchall()


def text_file(folder: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], *, merged: str = "", strings: str = ""
) -> Path:
    """An XLSX of numbers and texts; `merged` is of the first sheet, `strings` stands for the shared strings part."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT)
        archive.writestr(
            "_rels/.rels", RELATIONS.format(SHEET_RELATION.format(1, "officeDocument", "xl/workbook.xml"))
        )
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"/>'
            for at, name in enumerate(sheets, 1)
        )
        archive.writestr("xl/workbook.xml", BOOK.format(listed))
        links = "".join(
            SHEET_RELATION.format(at, "worksheet", f"worksheets/sheet{at}.xml")
            for at in range(1, len(sheets) + 1)
        )
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS.format(links))
        for at, rows in enumerate(sheets.values(), 1):
            ranges = (
                f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>'
                if merged and at == 1
                else ""
            )
            archive.writestr(
                f"xl/worksheets/sheet{at}.xml", SHEET.format("".join(map(_row, enumerate(rows, 1))), ranges)
            )
        if strings:
            archive.writestr("xl/sharedStrings.xml", strings)
    return path


def cell(reference: str, value: object) -> str:
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value}</v></c>'


def _row(numbered: tuple[int, Sequence[object]]) -> str:
    number, values = numbered
    cells = (cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(values) if value is not None)
    return f'<row r="{number}">{"".join(cells)}</row>'


NAMES = "http://schemas.openxmlformats.org"
CONTENT = f'<?xml version="1.0"?><Types xmlns="{NAMES}/package/2006/content-types"></Types>'
RELATIONS = (
    f'<?xml version="1.0"?><Relationships xmlns="{NAMES}/package/2006/relationships">{{}}</Relationships>'
)
SHEET_RELATION = (
    f'<Relationship Id="rId{{}}" Type="{NAMES}/officeDocument/2006/relationships/{{}}" Target="{{}}"/>'
)
BOOK = (
    f'<?xml version="1.0"?><workbook xmlns="{NAMES}/spreadsheetml/2006/main" '
    f'xmlns:r="{NAMES}/officeDocument/2006/relationships"><sheets>{{}}</sheets></workbook>'
)
SHEET = f'<?xml version="1.0"?><worksheet xmlns="{NAMES}/spreadsheetml/2006/main"><sheetData>{{}}</sheetData>{{}}</worksheet>'
