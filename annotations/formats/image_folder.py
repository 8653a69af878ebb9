"""ImageFolder: each picture in the folder of its tag, as classifiers train on it, and a table that says the same."""

from annotations.formats.archive import Archive
from annotations.formats.csv import neutralised, rows_of
from annotations.formats.desk import Desk
from annotations.formats.records import ExportDataset
from annotations.formats.sides import side_of
from annotations.formats.writing import Labels, NamedImage

# Where pictures lie that have no tag.
UNTAGGED = "untagged"
TABLE = "labels.csv"
# What it begins with.
COLUMNS = ("filename", "class", "split")


class ImageFolderPart:
    """A table of the tags, so that they are told even where the pictures are left out."""

    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        return _ImageFolderLabels(dataset, desk, archive)


class _ImageFolderLabels:
    def __init__(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> None:
        self._archive = archive
        self._names = [known.name for known in dataset.classes]
        self._file = desk.file(TABLE)
        self._rows = rows_of(self._file)

    def begin(self) -> None:
        self._rows.writerow(COLUMNS)

    def add(self, named: NamedImage) -> None:
        for item in named.labelled:
            name = neutralised(self._names[item.class_index])
            self._rows.writerow((neutralised(named.file), name, named.image.split))

    def finish(self) -> None:
        self._archive.add_file(TABLE, self._file)


def folder_of(dataset: ExportDataset, named: NamedImage) -> str:
    """The folder of the picture's tag, below its side where files are parted by sides."""
    folder = dataset.class_folders[named.labelled[0].class_index] if named.labelled else UNTAGGED
    return f"{side_of(named.image)}/{folder}" if dataset.splits else folder
