"""ImageFolder: each picture in the folder of its tag, as classifiers train on it, and a table that says the same."""

import csv
import io
from contextlib import ExitStack
from typing import BinaryIO, cast

from annotations.formats.archive import Archive, spooled
from annotations.formats.csv import neutralised
from annotations.formats.records import ExportDataset
from annotations.formats.sides import side_of
from annotations.formats.writing import Labels, NamedImage

# Where pictures lie that have no tag.
UNTAGGED = "untagged"
# What `labels.csv` begins with.
COLUMNS = ("filename", "class", "split")


class ImageFolderPart:
    """A table of the tags, so that they are told even where the pictures are left out."""

    def open(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> Labels:
        return _ImageFolderLabels(dataset, archive, stack)


class _ImageFolderLabels:
    def __init__(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> None:
        self._archive = archive
        self._names = [known.name for known in dataset.classes]
        self._spool = stack.enter_context(spooled())
        self._text = io.TextIOWrapper(cast(BinaryIO, self._spool), encoding="utf-8", newline="")
        self._rows = csv.writer(self._text)
        self._rows.writerow(COLUMNS)

    def add(self, named: NamedImage) -> None:
        for item in named.labelled:
            name = neutralised(self._names[item.class_index])
            self._rows.writerow((neutralised(named.file), name, named.image.split))

    def finish(self) -> None:
        # Detached, because the file belongs to the stack.
        self._text.detach()
        self._archive.add_file("labels.csv", self._spool)


def folder_of(dataset: ExportDataset, named: NamedImage) -> str:
    """The folder of the picture's tag, below its side where files are parted by sides."""
    folder = dataset.class_folders[named.labelled[0].class_index] if named.labelled else UNTAGGED
    return f"{side_of(named.image)}/{folder}" if dataset.splits else folder
