"""CSV: one row a box, in UTF-8 with a header, safe to open in a spreadsheet.

A spreadsheet runs cells that begin like a formula. Such texts get an apostrophe in front, and so do
texts that begin with one, so that `restored` gives back exactly what was written. Numbers stay numbers.
"""

import csv
import io
import re
from typing import Any, BinaryIO

import orjson

from annotations.formats.records import ExportBox, ExportDataset
from annotations.formats.writing import Document, FileKind, NamedImage

# Also behind spaces and quotes, which spreadsheets skip, and as full-width forms, which some fold.
FORMULA = re.compile(r"[\s\"'`]*[=+\-@\t\r＝＋－＠]|\s*[\t\r]|'")
IMAGE_COLUMNS = ("filename", "sha256", "image_width", "image_height", "image_state", "image_split")
BOX_COLUMNS = ("box_id", "class", "class_id", "shape", "x", "y", "w", "h", "rotation", "points")
JUDGED_COLUMNS = ("score", "source", "state", "model", "slice", "attributes")
NO_CLASS = ("", "")
COLUMNS = (*IMAGE_COLUMNS, *BOX_COLUMNS, *JUDGED_COLUMNS)


class CsvLabels:
    def __init__(self, dataset: ExportDataset, out: BinaryIO) -> None:
        self._classes = {known.id: (neutralised(known.name), str(known.id)) for known in dataset.classes}
        self._text = io.TextIOWrapper(out, encoding="utf-8", newline="")
        self._rows = csv.writer(self._text)
        self._rows.writerow(COLUMNS)

    def add(self, named: NamedImage) -> None:
        image = named.image
        start = (
            neutralised(image.filename),
            image.sha256,
            image.width,
            image.height,
            image.state,
            image.split,
        )
        self._rows.writerows((*start, *self._box(box)) for box in image.boxes)

    def finish(self) -> None:
        # Detached, because the file belongs to the caller and must stay open.
        self._text.detach()

    def _box(self, box: ExportBox) -> tuple[Any, ...]:
        tile = box.provenance.get("slice") if box.provenance else None
        name, class_id = self._classes.get(box.class_id, NO_CLASS) if box.class_id else NO_CLASS
        place = (box.x, box.y, box.w, box.h, box.rotation, _packed(box.points))
        # The writer leaves the cell of a None empty.
        judged = (box.score, box.source, box.state, box.model, _packed(tile), _packed(box.attributes))
        return (box.id, name, class_id, box.shape, *place, *judged)


def neutralised(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def restored(cell: str) -> str:
    """The text that `neutralised` made the cell from."""
    return cell.removeprefix("'")


def _packed(value: Any) -> str:
    """Lists and objects as JSON, which begins with a bracket and so never like a formula."""
    return orjson.dumps(value).decode() if value else ""


CSV = Document("annotations.csv", FileKind(".csv", "text/csv; charset=utf-8"), CsvLabels)
