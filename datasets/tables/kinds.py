"""What kind of table a file is, by what is in it; its name decides only between kinds that look alike."""

import zipfile
from pathlib import Path, PurePath

from datasets.tables.encodings import encoding_of, open_text
from datasets.tables.refusals import TableRefused

SAMPLE_CHARS = 64 << 10
# Control characters that a text may have, whatever its length.
FEW_CONTROLS = 16
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET = b"PAR1"
# What is certainly no table, by how it begins.
OTHER = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format 3": "a SQLite database",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
}
WORKBOOK_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


def kind_of(path: Path, name: str) -> str:
    """csv, json, jsonl, xlsx or parquet; xlsx stands for every workbook. Raises TableRefused for anything else."""
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise TableRefused("empty", "The file is empty. Choose one that has rows.")
    if head.startswith(PARQUET):
        return "parquet"
    if head.startswith(OLE):
        return "xlsx"
    if head.startswith(b"PK"):
        return _of_zip(path)
    other = next((what for mark, what in OTHER.items() if head.startswith(mark)), None)
    if other:
        raise TableRefused("no_table", f"This is {other}, no table. Send CSV, XLSX, JSON or Parquet.")
    return _of_text(path, PurePath(name.lower()).suffixes)


def _of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError) as problem:
        raise TableRefused("damaged", "The file is damaged. Save it again.") from problem
    if names.isdisjoint(WORKBOOK_PARTS):
        raise TableRefused("no_table", "This is an archive, no workbook. Send the table in it by itself.")
    return "xlsx"


def _of_text(path: Path, suffixes: list[str]) -> str:
    with open_text(path, encoding_of(path)) as file:
        text = file.read(SAMPLE_CHARS).lstrip()
    if sum(text.count(chr(code)) for code in range(1, 9)) > max(FEW_CONTROLS, len(text) * 0.02):
        raise TableRefused("no_table", "This is no text and no workbook. Send CSV, XLSX, JSON or Parquet.")
    if ".csv" in suffixes or ".tsv" in suffixes or not text.startswith(("{", "[")):
        return "csv"
    if ".jsonl" in suffixes or ".ndjson" in suffixes:
        return "jsonl"
    first, *others = [line.strip() for line in text.split("\n") if line.strip()][:3]
    is_lines = first.startswith("{") and first.endswith("}") and bool(others) and others[0].startswith("{")
    return "jsonl" if is_lines else "json"
