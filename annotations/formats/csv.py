"""CSV: one row a box, in UTF-8 with a header, safe to open in a spreadsheet.

A spreadsheet runs cells that begin like a formula. Such texts get an apostrophe in front, and so do
texts that begin with one, so that `restored` gives back exactly what was written. Numbers stay numbers.
"""

import csv
import io
import re
from typing import Any, BinaryIO

import orjson

from annotations.formats.desk import Desk
from annotations.formats.records import ExportBox, ExportDataset
from annotations.formats.writing import Document, FileKind, NamedImage

# Also behind spaces and quotes, which spreadsheets skip, and as full-width forms, which some fold.
FORMULA = re.compile(r"[\s\"'`]*[=+\-@\t\r＝＋－＠]|\s*[\t\r]|'")
IMAGE_COLUMNS = ("filename", "sha256", "image_width", "image_height", "image_state", "image_split")
BOX_COLUMNS = ("box_id", "class", "class_id", "shape", "x", "y", "w", "h", "rotation", "points")
JUDGED_COLUMNS = ("score", "source", "state", "model", "slice", "attributes")
NO_CLASS = ","
COLUMNS = (*IMAGE_COLUMNS, *BOX_COLUMNS, *JUDGED_COLUMNS)


class Utf8:
    """Where a `csv.writer` writes to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode())


def rows_of(file: BinaryIO) -> Any:
    """A writer of rows that keeps nothing back, so that the file is complete after each row."""
    return csv.writer(Utf8(file))


class CsvLabels:
    """Cells are quoted by `csv`, but only what is the same in many rows: it takes longer than all the rest."""

    def __init__(self, dataset: ExportDataset, desk: Desk, name: str) -> None:
        self._classes = {
            known.id.int: _cells(neutralised(known.name), str(known.id)) for known in dataset.classes
        }
        self._out = desk.file(name)

    def begin(self) -> None:
        self._out.write(f"{_cells(*COLUMNS)}\r\n".encode())

    def add(self, named: NamedImage) -> None:
        image, boxes = named.image, named.image.boxes
        if not boxes:
            return
        looks = (image.sha256, image.width, image.height, image.state, image.split)
        start = _cells(neutralised(image.filename), *looks)
        # Ids and numbers are written all at once.
        ids = orjson.dumps([box.id for box in boxes]).decode()[2:-2].split('","')
        places = orjson.dumps([box[3:8] for box in boxes]).decode()[2:-2].split("],[")
        rows = [
            f"{start},{uid},{self._class(box)},{box.shape},{place},{_judged(box)}\r\n"
            for uid, place, box in zip(ids, places, boxes, strict=True)
        ]
        self._out.write("".join(rows).encode())

    def finish(self) -> None:
        """Each row was complete when it was written."""

    def _class(self, box: ExportBox) -> str:
        return self._classes.get(box.class_id.int, NO_CLASS) if box.class_id else NO_CLASS


def _judged(box: ExportBox) -> str:
    """The cells from the points on; that of a None is empty."""
    tile = box.provenance.get("slice") if box.provenance else None
    score = "" if box.score is None else repr(box.score)
    model = "" if box.model is None else str(box.model)
    judged = f"{score},{box.source},{box.state},{model}"
    return f"{_packed(box.points)},{judged},{_packed(tile)},{_packed(box.attributes)}"


def _cells(*values: Any) -> str:
    """The values as `csv` writes them, without an end of line."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(values)
    return text.getvalue().removesuffix("\r\n")


def neutralised(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def restored(cell: str) -> str:
    """The text that `neutralised` made the cell from."""
    return cell.removeprefix("'")


def _packed(value: Any) -> str:
    """Lists and objects as JSON in quotes, which begins with a bracket and so never like a formula."""
    return '"' + orjson.dumps(value).decode().replace('"', '""') + '"' if value else ""


CSV = Document("annotations.csv", FileKind(".csv", "text/csv; charset=utf-8"), CsvLabels)
