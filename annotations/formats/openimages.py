"""OpenImages: CSV of boxes and of labels of whole pictures, in parts of the picture's size, and the class names."""

import csv
import io
from contextlib import ExitStack
from typing import Any, BinaryIO, cast

from annotations.formats.archive import Archive, spooled
from annotations.formats.csv import neutralised
from annotations.formats.records import ExportDataset
from annotations.formats.shapes import Labelled
from annotations.formats.writing import Labels, NamedImage

OPENIMAGES_SHAPES = ("box", "polygon", "tag")
DIGITS = 8
# Names of labels that are not those of OpenImages itself.
PREFIX = "/modelship/"
FLAGS = ("occluded", "truncated", "groupof", "depiction", "inside")
LABEL_COLUMNS = ("ImageID", "Source", "LabelName", "Confidence")
BOX_COLUMNS = (*LABEL_COLUMNS, "XMin", "XMax", "YMin", "YMax", *(f"Is{flag.capitalize()}" for flag in FLAGS))


class OpenImagesPart:
    def open(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> Labels:
        return _OpenImagesLabels(dataset, archive, stack)


class _OpenImagesLabels:
    """Two tables grow at once, so both wait in spools."""

    def __init__(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> None:
        self._archive = archive
        self._tables = {name: _Table(stack) for name in ("annotations-bbox.csv", "annotations-labels.csv")}
        names = _Table(stack)
        for number, known in enumerate(dataset.classes, start=1):
            names.rows.writerow((f"{PREFIX}{number}", neutralised(known.name)))
        archive.add_file("class-descriptions.csv", names.finished())
        boxes, labels = self._tables.values()
        boxes.rows.writerow(BOX_COLUMNS)
        labels.rows.writerow(LABEL_COLUMNS)

    def add(self, named: NamedImage) -> None:
        boxes, labels = self._tables.values()
        key = neutralised(named.stem)
        for item in named.labelled:
            start = (key, item.box.source, f"{PREFIX}{item.class_index + 1}", _confidence(item))
            if item.box.shape == "tag":
                labels.rows.writerow(start)
            else:
                boxes.rows.writerow((*start, *_frame(item, named.image.width, named.image.height)))

    def finish(self) -> None:
        for name, table in self._tables.items():
            self._archive.add_file(name, table.finished())


class _Table:
    def __init__(self, stack: ExitStack) -> None:
        self._file = stack.enter_context(spooled())
        self._text = io.TextIOWrapper(cast(BinaryIO, self._file), encoding="utf-8", newline="")
        self.rows = csv.writer(self._text)

    def finished(self) -> Any:
        """The bytes; nothing can be written any more. Detached, for the file belongs to the stack."""
        self._text.detach()
        return self._file


def _confidence(item: Labelled) -> float:
    return 1 if item.box.score is None else item.box.score


def _frame(item: Labelled, width: int, height: int) -> tuple[Any, ...]:
    across = [f"{value / width:.{DIGITS}f}" for value in (item.left, item.right)]
    down = [f"{value / height:.{DIGITS}f}" for value in (item.top, item.bottom)]
    # -1 says that nobody knows.
    flags = [int(told) if isinstance(told := item.box.attributes.get(flag), bool) else -1 for flag in FLAGS]
    return (*across, *down, *flags)
